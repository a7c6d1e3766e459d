"""The draft's vocabulary: which words ask for which drawing (`lexicon.toml`)."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

MAX_CHARACTERS = 4000
"""Longer texts are read up to here: what a picture shows is said early."""

_FIRST_WIDE_LETTER = "\u2e80"
"""From here on scripts are written without spaces between words (Chinese,
    Japanese; Korean joins particles)."""

Section = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Found:
    """A drawing that a text asks for, and where its word stands."""

    name: str
    position: int


@cache
def sections() -> dict[str, Section]:
    """The whole lexicon by section."""
    text = (Path(__file__).parent / "lexicon.toml").read_text(encoding="utf-8")
    return TypeAdapter(dict[str, Section]).validate_python(tomllib.loads(text))


def normalised(text: str) -> str:
    """The words in lower case between single spaces, with a space at either end."""
    folded = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS]).casefold()
    words = " ".join(re.findall(r"[^\W_]+", folded))
    return f" {words} "


@cache
def _patterns(section: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, _pattern(words)) for name, words in sections()[section].items())


def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    spaced: list[str] = []
    joined: list[str] = []
    for word in words:
        plain = normalised(word).strip()
        (joined if plain[:1] >= _FIRST_WIDE_LETTER else spaced).append(re.escape(plain))
    choices = []
    if spaced:
        choices.append(rf"(?<= )(?:{'|'.join(sorted(spaced, key=len, reverse=True))})(?:e?s)?(?= )")
    choices.extend(sorted(joined, key=len, reverse=True))
    return re.compile("|".join(choices))


def found(section: str, text: str) -> list[Found]:
    """Every drawing of a section that a normalised text names, first named first."""
    hits = [
        Found(name, match.start()) for name, pattern in _patterns(section) if (match := pattern.search(text))
    ]
    return sorted(hits, key=lambda hit: (hit.position, hit.name))


def first(section: str, text: str) -> str | None:
    """The drawing that a normalised text names first."""
    hits = found(section, text)
    return hits[0].name if hits else None

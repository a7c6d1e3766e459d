"""The writer's words, read once from `lexicon.toml` and `moods.toml`, and the forms of its verbs."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from shared.stories.models import StoryModel

_HERE = Path(__file__).parent
_VOWELS = frozenset("aeiou")


class MoodWords(StoryModel):
    """How one mood changes the words."""

    how: tuple[str, ...]
    fine: tuple[str, ...]
    light: str
    palettes: tuple[str, ...]
    opening: tuple[str, ...]
    middle: tuple[str, ...]
    closing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words by what they can be. Verb tables lead from a form to the base form."""

    base_verbs: frozenset[str]
    by_s: Mapping[str, str]
    by_past: Mapping[str, str]
    by_ing: Mapping[str, str]
    events: frozenset[str]
    wish_verbs: frozenset[str]
    chained_verbs: frozenset[str]
    teaching_verbs: frozenset[str]
    animals: Mapping[str, tuple[str, str]]
    people: Mapping[str, str]
    groups: frozenset[str]
    places: Mapping[str, str]
    default_wishes: tuple[str, ...]
    default_places: tuple[str, ...]
    looks: Mapping[str, tuple[str, ...]]

    def is_character(self, noun: str) -> bool:
        """Whether the noun names somebody, alone or in the plural."""
        one = singular(noun)
        known = (self.animals, self.people)
        return noun in self.groups or any(noun in table or one in table for table in known)

    def place_preposition(self, noun: str) -> str | None:
        """`in`, `on` or `at` for a noun that names a place."""
        return self.places.get(noun) or self.places.get(singular(noun))


@cache
def lexicon() -> Lexicon:
    """The whole lexicon."""
    data = _read("lexicon.toml")
    events = frozenset(data["events"].split())
    verbs = frozenset(data["deeds"].split()) | events
    return Lexicon(
        base_verbs=verbs,
        by_s={s_form(verb): verb for verb in verbs} | _pairs(data["irregular_s"]),
        by_past={past_form(verb): verb for verb in verbs} | _pairs(data["irregular_past"]),
        by_ing={ing_form(verb): verb for verb in verbs},
        events=events,
        wish_verbs=frozenset(data["wishes"].split()),
        chained_verbs=frozenset(data["chained"].split()),
        teaching_verbs=frozenset(data["teaching"].split()),
        animals={noun: (looks, home) for noun, (looks, home) in _pairs_of(data["animals"])},
        people={
            noun.replace("-", " "): pronoun
            for pronoun in ("she", "he", "they")
            for noun in _people(data, pronoun)
        },
        groups=frozenset(data["people"]["groups"].split()),
        places={noun: preposition for preposition, nouns in data["places"].items() for noun in nouns.split()},
        default_wishes=tuple(data["defaults"]["wishes"]),
        default_places=tuple(data["defaults"]["places"]),
        looks={name: tuple(words) for name, words in data["looks"].items()},
    )


@cache
def mood_words() -> dict[str, MoodWords]:
    """What each mood sounds like, by its name; the first is the default."""
    return {name: MoodWords.model_validate(words) for name, words in _read("moods.toml").items()}


def read_toml(name: str) -> dict[str, Any]:
    """A data file beside this module."""
    return _read(name)


@cache
def closed(*names: str) -> frozenset[str]:
    """The closed word classes of these names, together."""
    classes = _read("lexicon.toml")["closed"]
    return frozenset(word for name in names for word in classes[name].split())


@cache
def pairs(name: str) -> dict[str, str]:
    """A small table of words and what stands for them."""
    table: dict[str, str] = _read("lexicon.toml")["closed_pairs"][name]
    return table


def singular(noun: str) -> str:
    """The noun's singular as far as spelling tells it; a singular stays as it is."""
    for ending, replacement in (("ies", "y"), ("ves", "f"), ("shes", "sh"), ("ches", "ch"), ("xes", "x")):
        if noun.endswith(ending) and len(noun) > len(ending) + 1:
            return noun[: -len(ending)] + replacement
    if noun.endswith("s") and not noun.endswith(("ss", "us", "is")):
        return noun[:-1]
    return noun


def s_form(verb: str) -> str:
    """The verb after he, she or it."""
    if verb.endswith("y") and verb[-2] not in _VOWELS:
        return verb[:-1] + "ies"
    return verb + ("es" if verb.endswith(("s", "sh", "ch", "x", "z", "o")) else "s")


def past_form(verb: str) -> str:
    """The regular past."""
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2] not in _VOWELS:
        return verb[:-1] + "ied"
    return (verb + verb[-1] if verb in closed("doubling") else verb) + "ed"


def told_form(verb: str) -> str:
    """The verb's past, regular or not."""
    irregular = {base: past for past, base in _pairs(_read("lexicon.toml")["irregular_past"]).items()}
    return irregular.get(verb) or past_form(verb)


def ing_form(verb: str) -> str:
    """The verb with -ing."""
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
        return verb[:-1] + "ing"
    return (verb + verb[-1] if verb in closed("doubling") else verb) + "ing"


def base_of_s(word: str) -> str:
    """The base of an unknown verb in its s-form, by spelling."""
    if word.endswith("ies") and len(word) > 4:  # noqa: PLR2004 (dies, lies, ties keep their e)
        return word[:-3] + "y"
    if re.search(r"(ss|sh|ch|x|zz|o)es$", word):
        return word[:-2]
    return word[:-1]


def _people(data: dict[str, Any], pronoun: str) -> list[str]:
    words: list[str] = data["people"][pronoun].split()
    return words


def _pairs(text: str) -> dict[str, str]:
    return dict(pair.split(":", 1) for pair in text.split())


def _pairs_of(table: dict[str, list[str]]) -> list[tuple[str, tuple[str, str]]]:
    return [(noun, (looks, home)) for noun, (looks, home) in table.items()]


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_HERE / name).read_text(encoding="utf-8"))

"""Styles and moods: data in `styles.toml` and `moods.toml`, read once."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from shared.stories.models import StoryModel

_HERE = Path(__file__).parent


class Style(StoryModel):
    """How a video looks."""

    label: str
    prompt: str
    technical: str
    lighting: str


class Mood(StoryModel):
    """How a video feels."""

    label: str
    prompt: str
    narration: str


@cache
def styles() -> dict[str, Style]:
    """Every style by its name, in the file's order; the first is the default."""
    return TypeAdapter(dict[str, Style]).validate_python(_read("styles.toml"))


@cache
def moods() -> dict[str, Mood]:
    """Every mood by its name, in the file's order; the first is the default."""
    return TypeAdapter(dict[str, Mood]).validate_python(_read("moods.toml"))


def _read(name: str) -> dict[str, object]:
    return tomllib.loads((_HERE / name).read_text(encoding="utf-8"))

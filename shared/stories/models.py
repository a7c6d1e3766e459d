"""What a story is: the text from which everything else of a video is made."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, Field, field_validator

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f]")
"""All control characters of ASCII but tab and line feed. Postgres stores no NUL, and none has a meaning."""


class StoryModel(BaseModel):
    """Strict and immutable: these models are also the schema of a writer's structured output."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _without_controls(cls, value: object) -> object:
        return _CONTROLS.sub("", value) if isinstance(value, str) else value


class Character(StoryModel):
    """One character, described once, so that every frame can repeat the same words."""

    name: str
    appearance: str = Field(description="Age, build, face, hair, clothes and colours, in one sentence")


class Sheet(StoryModel):
    """The character and setting sheet: what must look the same in every frame."""

    characters: tuple[Character, ...]
    setting: str = Field(description="Place, time of day, weather, era, in one sentence")
    palette: str = Field(description="Three to five colours that the whole video keeps to")


class StoryScene(StoryModel):
    """One shot. Its position in `Story.scenes` is its number, from 1."""

    title: str = Field(description="Two to five words")
    description: str = Field(description="What happens, in one or two sentences")
    prompt: str = Field(description="What the picture shows: subject, action, framing, place, light")
    motion: str = Field(description="How camera and subject move during the shot")
    narration: str = Field(description="What the narrator says during the shot")


class Story(StoryModel):
    """A whole story, as a writer returns it."""

    title: str
    overview: str
    sheet: Sheet
    scenes: tuple[StoryScene, ...]


class Shot(StoryModel):
    """All that may matter to whoever pictures one scene. Providers turn it into their own prompt."""

    number: int = Field(ge=1)
    scene: StoryScene
    sheet: Sheet
    style: str
    mood: str

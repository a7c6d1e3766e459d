"""The cards: what the draft's own prompts say to the draft, as canonical JSON.

A card holds what shows in its picture and nothing else, so that a change elsewhere in the scene leaves
the picture as it is.
"""

from __future__ import annotations

import json

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.stories.models import Sheet, Shot

_TITLE_UNITS = 300
_MOST_NUMBERED = 999
"""A scene beyond this bears no number."""


class _Card(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def canonical(self) -> str:
        """Compact JSON with sorted keys."""
        return json.dumps(
            self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )


class FrameCard(_Card):
    """What one frame shows, and how the whole story looks."""

    shows: str
    sheet: Sheet
    style: str
    mood: str

    @classmethod
    def of(cls, shot: Shot) -> FrameCard:
        """The card of a shot. What happens in the scene stands in where nobody said what it shows."""
        shows = shot.scene.prompt if shot.scene.prompt.strip() else shot.scene.description
        return cls(shows=shows, sheet=shot.sheet, style=shot.style, mood=shot.mood)

    @classmethod
    def parse(cls, prompt: str) -> FrameCard:
        """The card that `canonical` wrote. Any other text is taken for what the picture shows."""
        try:
            return cls.model_validate_json(prompt)
        except ValidationError:
            sheet = Sheet(characters=(), setting="", palette="")
            return cls(shows=prompt, sheet=sheet, style="", mood="")


class ClipCard(_Card):
    """How one clip moves, and the type that stands on it."""

    motion: str
    number: int | None = Field(default=None, ge=1, le=_MOST_NUMBERED)
    title: str = ""

    @classmethod
    def of(cls, shot: Shot, most_units: int) -> ClipCard:
        """The card of a shot, cut so that its canonical form has at most so many UTF-16 units."""
        number = shot.number if shot.number <= _MOST_NUMBERED else None
        bare = cls(motion="", number=number, title=_cut(shot.scene.title, _TITLE_UNITS))
        motion = _cut(shot.scene.motion, most_units - _units(bare.canonical()))
        return bare.model_copy(update={"motion": motion})

    @classmethod
    def parse(cls, prompt: str) -> ClipCard:
        """The card that `canonical` wrote. Any other text is taken for the motion."""
        try:
            return cls.model_validate_json(prompt)
        except ValidationError:
            return cls(motion=prompt)


def _cut(text: str, most_units: int) -> str:
    """The text on one line, of which so many units of JSON are kept."""
    line = " ".join(text.split())[:most_units].encode("utf-16-le", "replace").decode("utf-16-le")
    kept, left = len(line), most_units
    for index, letter in enumerate(line):
        left -= _units(json.dumps(letter, ensure_ascii=False)) - 2  # the quotation marks
        if left < 0:
            kept = index
            break
    return line[:kept].strip()


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2

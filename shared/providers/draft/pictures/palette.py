"""The palette of a picture: a time of day, bent by mood, weather, story and style."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from shared.providers.draft.pictures.colours import Colour, brightness, colour, mix, shifted, under
from shared.providers.draft.pictures.looks import Look
from shared.providers.draft.pictures.reading import Vision


class Daylight(BaseModel):
    """One table of `palettes.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    top: str
    middle: str
    low: str
    haze: str
    sun: str
    ambient: str
    shade: str
    sun_height: float = Field(ge=0, le=1)


@dataclass(frozen=True, slots=True)
class Palette:
    """Every colour of light that a picture is painted with."""

    top: Colour
    middle: Colour
    low: Colour
    haze: Colour
    sun: Colour
    ambient: Colour
    shade: Colour
    accent: Colour
    sun_height: float
    night: bool

    def at(self, surface: Colour, depth: float) -> Colour:
        """A surface in this light, `depth` (0 near – 1 at the horizon) into the haze."""
        lit = mix(under(surface, self.ambient), self.shade, 0.12)
        return mix(lit, self.haze, depth**0.8 * 0.92)


@dataclass(frozen=True, slots=True)
class _Bend:
    saturation: float = 1.0
    value: float = 1.0
    warmth: float = 0.0


_MOODS = {
    "warm": _Bend(1.05, 1.03, 0.14),
    "epic": _Bend(1.12, 0.95, 0.04),
    "mysterious": _Bend(0.85, 0.82, -0.12),
    "joyful": _Bend(1.2, 1.06, 0.06),
    "calm": _Bend(0.82, 1.05, -0.02),
    "melancholic": _Bend(0.62, 0.9, -0.14),
    "dramatic": _Bend(1.1, 0.86, 0.0),
    "playful": _Bend(1.22, 1.08, 0.08),
}
_ACCENTS = ("#e8743b", "#f0b13c", "#d8485a", "#2fa39a", "#f2795e")
_GREYISH = 40
_SNOWLIGHT = colour("#e6eef8")
_DARKNESS = {"dawn": 1.0, "day": 0.8, "golden": 1.1, "dusk": 0.7, "night": 0.4}
"""How much of the snow's light there is at a time of day."""
_GREY_SKY = colour("#aeb8c2")


@cache
def daylights() -> dict[str, Daylight]:
    """The light of every time of day."""
    text = (Path(__file__).parent / "palettes.toml").read_text(encoding="utf-8")
    return TypeAdapter(dict[str, Daylight]).validate_python(tomllib.loads(text))


def mixed(vision: Vision, look: Look) -> Palette:
    """The palette for a vision. All pictures of a story in the same light get the same one."""
    light = daylights()[vision.time]
    bend = _MOODS.get(vision.mood, _Bend())
    lot = Random(f"{vision.story_seed}:palette")  # noqa: S311 - drawing lots, not keys
    turn = lot.uniform(-14, 14)
    by_light = sorted(vision.tints, key=brightness)

    def bent(text: str, *, turned: float = 1.0, grey: float = 0.0, place: float = 0.5) -> Colour:
        result = shifted(
            colour(text),
            degrees=turn * turned,
            saturation=bend.saturation * look.saturation,
            value=bend.value,
        )
        result = mix(result, (255, 176, 96) if bend.warmth > 0 else (70, 110, 190), abs(bend.warmth))
        if by_light:  # the sheet's dark colours go into the shadows, its light ones into the light
            result = mix(result, by_light[round(place * (len(by_light) - 1))], 0.17 * turned)
        return mix(result, under(_GREY_SKY, colour(light.ambient)), grey)

    grey = {"rain": 0.55, "snow": 0.35, "fog": 0.45}.get(vision.weather or "", 0.0)
    snow = 0.5 if vision.weather == "snow" else 0.0  # snow throws the sky's light back on everything
    lively = max(vision.tints, key=_chroma, default=colour(lot.choice(_ACCENTS)))
    if _chroma(lively) < _GREYISH:
        lively = colour(lot.choice(_ACCENTS))
    return Palette(
        top=bent(light.top, grey=grey, place=0.0),
        middle=bent(light.middle, grey=grey),
        low=bent(light.low, grey=grey * 0.7, place=1.0),
        haze=mix(bent(light.haze, grey=grey, place=1.0), _SNOWLIGHT, snow * _DARKNESS[vision.time]),
        sun=colour(light.sun),
        ambient=mix(
            mix(colour(light.ambient), bent(light.haze), 0.15),
            mix(bent(light.haze), _SNOWLIGHT, 0.7),
            snow * _DARKNESS[vision.time],
        ),
        shade=bent(light.shade, turned=0.5, place=0.0),
        accent=lively,
        sun_height=light.sun_height,
        night=vision.time == "night",
    )


def _chroma(tint: Colour) -> int:
    """How lively a colour is: the distance between its strongest and its weakest channel."""
    return max(tint) - min(tint)

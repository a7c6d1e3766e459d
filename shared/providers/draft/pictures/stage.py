"""The stage: what every place and subject needs to know in order to paint itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

from shared.providers.draft.pictures.colours import Colour, mix
from shared.providers.draft.pictures.painter import Painter
from shared.providers.draft.pictures.palette import Palette
from shared.providers.draft.pictures.reading import Vision
from shared.providers.draft.pictures.shapes import Outline, Point


@dataclass(slots=True)
class Stage:
    """One picture being painted. The picture is 1 high and `aspect` wide."""

    painter: Painter
    palette: Palette
    vision: Vision
    rng: Random
    horizon: float
    sun: Point
    sun_radius: float
    unit: float
    """How large things are drawn: 1 in a wide picture, less in a narrow one."""

    @property
    def aspect(self) -> float:
        """Width over height."""
        return self.painter.aspect

    def at(self, surface: Colour, depth: float) -> Colour:
        """A surface's colour at a depth, 0 (near) – 1 (the horizon)."""
        return self.palette.at(surface, depth)

    @property
    def snowy(self) -> bool:
        """Whether snow lies on the ground."""
        return self.vision.weather == "snow"


@dataclass(frozen=True, slots=True)
class Footing:
    """Where subjects stand in a place."""

    y: float
    surface: Colour
    kind: str = "ground"
    """`ground`, `water` (things float, people go by boat), `air` (everything flies), `table`."""


Place: TypeAlias = Callable[[Stage], Footing]


def ridge(
    rng: Random, aspect: float, y: float, height: float, *, waves: float = 1.5, jagged: float = 0.0
) -> Outline:
    """A skyline from the left edge to the right and down to the bottom.

    `y` is its mean height, `height` its relief, `waves` its hills per picture height, `jagged` 0–1
    turns hills into peaks.
    """
    tones = [
        (waves * rng.uniform(0.6, 1.4) * 2**octave * math.pi, rng.uniform(0, math.tau), 0.55**octave)
        for octave in range(4)
    ]
    points = []
    for step in range(141):
        x = -0.08 + (aspect + 0.16) * step / 140
        lift = 0.0
        for octave, (frequency, phase, share) in enumerate(tones):
            wave = math.sin(frequency * x + phase)
            peak = 1 - 2 * abs(((frequency * x + phase) / math.pi) % 1 * 2 - 1)
            if octave < 2 or jagged:  # noqa: PLR2004 - the fine tones only roughen peaks
                lift += share * (wave * (1 - jagged) + peak * jagged)
        points.append((x, y - height * lift / 1.6))
    return (*points, (aspect + 0.08, 1.15), (-0.08, 1.15))


def height_at(outline: Outline, x: float) -> float:
    """How high a ridge is at a place."""
    before = outline[0]
    for point in outline:
        if point[0] >= x:
            span = point[0] - before[0]
            return before[1] + (point[1] - before[1]) * ((x - before[0]) / span if span else 0)
        before = point
    return before[1]


def crest(stage: Stage, depth: float) -> Colour:
    """The colour of light on a layer's upper edge."""
    return mix(stage.palette.sun, stage.at((200, 190, 170), depth), 0.45)

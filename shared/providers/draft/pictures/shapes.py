"""Outlines: the few curves of which every drawing is made.

A point is (x, y) with y growing downwards. Places draw in stage units (the picture is 1 high);
subjects draw in their own units (feet at y = 0, head near y = -1, looking to the right).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from shared.providers.draft.pictures.colours import Colour

Point: TypeAlias = tuple[float, float]
Outline: TypeAlias = tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One flat piece of a subject. A part that is not `lit` gives light and takes no shade."""

    outline: Outline
    colour: Colour
    lit: bool = True


def oval(x: float, y: float, rx: float, ry: float | None = None, turn: float = 0.0) -> Outline:
    """An ellipse; `turn` in degrees, clockwise on the picture."""
    ry = rx if ry is None else ry
    cosine, sine = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    points = []
    for step in range(36):
        angle = step * math.tau / 36
        px, py = rx * math.cos(angle), ry * math.sin(angle)
        points.append((x + px * cosine - py * sine, y + px * sine + py * cosine))
    return tuple(points)


def box(left: float, top: float, right: float, bottom: float) -> Outline:
    """An upright rectangle."""
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def rounded(left: float, top: float, right: float, bottom: float, radius: float) -> Outline:
    """A rectangle with round corners."""
    radius = min(radius, (right - left) / 2, (bottom - top) / 2)
    corners = (
        (right - radius, top + radius, -90),
        (right - radius, bottom - radius, 0),
        (left + radius, bottom - radius, 90),
        (left + radius, top + radius, 180),
    )
    return tuple(
        (x + radius * math.cos(math.radians(a)), y + radius * math.sin(math.radians(a)))
        for x, y, start in corners
        for a in range(start, start + 91, 15)
    )


def _spline(before: Point, start: Point, end: Point, after: Point, t: float) -> Point:
    """A point of the Catmull-Rom curve from `start` (t = 0) to `end` (t = 1)."""

    def axis(a: float, b: float, c: float, d: float) -> float:
        return 0.5 * (
            2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3
        )

    return (
        axis(before[0], start[0], end[0], after[0]),
        axis(before[1], start[1], end[1], after[1]),
    )


def smooth(points: Sequence[Point], steps: int = 7) -> Outline:
    """A closed, smooth curve through the points."""
    n = len(points)
    return tuple(
        _spline(points[i - 1], points[i], points[(i + 1) % n], points[(i + 2) % n], s / steps)
        for i in range(n)
        for s in range(steps)
    )


def curve(points: Sequence[Point], steps: int = 7) -> Outline:
    """An open, smooth curve through the points."""
    last = len(points) - 1
    path = [
        _spline(points[max(i - 1, 0)], points[i], points[i + 1], points[min(i + 2, last)], s / steps)
        for i in range(last)
        for s in range(steps)
    ]
    return (*path, points[last])


def limb(points: Sequence[Point], widths: Sequence[float], steps: int = 6) -> Outline:
    """A smooth stroke along the points, `widths[i]` wide at each, with round ends: an arm, a tail."""
    spine = curve(points, steps)
    left: list[Point] = []
    right: list[Point] = []
    directions = []
    for i, (x, y) in enumerate(spine):
        x0, y0 = spine[max(i - 1, 0)]
        x1, y1 = spine[min(i + 1, len(spine) - 1)]
        length = math.hypot(x1 - x0, y1 - y0) or 1.0
        directions.append(math.atan2(y1 - y0, x1 - x0))
        knot, t = divmod(i, steps)
        width = (
            widths[knot]
            if knot + 1 >= len(widths)
            else widths[knot] * (1 - t / steps) + widths[knot + 1] * (t / steps)
        )
        dx, dy = (y1 - y0) / length * width / 2, -(x1 - x0) / length * width / 2
        left.append((x + dx, y + dy))
        right.append((x - dx, y - dy))
    end = _cap(spine[-1], directions[-1], widths[-1] / 2)
    start = _cap(spine[0], directions[0] + math.pi, widths[0] / 2)
    return (*left, *end, *reversed(right), *start)


def _cap(centre: Point, direction: float, radius: float) -> Outline:
    return tuple(
        (
            centre[0] + radius * math.cos(direction + math.radians(a)),
            centre[1] + radius * math.sin(direction + math.radians(a)),
        )
        for a in range(-75, 76, 25)
    )


def moved(
    outline: Outline, x: float, y: float, scale: float, *, flip: bool = False, turn: float = 0.0
) -> Outline:
    """The outline scaled, mirrored, turned (degrees, clockwise) about its origin and set at (x, y)."""
    cosine, sine = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    sign = -scale if flip else scale
    return tuple(
        (
            x + px * sign * cosine - py * scale * sine,
            y + px * sign * sine + py * scale * cosine,
        )
        for px, py in outline
    )


def placed(
    parts: Sequence[Part], x: float, y: float, scale: float, *, flip: bool = False, turn: float = 0.0
) -> list[Part]:
    """A subject set on the stage; see `moved`."""
    return [replace(part, outline=moved(part.outline, x, y, scale, flip=flip, turn=turn)) for part in parts]

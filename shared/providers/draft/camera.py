"""Camera moves over a still picture: where the camera looks at each moment of a clip.

Positions are fractions of the picture, so that a move is the same at every size. They stay real
numbers all the way to the resampling; rounding them to pixels is what makes a slow move jitter.
"""

from __future__ import annotations

import math
import random
import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

MoveName: TypeAlias = Literal["push", "pull", "left", "right", "up", "down", "drift", "still"]


@dataclass(frozen=True, slots=True)
class View:
    """What the camera sees: the centre (0–1 from the left and top) and its share of the picture's size."""

    x: float
    y: float
    share: float


@dataclass(frozen=True, slots=True)
class Move:
    """From one view to another."""

    name: MoveName
    start: View
    end: View

    def at(self, progress: float) -> View:
        """The view at 0–1 of the clip. The share changes by a constant factor, as a zoom should."""
        eased = _ease(progress)
        share = self.start.share * (self.end.share / self.start.share) ** eased
        travelled = eased
        if abs(self.end.share - self.start.share) > 1e-9:  # noqa: PLR2004 (a zoom: keep its goal in place)
            travelled = (share - self.start.share) / (self.end.share - self.start.share)
        return View(
            self.start.x + (self.end.x - self.start.x) * travelled,
            self.start.y + (self.end.y - self.start.y) * travelled,
            share,
        )


_EDGE = 0.004  # of the picture: no view comes closer to its border
_WIDEST = 1 - 2 * _EDGE
WIDEST = View(0.5, 0.5, _WIDEST)
"""As much of a picture as is ever seen."""
SAFE_MARGIN = 0.095
"""Of the picture at each side: what lies further in, the titles above all, stays in view all the time."""

# Looked for in this order: "pull back" is not "back", "push in" comes before "drift".
_WORDS: tuple[tuple[MoveName, str], ...] = (
    ("pull", r"pull(s|ing)?\b|zoom(s|ing)? out|widen|back(s|ing)? (away|out)|dolly(ing)? (out|back)|reveal"),
    ("push", r"push(es|ing)?\b|zoom(s|ing)?\b|dolly|move(s|ing)? in|close[sr]? in|closing in|creep|forward"),
    ("left", r"(pan|track|truck|slide|sweep|move|glide)\w* (\w+ ){0,3}left|leftward|right to left"),
    ("right", r"(pan|track|truck|slide|sweep|move|glide)\w* (\w+ ){0,3}right|rightward|left to right"),
    ("up", r"(tilt|crane|rise|boom|lift|pedestal)\w* (\w+ ){0,3}up|rising|rises|upward|crane"),
    ("down", r"(tilt|crane|boom|lower|sink|pedestal)\w* (\w+ ){0,3}down|lowering|descend|downward"),
    ("drift", r"drift|float|diagonal|orbit|arc\b|handheld|sway"),
    ("still", r"static|locked[- ]off|tripod|still camera|no camera"),
)  # fmt: skip
_PATTERNS = tuple((name, re.compile(rf"\b(?:{words})", re.IGNORECASE)) for name, words in _WORDS)
_UNTOLD: tuple[MoveName, ...] = ("push", "pull", "left", "right", "up", "drift")


def choose_move(motion: str, seed: int, seconds: float) -> Move:
    """The move that the words ask for, the seed's choice where they ask for none.

    The seed also sets small differences, so that two push-ins are not the same. A longer clip travels
    further, up to a limit: the eye reads speed, not distance.
    """
    dice = random.Random(seed)  # noqa: S311 (a repeatable choice, not a secret)
    untold: MoveName = dice.choice(_UNTOLD)
    reach = min(1.0, 0.30 + seconds * 0.12)
    return _move(_named(motion) or untold, reach, dice)


def _named(motion: str) -> MoveName | None:
    """The move that is named first in the text."""
    found = [(match.start(), name) for name, pattern in _PATTERNS if (match := pattern.search(motion))]
    return min(found)[1] if found else None


def _move(name: MoveName, reach: float, dice: random.Random) -> Move:
    wander = dice.uniform(-0.5, 0.5)
    if name in ("push", "pull"):
        near = _WIDEST * (1 - 0.155 * reach)
        close = _inside(0.5 + 0.16 * wander, 0.5 + 0.10 * dice.uniform(-0.5, 0.5), near)
        far = _inside(0.5, 0.5, _WIDEST)
        return Move(name, far, close) if name == "push" else Move(name, close, far)
    if name == "still":
        return Move(name, _inside(0.5, 0.5, _WIDEST), _inside(0.5, 0.5, _WIDEST * 0.985))
    share = _WIDEST * (1 - 0.10 * reach)
    across = (_WIDEST - share) / 2
    dx, dy, zoom = {
        "left": (-1.0, 0.2 * wander, 1.0),
        "right": (1.0, 0.2 * wander, 1.0),
        "up": (0.2 * wander, -1.0, 1.0),
        "down": (0.2 * wander, 1.0, 1.0),
        "drift": (math.copysign(0.8, wander), dice.choice((-0.7, 0.7)), 0.965),
    }[name]
    return Move(
        name,
        _inside(0.5 - dx * across, 0.5 - dy * across, share),
        _inside(0.5 + dx * across, 0.5 + dy * across, share * zoom),
    )


def _inside(x: float, y: float, share: float) -> View:
    """A view of this share, moved as far as needed to stay inside the picture and to keep the safe area."""
    least = max(_EDGE, 1 - SAFE_MARGIN - share) + share / 2
    return View(min(max(x, least), 1 - least), min(max(y, least), 1 - least), share)


def _ease(progress: float) -> float:
    """Starts and ends at rest and is even in between; a fifth of the time each to gather and lose speed."""
    ramp = 0.22
    top = 1 / (1 - ramp)
    if progress < ramp:
        return top * _gather(progress / ramp) * ramp
    if progress > 1 - ramp:
        return 1 - top * _gather((1 - progress) / ramp) * ramp
    return top * (progress - ramp / 2)


def _gather(share: float) -> float:
    """The distance covered while speed grows along a smooth curve from 0 to 1 (its integral)."""
    return share**3 - share**4 / 2

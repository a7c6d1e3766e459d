"""Room for everyone: subjects keep inside what a moving camera always sees, and side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shared.providers.draft.camera import SAFE_MARGIN
from shared.providers.draft.pictures.shapes import Part

MARGIN = SAFE_MARGIN + 0.012
"""Share of the width and height at each side that subjects keep free."""
OVERLAP = 0.05
"""Share of the narrower of two neighbours that may be hidden behind the other."""


@dataclass(frozen=True, slots=True)
class Room:
    """What a subject takes up: where it stands, how tall it is, and how far it reaches from there.

    `left`, `right` and `above` are shares of `height`.
    """

    x: float
    height: float
    left: float
    right: float
    above: float

    @property
    def width(self) -> float:
        """From its left to its right end."""
        return (self.left + self.right) * self.height


def room_of(parts: Sequence[Part], x: float, height: float, *, flip: bool) -> Room:
    """The room of a subject that is drawn one high around its own place."""
    xs = [px for part in parts for px, _ in part.outline]
    left, right = (max(xs), -min(xs)) if flip else (-min(xs), max(xs))
    return Room(x, height, left, right, -min(y for part in parts for _, y in part.outline))


def kept_below(room: Room, y: float) -> Room:
    """The room of a subject that stands at `y`, lower if it would reach too high."""
    return replace(room, height=min(room.height, max(y - MARGIN, 0.1) / max(room.above, 0.1)))


def arranged(rooms: Sequence[Room], aspect: float) -> list[Room]:
    """The same rooms, moved and if need be shrunk until all are seen; at most two of them."""
    low, high = aspect * MARGIN, aspect * (1 - MARGIN)
    widths = [room.width for room in rooms]
    needed = sum(widths) - (OVERLAP * min(widths) if len(rooms) > 1 else 0)
    share = min(1.0, (high - low) / max(needed, 1e-9))
    fitted = [_within(replace(room, height=room.height * share), low, high) for room in rooms]
    if len(fitted) != 2:  # noqa: PLR2004 - a pair
        return fitted
    first, second = sorted(fitted, key=lambda room: room.x)
    over = first.x + first.right * first.height - (second.x - second.left * second.height)
    over -= OVERLAP * min(first.width, second.width)
    if over > 0:
        # Half of the way each; where one stands at the edge already, the other goes the rest.
        moved = _within(replace(first, x=first.x - over / 2), low, high)
        rest = over - (first.x - moved.x)
        placed = _within(replace(second, x=second.x + rest), low, high)
        first = replace(moved, x=moved.x - (rest - (placed.x - second.x)))
        second = placed
    return [first, second] if fitted[0].x <= fitted[1].x else [second, first]


def _within(room: Room, low: float, high: float) -> Room:
    """The room, moved inside. One wider than the picture stands in its middle."""
    least, most = low + room.left * room.height, high - room.right * room.height
    return replace(room, x=(least + most) / 2 if least > most else min(max(room.x, least), most))

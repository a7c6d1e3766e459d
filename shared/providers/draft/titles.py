"""Titles of a clip: type that stays where it is while the picture moves behind it.

All of it is drawn once for a clip; each frame only has a small area pasted over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from shared.providers.draft.pictures.typography import Box, Line, laid_out, lettered
from shared.providers.draft.planes import Planes

FADE_SECONDS = 0.4
"""How long the title takes to come and to go."""
TITLE_SECONDS = 3.0
"""When the title begins to go."""

_WHITE, _BLACK, _GREY = 235, 16, 128
_VEIL = 0.42
"""How dark the soft ground behind the type is: the type can be read on white, the picture still seen."""
_HALO = 0.62
"""How dark it is right beside a letter."""


class Titles:
    """The type over a clip of a size: the mark all the time, the title for its first seconds."""

    def __init__(self, title: str, number: int | None, size: tuple[int, int]) -> None:
        mark, *lines = laid_out(title, number, size)
        self._mark = _drawn([mark], size)
        self._title = _drawn(lines, size) if lines else None

    def lay(self, frame: Planes, seconds: float) -> None:
        """Paste the type over the frame that is seen at a time."""
        # The mark neither comes nor goes: a single frame taken from the clip says what it is, too.
        self._mark.paste(frame)
        strength = _strength(seconds)
        if self._title is not None and strength > 0:
            self._title.at(strength).paste(frame)


@dataclass(frozen=True, slots=True)
class _Layer:
    """Type and the shade around it, as masks of the one area which they change."""

    area: Box
    letters: Image.Image
    shade: Image.Image

    def at(self, strength: float) -> _Layer:
        """The layer fainter: 0-1."""
        if strength >= 1:
            return self
        fainter = [round(value * strength) for value in range(256)]
        return _Layer(self.area, self.letters.point(fainter), self.shade.point(fainter))

    def paste(self, frame: Planes) -> None:
        frame.luma.paste(_BLACK, self.area, self.shade)
        frame.luma.paste(_WHITE, self.area, self.letters)
        left, top, right, bottom = self.area
        half = (left // 2, top // 2, right // 2, bottom // 2)
        colourless = ImageChops.lighter(self.shade, self.letters).reduce(2)
        for plane in (frame.blue, frame.red):
            plane.paste(_GREY, half, colourless)


def _strength(seconds: float) -> float:
    """How much of the title is there: 0-1."""
    return max(0.0, min(seconds / FADE_SECONDS, 1.0, (TITLE_SECONDS - seconds) / FADE_SECONDS + 1))


def _drawn(lines: Sequence[Line], size: tuple[int, int]) -> _Layer:
    soft = max(size) / 110
    area = _around([line.box for line in lines], round(3 * soft), size)
    letters = lettered(lines, size).crop(area)
    ground = Image.new("L", letters.size)
    pen = ImageDraw.Draw(ground)
    for line in lines:
        left, top, right, bottom = (edge - area[i % 2] for i, edge in enumerate(line.box))
        veiled = (left - soft, top - soft / 3, right + soft, bottom + soft / 3)
        pen.rounded_rectangle(veiled, soft, fill=round(_VEIL * 255))
    halo = letters.filter(ImageFilter.GaussianBlur(max(size) / 640))
    shade = ImageChops.lighter(
        ground.filter(ImageFilter.GaussianBlur(soft)),
        halo.point([round(min(value * 2.0, 255) * _HALO) for value in range(256)]),
    )
    return _Layer(area, letters, shade)


def _around(boxes: Sequence[Box], room: int, size: tuple[int, int]) -> Box:
    """The boxes with room around them, in whole samples of the chroma planes."""
    left, top = (max(min(box[i] for box in boxes) - room, 0) // 2 * 2 for i in (0, 1))
    right, bottom = (min(-(-(max(box[i] for box in boxes) + room) // 2) * 2, size[i - 2]) for i in (2, 3))
    return left, top, right, bottom

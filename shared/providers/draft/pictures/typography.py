"""Type: that it is a draft, the scene's number, the scene's title; where it stands and how it is drawn.

It stands at the top left of the screen, inside the area that every screen shows, far from captions. What
the font cannot draw is left out, never drawn as boxes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from PIL import Image, ImageDraw, ImageFont

MARGIN = 0.06
"""Share of the width and height on every side that stays free of type."""
MAX_LINES = 2
_MAX_CHARACTERS = 160
_UNASSIGNED = "\U0010ffff"
"""A code point that no font draws: its glyph is the font's box for missing ones."""

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of type: its words, where they stand (left, top, right, bottom, in pixels), its font."""

    text: str
    box: Box
    weight: str
    points: int
    tracking: float
    """Space added between letters, in pixels."""


def laid_out(title: str, number: int | None, size: tuple[int, int]) -> tuple[Line, ...]:
    """The lines of type for a screen of a size, all inside the safe area: the mark, then the title's."""
    width, height = size
    unit = min(width, height * 1.15)
    left, top = round(width * MARGIN), round(height * MARGIN)
    room = round(width * (1 - 2 * MARGIN))
    small = max(round(unit * 0.0175), 8)
    mark = "DRAFT" if number is None else f"DRAFT  ·  SCENE {number}"
    lines = [_line(mark, left, top, "Bold", small, small * 0.16)]
    text = drawable(title)
    y = lines[0].box[3] + round(small * 0.55)
    for words, points in _fitted(text, room, round(unit * 0.036), round(unit * 0.022)):
        line = _line(words, left, y, "SemiBold", points, -points * 0.012)
        lines.append(line)
        y += round(points * 1.22)
    return tuple(lines)


def drawable(text: str) -> str:
    """What the font can draw of a text: words with a letter it lacks are left out whole."""
    folded = unicodedata.normalize("NFC", text[: _MAX_CHARACTERS * 2])
    words = []
    for word in folded.split():
        kept = "".join(letter for letter in word if _covered(letter))
        lost = (letter for letter in word if not _covered(letter))
        if kept and not any(unicodedata.category(letter)[0] in "LNM" for letter in lost):
            words.append(kept)
    if not any(letter.isalnum() for word in words for letter in word):
        return ""
    return " ".join(words)[:_MAX_CHARACTERS].strip()


def lettered(lines: Sequence[Line], size: tuple[int, int]) -> Image.Image:
    """The letters as a mask of the screen's size."""
    mask = Image.new("L", size)
    draw = ImageDraw.Draw(mask)
    for line in lines:
        face = font(line.weight, line.points)
        x = float(line.box[0])
        baseline = line.box[1] + round(line.points * 0.95)
        for letter in line.text:
            draw.text((x, baseline), letter, fill=255, font=face, anchor="ls")
            x += face.getlength(letter) + line.tracking
    return mask


@cache
def font(weight: str, points: int) -> ImageFont.FreeTypeFont:
    """Manrope in a weight and a size in pixels. Basic layout is the same everywhere."""
    path = files("font_manrope").joinpath("files", f"Manrope-{weight}.ttf")
    return ImageFont.truetype(str(path), points, layout_engine=ImageFont.Layout.BASIC)


@cache
def _missing_glyph() -> tuple[tuple[int, int], bytes]:
    return _glyph(_UNASSIGNED)


def _glyph(letter: str) -> tuple[tuple[int, int], bytes]:
    mask = font("SemiBold", 48).getmask(letter, mode="L")
    return mask.size, bytes(mask)


@cache
def _covered(letter: str) -> bool:
    """Whether the font has a glyph for a letter. Marks that need shaping count as missing."""
    if letter == " ":
        return True
    if unicodedata.category(letter)[0] in "CMZ" or unicodedata.bidirectional(letter) in {"R", "AL"}:
        return False
    glyph = _glyph(letter)
    return 0 not in glyph[0] and glyph != _missing_glyph()


def _advance(text: str, weight: str, points: int, tracking: float) -> float:
    return font(weight, points).getlength(text) + tracking * len(text)


def _line(text: str, left: int, top: int, weight: str, points: int, tracking: float) -> Line:
    right = left + round(_advance(text, weight, points, tracking) + 1)
    return Line(text, (left, top, right, top + round(points * 1.2)), weight, points, tracking)


def _fitted(text: str, room: int, largest: int, smallest: int) -> list[tuple[str, int]]:
    """The text in at most two lines: smaller if need be, cut with an ellipsis as the last resort."""
    if not text:
        return []
    for points in range(largest, smallest - 1, -max((largest - smallest) // 5, 1)):
        lines = _wrapped(text, room, points)
        if len(lines) <= MAX_LINES and all(_fits(line, room, points) for line in lines):
            return [(line, points) for line in lines]
    lines = _wrapped(text, room, smallest)[:MAX_LINES]
    lines[-1] += "…"
    return [(_cut(line, room, smallest), smallest) for line in lines]


def _fits(text: str, room: int, points: int) -> bool:
    return _advance(text, "SemiBold", points, 0) <= room


def _wrapped(text: str, room: int, points: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and _fits(f"{lines[-1]} {word}", room, points):
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return lines


def _cut(text: str, room: int, points: int) -> str:
    """The text shortened, with an ellipsis, until it fits."""
    if _fits(text, room, points):
        return text
    text = text.rstrip("…")
    while text and not _fits(f"{text}…", room, points):
        text = text[:-1].rstrip()
    return f"{text}…"

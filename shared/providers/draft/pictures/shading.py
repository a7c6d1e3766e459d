"""How light falls on a layer of paint, in the manner of a look. Masks and lengths are in pixels."""

from __future__ import annotations

import math

from PIL import Image, ImageChops, ImageFilter

from shared.providers.draft.pictures.colours import WHITE, Colour, mix
from shared.providers.draft.pictures.looks import Look
from shared.providers.draft.pictures.shapes import Point


def crested(fill: Image.Image, mask: Image.Image, crest: Colour, look: Look, height: int) -> Image.Image:
    """The fill with light on the upper edge of its layer. `height` is the whole picture's."""
    reach = max(round(height * (0.006 if look.shading == "cel" else 0.03)), 2)
    edge = ImageChops.subtract(mask, _moved(mask, 0, reach))
    if look.shading != "cel":
        small = edge.reduce(4) if min(edge.size) > 8 else edge  # noqa: PLR2004 - reduce needs pixels
        edge = small.filter(ImageFilter.GaussianBlur(reach / 6)).resize(edge.size)
    strength = 0.6 if look.shading == "cel" else 0.5
    return Image.composite(Image.new("RGB", fill.size, crest), fill, edge.point(scaled(strength)))


def shaded(
    fill: Image.Image,
    mask: Image.Image,
    look: Look,
    height: int,
    *,
    extent: float,
    towards_light: Point,
    rim: tuple[Colour, float],
    shade: tuple[Colour, float],
) -> Image.Image:
    """The fill shaded away from the light, with a lit edge towards it: both with their strength, 0–1.

    `extent` is how tall the thing is.
    """
    length = math.hypot(*towards_light) or 1.0
    dx, dy = towards_light[0] / length, towards_light[1] / length
    hard = look.shading in {"cel", "stark"}
    reach = max(min(extent * 0.045, height * 0.03), 2)
    dark = ImageChops.subtract(mask, _moved(mask, round(dx * reach), round(dy * reach)))
    thin = max(min(extent * (0.008 if hard else 0.011), height * 0.007), 1.2)
    lit = ImageChops.subtract(mask, _moved(mask, -round(dx * thin), -round(dy * thin)))
    if not hard:
        dark = dark.filter(ImageFilter.BoxBlur(reach * 0.8))
        lit = lit.filter(ImageFilter.BoxBlur(thin * 0.4))
    darkened = ImageChops.multiply(fill, Image.new("RGB", fill.size, mix(WHITE, shade[0], 0.8)))
    fill = Image.composite(darkened, fill, dark.point(scaled(shade[1])))
    return Image.composite(Image.new("RGB", fill.size, rim[0]), fill, lit.point(scaled(rim[1])))


def washed(
    fill: Image.Image, mask: Image.Image, mottle: Image.Image, height: int, cover: int
) -> tuple[Image.Image, Image.Image]:
    """Mask and fill of a wash: pigment gathers at its edge, its middle lets the paper through.

    `cover` is its opacity where it is thinnest, 0–255.
    """
    reach = max(height * 0.006, 1.5)
    inner = mask.filter(ImageFilter.BoxBlur(reach))
    edge = ImageChops.subtract(mask, inner)
    fill = Image.composite(ImageChops.multiply(fill, fill), fill, edge.point(scaled(1.1)))
    thin = mottle.point([max(cover, min(255, 340 - v)) for v in range(256)])
    return ImageChops.multiply(mask, thin), fill


def modelled(fill: Image.Image, mask: Image.Image, height: int) -> Image.Image:
    """The fill with a rounded edge lit from the upper left, as a piece of clay has."""
    reach = max(height * 0.006, 1.5)
    round_edge = mask.filter(ImageFilter.GaussianBlur(reach))
    step = max(round(reach), 1)
    relief = ImageChops.subtract(
        _moved(round_edge, -step, -step), _moved(round_edge, step, step), scale=2.0, offset=128
    )
    relief = ImageChops.invert(relief)
    return ImageChops.overlay(fill, Image.merge("RGB", (relief, relief, relief)))


def scaled(factor: float) -> list[int]:
    """A table that makes a mask so much stronger or weaker."""
    return [min(255, round(v * factor)) for v in range(256)]


def ramp(low: int, high: int) -> list[int]:
    """A table that is 0 below `low`, 255 above `high`, and rises in between."""
    return [max(0, min(255, (v - low) * 255 // (high - low))) for v in range(256)]


def _moved(mask: Image.Image, dx: int, dy: int) -> Image.Image:
    """The mask shifted. What the shift lays bare keeps its value, so the canvas's edge casts no rim."""
    moved = mask.copy()
    moved.paste(mask, (dx, dy))
    return moved

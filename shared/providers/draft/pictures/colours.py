"""Colours: mixing, tinting, and the words that name them."""

from __future__ import annotations

import colorsys
from typing import TypeAlias

Colour: TypeAlias = tuple[int, int, int]


def colour(text: str) -> Colour:
    """`#rrggbb` as red, green and blue, 0–255."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """`first` with `share` (0–1) of `second` in it."""
    share = min(max(share, 0.0), 1.0)
    return (
        round(first[0] + (second[0] - first[0]) * share),
        round(first[1] + (second[1] - first[1]) * share),
        round(first[2] + (second[2] - first[2]) * share),
    )


def under(surface: Colour, light: Colour) -> Colour:
    """A surface as it looks under a coloured light."""
    return (
        surface[0] * light[0] // 255,
        surface[1] * light[1] // 255,
        surface[2] * light[2] // 255,
    )


def shifted(original: Colour, *, degrees: float = 0.0, saturation: float = 1.0, value: float = 1.0) -> Colour:
    """Turned on the colour wheel, with saturation and brightness multiplied."""
    hue, s, v = colorsys.rgb_to_hsv(*(channel / 255 for channel in original))
    hue = (hue + degrees / 360) % 1.0
    red, green, blue = colorsys.hsv_to_rgb(hue, min(s * saturation, 1.0), min(v * value, 1.0))
    return round(red * 255), round(green * 255), round(blue * 255)


def brightness(original: Colour) -> float:
    """Perceived brightness, 0–1."""
    return (0.299 * original[0] + 0.587 * original[1] + 0.114 * original[2]) / 255


WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)

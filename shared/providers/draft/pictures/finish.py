"""The last touch of each style: grade, grain, paper, pixels."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps

from shared.providers.draft.pictures.colours import mix
from shared.providers.draft.pictures.shapes import oval
from shared.providers.draft.pictures.stage import Stage
from shared.providers.draft.pictures.textures import clouds, grain, paper, tiled

Size: TypeAlias = tuple[int, int]


_DITHER = 0.009
"""Grain too fine to be seen, which keeps smooth skies from falling into bands."""
_WINDY = frozenset(
    {"meadow", "mountains", "jungle", "street", "city", "ruins", "lake", "sea", "forest", "sky"}
)


def finished(stage: Stage, size: Size) -> Image.Image:
    """The painted canvas with its style's finish, at the picture's full size."""
    look = stage.painter.look
    picture = stage.painter.canvas
    if look.bloom:
        picture = _bloomed(picture, look.bloom)
    if look.contrast != 1.0:
        picture = ImageEnhance.Contrast(picture).enhance(look.contrast)
    finish = _FINISHES.get(stage.vision.style, _plain)
    return finish(stage, picture, size)


def _plain(stage: Stage, picture: Image.Image, _size: Size) -> Image.Image:
    return _grained(stage, _vignetted(picture, 0.28), 0.035)


def _realistic(stage: Stage, picture: Image.Image, _size: Size) -> Image.Image:
    return _grained(stage, _vignetted(picture, 0.3), 0.035)


def _cinematic(stage: Stage, picture: Image.Image, _size: Size) -> Image.Image:
    """Teal shadows, amber lights, a streak of light, haze and grain."""
    x, y = stage.sun
    if stage.vision.place not in {"room", "cafe", "workshop", "library", "studio", "underwater"}:
        stage.painter.canvas = picture
        streak = ((x - 0.9, y), (x, y - 0.004), (x + 0.9, y), (x, y + 0.004))
        stage.painter.light_shape([streak], mix(stage.palette.sun, (120, 190, 255), 0.5), 0.6, 0.0035)
        picture = stage.painter.canvas
    red, green, blue = picture.split()
    red = red.point([_clamp(v + 26 * (v / 255) ** 2 - 16 * (1 - v / 255) ** 2) for v in range(256)])
    green = green.point([_clamp(v + 4 * (v / 255) - 2) for v in range(256)])
    blue = blue.point([_clamp(v - 26 * (v / 255) ** 2 + 20 * (1 - v / 255) ** 2) for v in range(256)])
    graded = Image.merge("RGB", (red, green, blue)).point(_curve(0.28) * 3)
    return _grained(stage, _vignetted(graded, 0.5), 0.045)


def _cartoon(stage: Stage, picture: Image.Image, _size: Size) -> Image.Image:
    return _grained(stage, ImageEnhance.Color(picture).enhance(1.15), _DITHER)


def _anime(stage: Stage, picture: Image.Image, _size: Size) -> Image.Image:
    """Light floods in from the sun's corner."""
    stage.painter.canvas = picture
    x, y = stage.sun
    stage.painter.glow(x, y, 0.95, mix(stage.palette.sun, stage.palette.low, 0.4), 0.34)
    stage.painter.veil(0.0, 0.55, mix(stage.palette.top, (110, 160, 255), 0.5), 0.16, peak=0.0)
    rng, aspect = stage.rng, stage.aspect
    petals = [
        oval(rng.uniform(0, aspect), rng.uniform(0.05, 0.98), size, size * 0.5, rng.uniform(0, 180))
        for size in (rng.uniform(0.003, 0.010) for _ in range(30))
    ]
    if stage.vision.weather is None and stage.vision.place in _WINDY:
        blossom = mix(stage.palette.accent, (255, 236, 240), 0.55)
        stage.painter.scenery(petals, blossom, soft=0.0014, opacity=0.85, line=False)
    return _grained(stage, ImageEnhance.Color(stage.painter.canvas).enhance(1.18), _DITHER)


def _watercolor(stage: Stage, picture: Image.Image, size: Size) -> Image.Image:
    """Blotted pigment on cold-pressed paper, right to its edges: a camera may look anywhere."""
    rng = stage.rng
    sheet = Image.new("RGB", size, (252, 248, 238))
    blots = clouds(rng, size, 4, 4).point([_clamp((v - 140) * 2.2) for v in range(256)])
    washed = Image.composite(Image.blend(picture, sheet, 0.2), picture, blots)
    washed = Image.blend(washed, sheet, 0.06)
    stage.painter.canvas = washed
    drops = [
        (rng.uniform(0, stage.aspect), rng.random(), rng.uniform(0.0008, 0.0035), 0.35) for _ in range(40)
    ]
    stage.painter.dots(drops, mix(stage.palette.accent, stage.palette.shade, 0.3))
    grainy = paper(rng, size)
    return ImageChops.overlay(stage.painter.canvas, Image.merge("RGB", (grainy, grainy, grainy)))


def _noir(stage: Stage, picture: Image.Image, size: Size) -> Image.Image:
    """Black and white, hard light through blinds, coarse grain."""
    grey = ImageOps.autocontrast(picture.convert("L"), cutoff=(2, 1)).point(_curve(0.9))
    width, height = size
    slats = Image.new("L", (1, 64))
    slats.putdata([70 if (row % 6) < 2 else 0 for row in range(64)])  # noqa: PLR2004 - a third of each slat
    bars = slats.resize((width, height), Image.Resampling.BILINEAR).rotate(
        stage.rng.choice((-14, 14)), Image.Resampling.BILINEAR, fillcolor=0
    )
    side = Image.linear_gradient("L").rotate(90).resize(size)
    side = side if stage.sun[0] < stage.aspect / 2 else ImageOps.mirror(side)
    shaded = ImageChops.subtract(grey, ImageChops.multiply(bars, side))
    picture = Image.merge("RGB", (shaded, shaded, shaded))
    return _grained(stage, _vignetted(picture, 0.85), 0.12, coarse=2)


def _claymation(stage: Stage, picture: Image.Image, size: Size) -> Image.Image:
    """The mark of fingers on everything, and the warm pool of a small lamp."""
    prints = clouds(stage.rng, size, 44, 2)
    relief = ImageChops.subtract(prints, ImageChops.offset(prints, 2, 2), 1.0, 128)
    relief = relief.point([_clamp(128 + (v - 128) * 0.4) for v in range(256)])
    pressed = ImageChops.overlay(picture, Image.merge("RGB", (relief, relief, relief)))
    return _vignetted(ImageEnhance.Color(pressed).enhance(1.1), 0.5)


def _pixel(_stage: Stage, picture: Image.Image, size: Size) -> Image.Image:
    """Few colours with ordered dithering, each drawn pixel a square."""
    bayer = Image.new("L", (4, 4))
    bayer.putdata([v * 16 + 8 for v in (0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5)])
    pattern = tiled(bayer, picture.size)
    threshold = Image.merge("RGB", (pattern, pattern, pattern))
    dithered = ImageChops.add(picture, threshold.point([v // 12 for v in range(256)] * 3), 1.0, -10)
    few = dithered.quantize(48, Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE).convert("RGB")
    return few.resize(size, Image.Resampling.NEAREST)


_FINISHES: dict[str, Callable[[Stage, Image.Image, Size], Image.Image]] = {
    "realistic": _realistic,
    "cinematic": _cinematic,
    "cartoon": _cartoon,
    "anime": _anime,
    "watercolor": _watercolor,
    "noir": _noir,
    "claymation": _claymation,
    "pixel": _pixel,
}


def _bloomed(picture: Image.Image, strength: float) -> Image.Image:
    """Bright light spills over edges."""
    small = picture.reduce(6)
    bright = small.point([_clamp((v - 150) * 2.2) for v in range(256)] * 3)
    soft = bright.filter(ImageFilter.GaussianBlur(small.height / 22)).resize(
        picture.size, Image.Resampling.BICUBIC
    )
    return ImageChops.screen(picture, soft.point([round(v * strength) for v in range(256)] * 3))


def _vignetted(picture: Image.Image, strength: float) -> Image.Image:
    """The corners darker than the middle."""
    fall = Image.radial_gradient("L").point([_clamp(255 - max(0, v - 110) * strength) for v in range(256)])
    mask = fall.resize(picture.size, Image.Resampling.BILINEAR)
    return ImageChops.multiply(picture, Image.merge("RGB", (mask, mask, mask)))


def _grained(stage: Stage, picture: Image.Image, strength: float, *, coarse: int = 1) -> Image.Image:
    """Film grain, which also hides the steps of soft gradients."""
    noise = grain(stage.rng, picture.size, coarse=coarse)
    noise = noise.point([_clamp(128 + (v - 128) * strength * 2.2) for v in range(256)])
    return ImageChops.add(picture, Image.merge("RGB", (noise, noise, noise)), 1.0, -128)


def _curve(strength: float) -> list[int]:
    """An S-shaped tone curve: darker darks, brighter lights."""
    table = []
    for v in range(256):
        t = v / 255
        table.append(_clamp(255 * (t + strength * (t * t * (3 - 2 * t) - t))))
    return table


def _clamp(value: float) -> int:
    return max(0, min(255, round(value)))

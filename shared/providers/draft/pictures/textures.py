"""Noise, made from a seed: grain, mottled pigment, paper.

Pillow's own `effect_noise` has no seed, so every grain here comes from `random.Random`.
"""

from __future__ import annotations

from random import Random

from PIL import Image, ImageChops, ImageFilter

TILE = 512


def grain(rng: Random, size: tuple[int, int], *, coarse: int = 1) -> Image.Image:
    """Film grain around 128, each grain `coarse` pixels wide; a tile of 512 repeated."""
    side = TILE // coarse
    first = Image.frombytes("L", (side, side), rng.randbytes(side * side))
    second = Image.frombytes("L", (side, side), rng.randbytes(side * side))
    tile = Image.blend(first, second, 0.5)  # the sum of two dice: soft extremes
    if coarse > 1:
        tile = tile.resize((TILE, TILE), Image.Resampling.BICUBIC)
    return tiled(tile, size)


def tiled(tile: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The tile repeated over a size."""
    sheet = Image.new(tile.mode, size)
    for y in range(0, size[1], tile.height):
        for x in range(0, size[0], tile.width):
            sheet.paste(tile, (x, y))
    return sheet


def clouds(rng: Random, size: tuple[int, int], cells: int, octaves: int = 4) -> Image.Image:
    """Soft fractal noise, 0–255 around 128; `cells` patches fit across the picture's height."""
    width, height = size
    small = (max(width // 4, 1), max(height // 4, 1))
    total: Image.Image | None = None
    for octave in range(octaves):
        rows = max(cells * 2**octave, 1)
        columns = max(round(rows * width / height), 1)
        noise = Image.frombytes("L", (columns + 2, rows + 2), rng.randbytes((columns + 2) * (rows + 2)))
        layer = noise.resize(small, Image.Resampling.BICUBIC, box=(0.5, 0.5, columns + 1.5, rows + 1.5))
        total = layer if total is None else Image.blend(total, layer, 0.5**octave / (2 - 0.5**octave))
    if total is None:
        raise ValueError("noise needs at least one octave")
    return total.resize(size, Image.Resampling.BICUBIC)


def paper(rng: Random, size: tuple[int, int]) -> Image.Image:
    """Cold-pressed paper lit from the side: around 128, to be laid over with `overlay`."""
    bumps = grain(rng, (TILE, TILE), coarse=4)
    fine = grain(rng, (TILE, TILE), coarse=1)
    relief = Image.blend(bumps, fine, 0.6).filter(ImageFilter.GaussianBlur(0.7))
    lit = ImageChops.add(relief, ImageChops.invert(ImageChops.offset(relief, 2, 2)), 2)
    return tiled(lit.point([max(0, min(255, round(128 + (v - 128) * 0.55))) for v in range(256)]), size)

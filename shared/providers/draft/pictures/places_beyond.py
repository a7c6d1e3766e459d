"""Places without a ground of their own: space, the open sky, a product studio."""

from __future__ import annotations

from dataclasses import replace

from shared.providers.draft.pictures.colours import WHITE, Colour, colour, mix, shifted
from shared.providers.draft.pictures.flora import leafy_branch
from shared.providers.draft.pictures.shapes import oval, rounded
from shared.providers.draft.pictures.sky import cumulus, paint_sky, rays, stars
from shared.providers.draft.pictures.stage import Footing, Stage
from shared.providers.draft.pictures.textures import clouds


def space(stage: Stage) -> Footing:
    """Stars, a nebula, and a planet with a lit limb."""
    painter, palette, rng = stage.painter, stage.palette, stage.rng
    stage.palette = palette = replace(palette, ambient=colour("#eef0fa"), shade=colour("#141a33"), night=True)
    deep = mix(colour("#0a0f24"), palette.top, 0.2)
    painter.graded([(0, deep), (1, mix(colour("#1c1b40"), palette.shade, 0.4))])
    for tone, cells in (
        (mix(palette.accent, colour("#7a3f8f"), 0.5), 2),
        (mix(palette.middle, colour("#2c6f9e"), 0.6), 3),
    ):
        noise = clouds(rng, painter.size, cells, 5)
        mask = noise.point([max(0, min(150, (v - 118) * 3)) for v in range(256)])
        painter.canvas.paste(tone, (0, 0, *painter.size), mask)
    whole = stage.horizon
    stage.horizon = 1.0
    stars(stage, 320)
    stage.horizon = whole
    x, y = stage.aspect * rng.uniform(0.7, 0.85), rng.uniform(0.25, 0.34)
    _planet(stage, x, y, 0.17 * stage.unit, mix(palette.accent, colour("#c98a5a"), 0.4))
    _planet(
        stage, stage.aspect * rng.uniform(0.3, 0.6), 1.62, 0.95, mix(colour("#4f86b8"), palette.middle, 0.3)
    )
    return Footing(0.6, deep, "air")


def _planet(stage: Stage, x: float, y: float, radius: float, tone: Colour) -> None:
    painter = stage.painter
    painter.glow(x, y, radius * 1.5, mix(tone, WHITE, 0.3), 0.55)
    painter.scenery([oval(x, y, radius)], mix(tone, WHITE, 0.25), shifted(tone, value=0.3), line=True)
    for k in (-0.5, -0.15, 0.2, 0.5):
        band = oval(x, y + k * radius, radius * (1 - k * k) ** 0.5 * 0.96, radius * 0.05)
        painter.scenery([band], mix(tone, WHITE, 0.4 if k < 0 else 0.1), opacity=0.28, soft=0.004, line=False)


def sky(stage: Stage) -> Footing:
    """High above a sea of clouds."""
    stage.horizon = max(stage.horizon, 0.66)
    paint_sky(stage, clouds=2)
    rays(stage, 0.14)
    rng, palette = stage.rng, stage.palette
    for i, depth in enumerate((0.75, 0.5, 0.3, 0.1)):
        y = stage.horizon + 0.02 + 0.09 * i
        lit = mix(mix(WHITE, palette.low, 0.3), palette.haze, depth * 0.6)
        low = mix(palette.middle, palette.shade, 0.35 - depth * 0.3)
        puffs = []
        for _ in range(round(5 * stage.aspect) + 1):
            puffs.extend(cumulus(rng, rng.uniform(-0.1, stage.aspect + 0.1), y, rng.uniform(0.25, 0.5)))
        puffs.append(((-0.1, y), (stage.aspect + 0.1, y), (stage.aspect + 0.1, 1.1), (-0.1, 1.1)))
        soft = 0.0 if stage.painter.look.shading in {"cel", "clay", "wash"} else 0.004
        stage.painter.scenery(puffs, lit, low, soft=soft, crest=mix(palette.sun, lit, 0.3))
    return Footing(0.55, palette.low, "air")


def studio(stage: Stage) -> Footing:
    """A seamless sweep of colour, a round plinth, and shapes that catch the light."""
    painter, palette, aspect, unit = stage.painter, stage.palette, stage.aspect, stage.unit
    lot = int(stage.vision.story_seed[4:6], 16) / 255
    tone = shifted(mix(palette.accent, palette.middle, 0.45), degrees=lot * 40 - 20, saturation=0.9)
    painter.graded(
        [
            (0, shifted(tone, value=0.72)),
            (0.5, mix(tone, WHITE, 0.22)),
            (0.74, mix(tone, WHITE, 0.42)),
            (1, shifted(tone, value=0.86)),
        ]
    )
    middle = aspect * 0.5
    painter.glow(middle, 0.42, 0.75, mix(tone, WHITE, 0.8), 0.7)
    sets = (_ring_and_columns, _arches, _leaf_shadows)
    stage.rng.choice(sets)(stage, tone)
    floor = mix(tone, WHITE, 0.3)
    painter.scenery(
        [oval(middle, 0.80, 0.30 * unit, 0.05)], palette.shade, soft=0.02, opacity=0.4, line=False
    )
    painter.scenery(
        [oval(middle, 0.785, 0.25 * unit, 0.045)], shifted(floor, value=0.78), shifted(floor, value=0.62)
    )
    painter.scenery(
        [oval(middle, 0.755, 0.25 * unit, 0.042)], mix(floor, WHITE, 0.5), mix(floor, WHITE, 0.15)
    )
    beam = (
        (middle - 0.05, -0.05),
        (middle + 0.05, -0.05),
        (middle + 0.30 * unit, 0.8),
        (middle - 0.30 * unit, 0.8),
    )
    painter.light_shape([beam], mix(palette.sun, WHITE, 0.5), 0.2, 0.03)
    return Footing(0.757, floor, "table")


def _ring_and_columns(stage: Stage, tone: Colour) -> None:
    """A large disc, with round columns and spheres beside it."""
    painter, palette, rng, unit = stage.painter, stage.palette, stage.rng, stage.unit
    middle = stage.aspect * 0.5
    painter.scenery(
        [oval(middle, 0.44, 0.33 * unit)],
        mix(tone, WHITE, 0.36),
        mix(tone, palette.accent, 0.5),
        opacity=0.95,
    )
    for side in (-1, 1):
        tall = rng.uniform(0.2, 0.42)
        x = middle + side * rng.uniform(0.42, 0.52) * unit
        column = mix(tone, palette.low, 0.3)
        shape = rounded(x - 0.07 * unit, 0.74 - tall, x + 0.07 * unit, 0.76, 0.07 * unit)
        painter.scenery([shape], mix(column, WHITE, 0.3), shifted(column, value=0.72))
        ball = oval(x - side * 0.13 * unit, 0.73, 0.045 * unit)
        painter.scenery([ball], mix(palette.accent, WHITE, 0.35), shifted(palette.accent, value=0.7))


def _arches(stage: Stage, tone: Colour) -> None:
    """Arch within arch, and steps that lead up to the plinth."""
    painter, palette, unit = stage.painter, stage.palette, stage.unit
    middle = stage.aspect * 0.5
    for k in range(4):
        half = (0.46 - 0.095 * k) * unit
        arch = rounded(middle - half, 0.08 + 0.075 * k, middle + half, 1.3, half)
        shade = mix(mix(tone, WHITE, 0.12 + 0.14 * k), palette.accent, 0.35 if k == 1 else 0.0)
        painter.scenery([arch], mix(shade, WHITE, 0.12), shifted(shade, value=0.84))
    for k in range(2):
        half, y = (0.60 - 0.14 * k) * unit, 0.88 - 0.05 * k
        step = mix(tone, WHITE, 0.2 + 0.12 * k)
        painter.scenery([rounded(middle - half, y, middle + half, 1.3, 0.02)], mix(step, WHITE, 0.25), step)


def _leaf_shadows(stage: Stage, tone: Colour) -> None:
    """Window light on the wall with the shadow of leaves in it, and a low block."""
    painter, palette, rng, unit, aspect = stage.painter, stage.palette, stage.rng, stage.unit, stage.aspect
    lean = 0.16
    panes = [
        ((x, y), (x + 0.2 * unit, y), (x + 0.2 * unit - lean * 0.25, y + 0.2), (x - lean * 0.25, y + 0.2))
        for x in (aspect * 0.5 - 0.05 * unit, aspect * 0.5 + 0.18 * unit, aspect * 0.5 - 0.28 * unit)
        for y in (0.12, 0.34)
    ]
    painter.light_shape(panes, mix(palette.sun, WHITE, 0.3), 0.6, 0.004)
    leaves = leafy_branch(rng, aspect + 0.02, 0.1, 0.75 * unit, 160)
    leaves += leafy_branch(rng, aspect + 0.02, 0.45, 0.55 * unit, 185)
    painter.scenery(leaves, shifted(tone, value=0.62), soft=0.006, opacity=0.5, line=False)
    x = aspect * 0.5 - 0.42 * unit
    block = mix(tone, palette.accent, 0.4)
    painter.scenery(
        [rounded(x - 0.12 * unit, 0.60, x + 0.12 * unit, 0.80, 0.012)], mix(block, WHITE, 0.3), block
    )
    painter.scenery(
        [oval(x, 0.535, 0.065 * unit)], mix(palette.accent, WHITE, 0.4), shifted(palette.accent, value=0.72)
    )

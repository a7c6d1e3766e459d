"""Places with water: open sea, lakes, and what is beneath."""

from __future__ import annotations

import math
from dataclasses import replace

from shared.providers.draft.pictures.colours import WHITE, Colour, colour, mix, shifted
from shared.providers.draft.pictures.flora import conifer, grass
from shared.providers.draft.pictures.shapes import Outline, Point, limb, oval, smooth
from shared.providers.draft.pictures.sky import paint_sky
from shared.providers.draft.pictures.stage import Footing, Stage, crest, height_at, ridge


def water_colour(stage: Stage) -> Colour:
    """Deep water in this light."""
    return stage.at(mix(colour("#1f6f86"), stage.palette.top, 0.45), 0.0)


def sea(stage: Stage) -> Footing:
    """Islands on the horizon, the sun's path on the water, rows of swell."""
    paint_sky(stage)
    rng, painter, horizon = stage.rng, stage.painter, stage.horizon
    for depth in (0.92, 0.78):
        island = ridge(rng, stage.aspect, horizon + 0.035, 0.09, waves=0.8, jagged=0.3)
        painter.scenery([island], stage.at(colour("#5a6a78"), depth), crest=crest(stage, depth))
    surface(stage)
    for i in range(5):
        share = (i + 0.5) / 5
        _swell(stage, horizon + (1 - horizon) * share**1.15, 0.006 + 0.020 * share**1.3, 0.72 - 0.6 * share)
    return Footing(horizon + (1 - horizon) * 0.5, water_colour(stage), "water")


def lake(stage: Stage) -> Footing:
    """Still water between wooded shores that it mirrors."""
    paint_sky(stage)
    rng, painter, horizon = stage.rng, stage.painter, stage.horizon
    rock, leaf = colour("#62748c"), mix(colour("#3f6647"), WHITE, 0.5 if stage.snowy else 0)
    for depth, tall in ((0.9, 0.24), (0.66, 0.14)):
        hills = ridge(rng, stage.aspect, horizon - tall * 0.35, tall, waves=1.3, jagged=0.55)
        painter.scenery(
            [hills], stage.at(rock, depth), stage.at(rock, min(depth + 0.2, 1)), crest=crest(stage, depth)
        )
        painter.veil(horizon - 0.12, horizon, stage.palette.haze, 0.45)
    shore = ridge(rng, stage.aspect, horizon - 0.02, 0.03, waves=1.2)
    firs: list[Outline] = []
    for _ in range(round(26 * stage.aspect)):
        x = rng.uniform(-0.05, stage.aspect + 0.05)
        firs.extend(conifer(rng, x, height_at(shore, x) + 0.015, rng.uniform(0.06, 0.13) * stage.unit))
    painter.scenery([*firs, shore], stage.at(leaf, 0.5), stage.at(leaf, 0.66), crest=crest(stage, 0.5))
    painter.blur(painter.look.distance_blur)
    surface(stage, mirrored=0.35)
    _shore(stage)
    return Footing(horizon + (1 - horizon) * 0.5, water_colour(stage), "water")


def surface(stage: Stage, *, mirrored: float = 0.62) -> None:
    """Water from the horizon down: it mirrors what stands above and glitters under the sun."""
    painter, palette, horizon = stage.painter, stage.palette, stage.horizon
    deep = water_colour(stage)
    area = ((-0.05, horizon), (stage.aspect + 0.05, horizon), (stage.aspect + 0.05, 1.05), (-0.05, 1.05))
    painter.scenery([area], mix(palette.low, deep, 0.35), deep, line=False)
    painter.mirror(horizon, mix(palette.middle, deep, 0.5), mirrored)
    painter.scenery([area], deep, shifted(deep, value=0.72), opacity=0.30, line=False)
    glitter(stage)


def glitter(stage: Stage) -> None:
    """The sun's broken path on the water."""
    rng, horizon = stage.rng, stage.horizon
    dashes: list[Outline] = []
    for i in range(70):
        share = (i / 70) ** 1.5
        y = horizon + 0.006 + (1 - horizon) * share
        width = (0.012 + 0.05 * share) * rng.uniform(0.4, 1.4)
        x = stage.sun[0] + rng.gauss(0, 0.018 + 0.085 * share)
        dashes.append(oval(x, y, width, 0.0012 + 0.0042 * share))
    stage.painter.light_shape(dashes, stage.palette.sun, 0.62, 0.0012)


def _swell(stage: Stage, y: float, height: float, depth: float) -> None:
    """One row of waves with lit crests."""
    rng = stage.rng
    deep = water_colour(stage)
    length = 0.16 + height * 9
    phase = rng.uniform(0, math.tau)
    crests: list[Point] = []
    for step in range(161):
        x = -0.05 + (stage.aspect + 0.1) * step / 160
        wave = math.sin(x / length * math.tau + phase) + 0.4 * math.sin(x / length * 9.1 + phase * 2)
        crests.append((x, y - height * (1 - abs(wave)) * 1.1))
    body = (*crests, (stage.aspect + 0.05, y + height * 6 + 0.02), (-0.05, y + height * 6 + 0.02))
    tone = mix(deep, stage.palette.haze, depth * 0.55)
    stage.painter.scenery(
        [body], mix(tone, stage.palette.low, 0.26), shifted(tone, value=0.8), opacity=0.78,
        crest=mix(stage.palette.sun, tone, 0.5),
    )  # fmt: skip


def _shore(stage: Stage) -> None:
    """Reeds at the near corner."""
    rng = stage.rng
    left = rng.random() < 0.5  # noqa: PLR2004 - either side
    base = 0.0 if left else stage.aspect * 0.8
    reeds = grass(rng, base, base + stage.aspect * 0.2, 1.02, 0.3 * stage.unit, 34)
    stage.painter.scenery(reeds, stage.at(colour("#3d4a33"), 0.05), line=False)


def underwater(stage: Stage) -> Footing:
    """Light falling into the deep over sand, coral and kelp."""
    rng, painter, palette = stage.rng, stage.painter, stage.palette
    stage.palette = palette = replace(
        palette, ambient=colour("#d4f0f2"), haze=colour("#3f9db2"), shade=colour("#123f63")
    )
    light = mix(colour("#9fe3dd"), palette.low, 0.25)
    middle, deep = mix(colour("#2f93ab"), palette.middle, 0.25), mix(colour("#0f3f66"), palette.shade, 0.35)
    painter.graded([(0, light), (0.4, middle), (1, deep)])
    shafts: list[Outline] = []
    for _ in range(7):
        x = rng.uniform(0.0, stage.aspect)
        width = rng.uniform(0.03, 0.10)
        shafts.append(((x, -0.1), (x + width, -0.1), (x - 0.25 + width * 2.6, 1.0), (x - 0.35, 1.0)))
    painter.light_shape(shafts, (226, 255, 246), 0.26, 0.025)
    for i, depth in enumerate((0.75, 0.45, 0.15)):
        y = 0.74 + 0.09 * i
        bed = ridge(rng, stage.aspect, y, 0.07, waves=1.2)
        tone = mix(mix(colour("#3f7a74"), colour("#c9b98a"), 0.2 * i), middle, depth)
        kelp: list[Outline] = []
        for _ in range(round(9 * stage.aspect)):
            x = rng.uniform(0, stage.aspect)
            tall = rng.uniform(0.08, 0.26) * (0.7 + 0.3 * i) * stage.unit
            base = height_at(bed, x) + 0.02
            bend = rng.uniform(-0.05, 0.05)
            kelp.append(
                limb([(x, base), (x + bend, base - tall * 0.4), (x - bend, base - tall * 0.75),
                    (x + bend, base - tall)],
                     [0.010, 0.014, 0.010, 0.002])
            )  # fmt: skip
        painter.scenery(kelp, shifted(tone, value=0.8), shifted(tone, value=0.62))
        painter.scenery([bed], tone, shifted(tone, value=0.6), crest=light)
    _corals(stage, light)
    bubbles = [
        (rng.uniform(0, stage.aspect), rng.random(), rng.uniform(0.002, 0.008), 0.45) for _ in range(40)
    ]
    painter.dots(bubbles, (235, 255, 252))
    stage.sun = (stage.aspect * 0.5, -0.2)
    return Footing(0.6, deep, "air")


def _corals(stage: Stage, light: Colour) -> None:
    rng = stage.rng
    for _ in range(5):
        x, base = rng.uniform(0.02, 0.98) * stage.aspect, rng.uniform(0.92, 1.02)
        size = rng.uniform(0.08, 0.16) * stage.unit
        tone = mix(stage.palette.accent, colour(rng.choice(("#e0607e", "#f0a050", "#9a6bc0"))), 0.5)
        arms = [
            limb([(x, base), (x + dx * size * 0.5, base - size * 0.5),
                (x + dx * size, base - size * rng.uniform(0.8, 1.2))],
                 [size * 0.22, size * 0.16, size * 0.1])
            for dx in (-0.7, -0.3, 0.1, 0.45, 0.8)
        ]  # fmt: skip
        stage.painter.scenery(arms, mix(tone, light, 0.2), shifted(tone, value=0.6), crest=light)


def rocks(stage: Stage, x: float, y: float, width: float, height: float) -> None:
    """A rocky islet or headland around (x, y)."""
    rng = stage.rng
    stone = colour("#5d5b62")
    outline = smooth(
        [(x - width, y + height * 0.25), (x - width * 0.8, y - height * 0.3),
            (x - width * 0.45, y - height * rng.uniform(0.7, 0.9)),
         (x, y - height), (x + width * 0.4, y - height * rng.uniform(0.75, 0.95)),
             (x + width * 0.75, y - height * 0.35),
         (x + width, y + height * 0.25)], 4,
    )  # fmt: skip
    stage.painter.scenery(
        [outline], stage.at(stone, 0.22), stage.at(shifted(stone, value=0.55), 0.1), crest=crest(stage, 0.15)
    )
    for _ in range(5):
        fx, fy = x + rng.uniform(-0.6, 0.6) * width, y - height * rng.uniform(0.1, 0.6)
        size = width * rng.uniform(0.10, 0.2)
        facet = (
            (fx - size, fy + size * 0.3),
            (fx - size * 0.2, fy - size * 0.35),
            (fx + size, fy),
            (fx + size * 0.3, fy + size * 0.5),
        )
        stage.painter.scenery([facet], stage.at(shifted(stone, value=1.35), 0.25), opacity=0.16, line=False)
    foam = [
        oval(
            x + rng.uniform(-1.0, 1.0) * width,
            y + height * 0.24 + rng.uniform(0, 0.012),
            width * rng.uniform(0.04, 0.11),
            0.0025,
        )
        for _ in range(12)
    ]
    stage.painter.scenery(foam, mix(WHITE, stage.palette.low, 0.5), soft=0.0015, opacity=0.55, line=False)

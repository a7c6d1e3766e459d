"""Skies: gradient, sun or moon, stars, clouds, rays, and what falls from them."""

from __future__ import annotations

import math
from random import Random

from shared.providers.draft.pictures.colours import WHITE, Colour, mix
from shared.providers.draft.pictures.shapes import Outline, limb, oval
from shared.providers.draft.pictures.stage import Stage


def paint_sky(stage: Stage, *, clouds: int | None = None) -> None:
    """The whole sky, down to the horizon and a little below it."""
    palette, look = stage.palette, stage.painter.look
    edge = min(stage.horizon + 0.04, 1.0)
    stage.painter.graded(
        [(0.0, palette.top), (edge * 0.58, palette.middle), (edge, palette.low), (1.0, palette.low)]
    )
    if palette.night or stage.vision.time == "dusk":
        stars(stage, 150 if palette.night else 50)
    luminary(stage)
    if stage.vision.weather != "fog" and look.shading != "stark":
        amount = clouds if clouds is not None else stage.rng.choice((2, 3, 4))
        if stage.vision.style == "anime" and clouds != 0:
            towers(stage)
        for _ in range(amount):
            cloud(stage)


def stars(stage: Stage, number: int) -> None:
    """Stars, thinning out towards the horizon."""
    rng = stage.rng
    dots = []
    for _ in range(round(number * stage.aspect)):
        y = rng.random() ** 1.3 * stage.horizon
        faint = 1 - y / max(stage.horizon, 0.1)
        dots.append(
            (rng.uniform(0, stage.aspect), y, rng.choice((0.0007, 0.001, 0.0016)), 0.25 + 0.7 * faint)
        )
    stage.painter.dots(dots, (255, 252, 240))


def luminary(stage: Stage) -> None:
    """The sun or the moon, with its glow."""
    painter, palette, (x, y) = stage.painter, stage.palette, stage.sun
    radius = stage.sun_radius
    veiled = {"rain": 0.15, "snow": 0.45, "fog": 0.55}.get(stage.vision.weather or "", 1.0)
    painter.glow(x, y, radius * 11, mix(palette.sun, palette.low, 0.5), 0.55 * (0.5 + veiled / 2))
    painter.glow(x, y, radius * 4.5, palette.sun, 0.6 * veiled)
    if veiled < 0.3:  # noqa: PLR2004 - behind rain clouds only the glow is left
        return
    disc = mix(palette.sun, palette.low, (1 - veiled) * 0.6)
    painter.scenery([oval(x, y, radius)], disc, line=False)
    if palette.night:
        craters = mix(disc, palette.middle, 0.22)
        for dx, dy, size in ((-0.3, -0.2, 0.24), (0.28, 0.22, 0.3), (-0.1, 0.42, 0.16), (0.32, -0.4, 0.13)):
            painter.scenery(
                [oval(x + dx * radius, y + dy * radius, size * radius)], craters, opacity=0.5, line=False
            )


def cumulus(rng: Random, x: float, y: float, width: float) -> list[Outline]:
    """A heap of round puffs on a flat base."""
    puffs: list[Outline] = []
    count = rng.randint(6, 9)
    for i in range(count):
        place = (i + 0.5) / count * 2 - 1
        size = width * (0.20 - 0.11 * abs(place) ** 1.5) * rng.uniform(0.8, 1.25)
        puffs.append(oval(x + place * width * 0.5, y - size * 0.8, size * 1.15, size))
        if abs(place) < 0.6 and rng.random() < 0.7:  # noqa: PLR2004 - the middle of the heap towers
            puffs.append(oval(x + place * width * 0.4, y - size * 1.7, size * 0.85))
    puffs.append(oval(x, y - width * 0.035, width * 0.58, width * 0.045))
    return puffs


def towers(stage: Stage) -> None:
    """Summer clouds piled up along the horizon."""
    rng, palette = stage.rng, stage.palette
    lit = mix(WHITE, palette.low, 0.35 if stage.vision.time == "day" else 0.6)
    if palette.night:
        lit = mix(palette.middle, WHITE, 0.22)
    for k in range(3):
        x = stage.aspect * (0.1 + 0.4 * k + rng.uniform(-0.1, 0.1))
        width = rng.uniform(0.35, 0.6)
        base = stage.horizon + 0.02
        heap = cumulus(rng, x, base, width)
        heap += cumulus(rng, x + rng.uniform(-0.06, 0.06), base - width * 0.22, width * 0.66)
        heap += cumulus(rng, x + rng.uniform(-0.05, 0.05), base - width * 0.42, width * 0.36)
        stage.painter.scenery(heap, lit, mix(palette.haze, palette.middle, 0.4), crest=mix(WHITE, lit, 0.3))


def cloud(stage: Stage) -> None:
    """One cloud somewhere in the upper sky: heaped by day, a streak in low light."""
    rng, palette = stage.rng, stage.palette
    x = rng.uniform(0, stage.aspect)
    y = rng.uniform(0.10, max(stage.horizon - 0.12, 0.16))
    heaped = stage.vision.time == "day" or stage.painter.look.shading in {"cel", "clay"}
    if stage.vision.weather == "rain":
        tone = mix(palette.top, palette.shade, 0.4)
        for outline in cumulus(rng, x, y * 0.6, rng.uniform(0.6, 1.1)):
            stage.painter.scenery([outline], tone, mix(tone, palette.haze, 0.4), soft=0.012, opacity=0.6)
        return
    if heaped and not palette.night:
        width = rng.uniform(0.18, 0.5) * stage.unit
        lit = mix(WHITE, palette.low, 0.18 if stage.vision.time == "day" else 0.5)
        base = mix(palette.haze, palette.middle, 0.5)
        soft = 0.0 if stage.painter.look.shading in {"cel", "clay", "wash"} else 0.005
        puffs = cumulus(rng, x, y, width)
        stage.painter.scenery(puffs, lit, base, soft=soft, opacity=0.92 if soft else 1.0)
        return
    tone = mix(palette.low, palette.sun, 0.3) if not palette.night else mix(palette.middle, palette.haze, 0.6)
    for _ in range(rng.randint(2, 4)):
        length = rng.uniform(0.15, 0.5)
        streak = limb(
            [(x - length, y + 0.004), (x - length * 0.3, y), (x + length * 0.4, y + 0.003), (x + length, y)],
            [0.002, 0.016, 0.02, 0.002],
        )
        stage.painter.scenery([streak], tone, soft=0.004, opacity=0.5, line=False)
        x, y = x + rng.uniform(-0.2, 0.2), y + rng.uniform(0.012, 0.03)


def rays(stage: Stage, strength: float, *, count: int = 9) -> None:
    """Shafts of light fanning out from the sun."""
    x, y = stage.sun
    rng = stage.rng
    shafts: list[Outline] = []
    for i in range(count):
        angle = math.radians(20 + 140 * (i + rng.uniform(0.1, 0.9)) / count)
        spread = math.radians(rng.uniform(1.2, 3.6))
        shafts.append(
            (
                (x, y),
                (x + 2 * math.cos(angle - spread), y + 2 * math.sin(angle - spread)),
                (x + 2 * math.cos(angle + spread), y + 2 * math.sin(angle + spread)),
            )
        )
    stage.painter.light_shape(shafts, stage.palette.sun, strength, 0.012)


def falling(stage: Stage) -> None:
    """Rain or snow over everything; in calm weather nothing."""
    rng, aspect = stage.rng, stage.aspect
    if stage.vision.weather == "snow":
        near = [
            (rng.uniform(0, aspect), rng.random(), rng.uniform(0.0035, 0.007), rng.uniform(0.3, 0.7))
            for _ in range(round(38 * aspect))
        ]
        far = [
            (rng.uniform(0, aspect), rng.random(), rng.uniform(0.001, 0.0026), rng.uniform(0.4, 0.9))
            for _ in range(round(200 * aspect))
        ]
        stage.painter.dots([*far, *near], WHITE)
    elif stage.vision.weather == "rain":
        lines = []
        for _ in range(round(210 * aspect)):
            x, y, length = rng.uniform(-0.1, aspect + 0.1), rng.uniform(-0.1, 1), rng.uniform(0.03, 0.09)
            lines.append(((x, y), (x - length * 0.22, y + length)))
        stage.painter.strokes(lines, 0.0012, rain_colour(stage), 0.38)


def rain_colour(stage: Stage) -> Colour:
    """Rain takes the colour of the light that shines through it."""
    return mix(stage.palette.low, WHITE, 0.5)

"""Built places: a skyline, a street of houses, a city that nature takes back."""

from __future__ import annotations

from shared.providers.draft.pictures.colours import BLACK, Colour, colour, mix, shifted
from shared.providers.draft.pictures.flora import grass, leafy_branch
from shared.providers.draft.pictures.shapes import Outline, box, limb, oval
from shared.providers.draft.pictures.sky import paint_sky, rays
from shared.providers.draft.pictures.stage import Footing, Stage, crest

LAMPLIGHT = colour("#ffd27a")


def city(stage: Stage) -> Footing:
    """Towers in layers, windows lit, a street that runs towards the light."""
    paint_sky(stage, clouds=2)
    _skyline(stage, ruined=False)
    _avenue(stage, ruined=False)
    return Footing(stage.horizon + (1 - stage.horizon) * 0.62, colour("#4a4c58"))


def ruins(stage: Stage) -> Footing:
    """Broken towers, overgrown, with light coming through them."""
    paint_sky(stage, clouds=2)
    _skyline(stage, ruined=True)
    rays(stage, 0.16)
    _avenue(stage, ruined=True)
    return Footing(stage.horizon + (1 - stage.horizon) * 0.62, colour("#6f7358"))


def _lit(stage: Stage) -> bool:
    return stage.vision.time in {"night", "dusk"}


def _skyline(stage: Stage, *, ruined: bool) -> None:
    """Three layers of towers, the farthest lost in haze."""
    rng, painter, horizon = stage.rng, stage.painter, stage.horizon
    wall = mix(colour("#5a6480"), stage.palette.accent, 0.10)
    for i, depth in enumerate((0.88, 0.70, 0.50)):
        towers: list[Outline] = []
        windows: list[Outline] = []
        x = -0.05
        while x < stage.aspect + 0.05:
            width = rng.uniform(0.05, 0.11) * (0.8 + 0.25 * i) * stage.unit
            centred = 1 - abs((x + width / 2) / stage.aspect - 0.5) * 1.1
            tall = (
                rng.uniform(0.12, 0.36)
                * (1.1 - 0.12 * i)
                * (0.7 + 0.5 * (centred if i == 0 else 1 - centred))
            )
            top = horizon - tall
            towers.extend(_tower(stage, x, top, x + width, ruined=ruined))
            if _lit(stage) and not ruined:
                windows.extend(_windows(stage, x, top, x + width, horizon))
            x += width * rng.uniform(0.75, 1.25)
        painter.scenery(
            towers, stage.at(wall, depth), stage.at(wall, min(depth + 0.28, 1)), crest=crest(stage, depth)
        )
        if windows:
            painter.scenery(
                windows, mix(LAMPLIGHT, stage.palette.haze, depth * 0.6), opacity=0.85, line=False
            )
        painter.veil(horizon - 0.2, horizon + 0.05, stage.palette.haze, 0.45)
        if i == 1:
            painter.blur(painter.look.distance_blur)


def _tower(stage: Stage, left: float, top: float, right: float, *, ruined: bool) -> list[Outline]:
    rng = stage.rng
    low = stage.horizon + 0.06
    width = right - left
    if ruined:
        step = width / 5
        jags = [(left + step * k, top + rng.uniform(-0.02, 0.05)) for k in range(6)]
        return [((left, low), *jags, (right, low))]
    style = rng.randrange(4)
    outlines: list[Outline] = [box(left, top, right, low)]
    if style == 0:
        outlines.append(box(left + width * 0.2, top - width * 0.35, right - width * 0.2, top + 0.01))
        outlines.append(box(left + width * 0.47, top - width * 1.1, left + width * 0.53, top))
    elif style == 1:
        outlines.append(((left, top + 0.001), (left + width * 0.5, top - width * 0.5), (right, top + 0.001)))
    elif style == 2:  # noqa: PLR2004 - the third of four roofs
        outlines.append(box(left + width * 0.62, top - width * 0.2, left + width * 0.85, top + 0.01))
    return outlines


def _windows(stage: Stage, left: float, top: float, right: float, bottom: float) -> list[Outline]:
    """Some of a tower's windows, lit."""
    rng = stage.rng
    size = 0.0075 * (0.5 + 0.5 * stage.unit)
    outlines: list[Outline] = []
    y = top + size * 2
    while y < bottom - size * 2:
        x = left + size * 1.2
        while x < right - size * 1.6:
            if rng.random() < 0.34:  # noqa: PLR2004 - a third of the people are at home
                outlines.append(box(x, y, x + size * 0.8, y + size * 1.1))
            x += size * 1.9
        y += size * 2.5
    return outlines


def _avenue(stage: Stage, *, ruined: bool) -> None:
    """Near buildings on both sides and the street between them, in one-point perspective."""
    painter, horizon, aspect = stage.painter, stage.horizon, stage.aspect
    ground = colour("#7c7d62") if ruined else colour("#565866")
    if stage.snowy:
        ground = colour("#dfe6ee")
    vanish = (aspect * 0.55, horizon)
    painter.scenery(
        [box(-0.05, horizon, aspect + 0.05, 1.05)], stage.at(ground, 0.6), stage.at(ground, 0.08), line=False
    )
    if stage.vision.weather == "rain" or (_lit(stage) and not ruined):
        painter.mirror(horizon, stage.at(ground, 0.15), 0.55)
    painter.veil(horizon - 0.02, horizon + 0.16, stage.palette.haze, 0.6, peak=0.2)
    for side in (-1, 1):
        _block(stage, vanish, side, ruined=ruined)
    if not ruined:
        lines: list[Outline] = []
        for k in range(6):
            near, far = 0.08 + 0.16 * k, 0.15 + 0.16 * k
            x = vanish[0] + (aspect * 0.46 - vanish[0])
            dx = x - vanish[0]
            y0, y1 = horizon + (1.05 - horizon) * far**1.6, horizon + (1.05 - horizon) * near**1.6
            lines.append(
                ((vanish[0] + dx * near**1.6 - 0.005 * near, y1),
                    (vanish[0] + dx * near**1.6 + 0.005 * near, y1),
                 (vanish[0] + dx * far**1.6 + 0.012 * far, y0), (vanish[0] + dx * far**1.6 - 0.012 * far, y0))
            )  # fmt: skip
        painter.scenery(lines, stage.at(colour("#d8d2c0"), 0.2), opacity=0.6, line=False)
        return
    tufts = grass(stage.rng, 0, aspect, horizon + (1 - horizon) * 0.55, 0.05, round(40 * aspect))
    tufts += grass(stage.rng, 0, aspect, horizon + (1 - horizon) * 0.95, 0.09, round(50 * aspect))
    painter.scenery(tufts, stage.at(colour("#6c8a4c"), 0.2), line=False)


def _block(stage: Stage, vanish: tuple[float, float], side: int, *, ruined: bool) -> None:
    """Buildings along one side, from far to near."""
    rng, painter, aspect = stage.rng, stage.painter, stage.aspect
    edge = aspect * (0.5 + side * 0.62)
    walls = (colour("#4b4a60"), colour("#6a5560"), colour("#3f5568"), colour("#7a6658"))
    near = 0.22
    while near < 1.0:
        far, near = near, min(near * rng.uniform(1.35, 1.6), 1.15)
        tall = rng.uniform(0.75, 1.25) * (0.9 if ruined else 1.0)
        x0, x1 = vanish[0] + (edge - vanish[0]) * far, vanish[0] + (edge - vanish[0]) * near
        top0, top1 = vanish[1] - tall * far * 0.8, vanish[1] - tall * near * 0.8
        low0, low1 = vanish[1] + (1.06 - vanish[1]) * far * 0.62, vanish[1] + (1.06 - vanish[1]) * near * 0.62
        depth = max(0.62 - near * 0.55, 0.04)
        wall = mix(rng.choice(walls), colour("#75806a") if ruined else BLACK, 0.35 if ruined else 0.0)
        top_edge = [(x0, top0), (x1, top1)]
        if ruined:
            top_edge = [
                (x0 + (x1 - x0) * k / 5, top0 + (top1 - top0) * k / 5 + rng.uniform(-0.01, 0.07))
                for k in range(6)
            ]
        face = (*top_edge, (x1, low1), (x0, low0))
        front = (
            (x1, top_edge[-1][1]), (x1 + side * 0.9, top_edge[-1][1]), (x1 + side * 0.9, low1), (x1, low1)
        )  # fmt: skip
        painter.scenery(
            [front], stage.at(shifted(wall, value=0.7), depth), stage.at(shifted(wall, value=0.5), depth)
        )
        painter.scenery(
            [face],
            stage.at(wall, depth),
            stage.at(shifted(wall, value=0.75), depth + 0.1),
            crest=crest(stage, depth),
        )
        _panes(stage, face, depth, wall, ruined=ruined)
        if ruined:
            vine = leafy_branch(rng, x1, top_edge[-1][1], 0.3 * near, 90 - side * 12)
            painter.scenery(vine, stage.at(colour("#5d7f48"), depth), line=False)
        elif rng.random() < 0.7 and _lit(stage):  # noqa: PLR2004 - most shops have a sign
            _sign(stage, x1, vanish[1] - 0.12 * near, side, near)


def _panes(stage: Stage, face: Outline, depth: float, wall: Colour, *, ruined: bool) -> None:
    """Windows on a receding wall: bright ones and dark ones."""
    rng = stage.rng
    (x0, t0), (x1, t1), (_, b1), (_, b0) = face[0], face[-3], face[-2], face[-1]
    bright: list[Outline] = []
    dark: list[Outline] = []
    for row in range(6):
        for column in range(4):
            u0, u1 = (column + 0.25) / 4, (column + 0.75) / 4
            v0, v1 = 0.06 + row * 0.145, 0.06 + row * 0.145 + 0.085
            pane = tuple(
                (x0 + (x1 - x0) * u, (t0 + (t1 - t0) * u) * (1 - v) + (b0 + (b1 - b0) * u) * v)
                for u, v in ((u0, v0), (u1, v0), (u1, v1), (u0, v1))
            )
            (bright if not ruined and _lit(stage) and rng.random() < 0.4 else dark).append(pane)  # noqa: PLR2004
    stage.painter.scenery(
        dark, stage.at(mix(shifted(wall, value=0.55), stage.palette.middle, 0.25), depth), line=False
    )
    if bright:
        stage.painter.scenery(bright, mix(LAMPLIGHT, stage.palette.haze, depth * 0.5), line=False)


def _sign(stage: Stage, x: float, y: float, side: int, near: float) -> None:
    """A glowing sign that sticks out of a wall."""
    tone = stage.rng.choice((stage.palette.accent, colour("#ff6f91"), colour("#5ce1e6"), LAMPLIGHT))
    width, tall = 0.03 * near, 0.10 * near
    left = min(x, x - side * width)
    stage.painter.scenery([box(left, y - tall, left + width, y)], tone, line=False)
    stage.painter.glow(left + width / 2, y - tall / 2, 0.16 * near, tone, 0.6)


def street(stage: Stage) -> Footing:
    """A village lane between gabled houses."""
    paint_sky(stage)
    rng, painter, horizon, aspect = stage.rng, stage.painter, stage.horizon, stage.aspect
    ground = colour("#e6ebf2") if stage.snowy else colour("#a48f78")
    for i, depth in enumerate((0.8, 0.55, 0.25)):
        x = -0.1
        size = (0.13 + 0.09 * i) * (0.5 + 0.5 * stage.unit)
        base = horizon + (1 - horizon) * (0.04 + 0.16 * i)
        while x < aspect + 0.1:
            width = size * rng.uniform(0.8, 1.25)
            if i == 0 or abs(x + width / 2 - aspect * 0.54) > (0.12 + 0.10 * i) * aspect:
                _house(stage, x, base, width, size * rng.uniform(0.9, 1.5), depth)
            x += width * rng.uniform(1.0, 1.12)
        area = box(-0.1, base - 0.004, aspect + 0.1, 1.1)
        painter.scenery([area], stage.at(ground, depth * 0.9), stage.at(ground, depth * 0.3), line=False)
        painter.veil(base - 0.16, base + 0.02, stage.palette.haze, 0.3 * depth + 0.1)
        if i == 0:
            painter.blur(painter.look.distance_blur)
    stones: list[Outline] = []
    for _ in range(60):
        y = horizon + (1 - horizon) * (0.45 + 0.55 * rng.random())
        stones.append(
            oval(rng.uniform(0, aspect), y, 0.05 * (y - horizon) + 0.008, 0.012 * (y - horizon) + 0.002)
        )
    painter.scenery(stones, stage.at(shifted(ground, value=0.84), 0.15), opacity=0.55, line=False)
    return Footing(horizon + (1 - horizon) * 0.66, ground)


def _house(stage: Stage, x: float, base: float, width: float, height: float, depth: float) -> None:
    """One gabled house, with a chimney and windows."""
    rng, painter = stage.rng, stage.painter
    plaster = colour(rng.choice(("#d9b99a", "#c98f75", "#b7b2a3", "#a9bcc2", "#d8cfae", "#9d7f8c")))
    roof = colour("#eef3fa") if stage.snowy else colour(rng.choice(("#8a4b3c", "#6b4a52", "#4f5a68")))
    top = base - height
    gable = top - width * 0.45
    painter.scenery(
        [box(x + width * 0.7, gable + width * 0.02, x + width * 0.82, top)], stage.at(roof, depth * 0.9)
    )
    painter.scenery(
        [box(x, top, x + width, base)],
        stage.at(plaster, depth),
        stage.at(shifted(plaster, value=0.8), depth * 0.9),
    )
    painter.scenery(
        [((x - width * 0.06, top), (x + width * 0.5, gable), (x + width * 1.06, top))],
        stage.at(roof, depth), stage.at(shifted(roof, value=0.8), depth), crest=crest(stage, depth),
    )  # fmt: skip
    glass = (
        mix(LAMPLIGHT, stage.palette.haze, depth * 0.35)
        if _lit(stage) or stage.vision.time == "golden"
        else stage.at(colour("#5c7284"), depth)
    )
    panes: list[Outline] = []
    for row in range(max(int(height / (width * 0.5)), 1)):
        for column in (0.16, 0.58):
            y = top + width * (0.12 + 0.46 * row)
            if y + width * 0.26 < base - width * 0.08:
                panes.append(box(x + width * column, y, x + width * (column + 0.24), y + width * 0.28))
    painter.scenery(panes, glass, shifted(glass, value=0.85))
    bars = [
        limb([(p[0][0] + width * 0.12, p[0][1]), (p[0][0] + width * 0.12, p[2][1])], [width * 0.015] * 2)
        for p in panes
    ]
    painter.scenery(bars, stage.at(shifted(plaster, value=0.6), depth), line=False)

"""Places under an open sky: hills, mountains, woods, deserts, other worlds."""

from __future__ import annotations

from dataclasses import replace

from shared.providers.draft.pictures.colours import Colour, colour, mix, shifted
from shared.providers.draft.pictures.flora import bare_trunk, broadleaf, conifer, grass, palm
from shared.providers.draft.pictures.shapes import Outline, curve, limb, oval
from shared.providers.draft.pictures.sky import paint_sky, rays
from shared.providers.draft.pictures.stage import Footing, Stage, crest, height_at, ridge

SNOW = colour("#eef4fb")


def _ground(stage: Stage, plain: str) -> Colour:
    """The colour of the ground: snow hides what is beneath."""
    lot = stage.vision.story_seed
    turn = int(lot[:2], 16) / 255 * 24 - 12
    return SNOW if stage.snowy else shifted(colour(plain), degrees=turn)


def meadow(stage: Stage) -> Footing:
    """Rolling hills with trees on them and a path that leads in."""
    paint_sky(stage)
    rng, painter, horizon = stage.rng, stage.painter, stage.horizon
    green = _ground(stage, "#7d9f4b")
    far = ridge(rng, stage.aspect, horizon - 0.03, 0.10, waves=1.1)
    painter.scenery([far], stage.at(green, 0.85), stage.at(green, 0.95), crest=crest(stage, 0.8))
    painter.veil(horizon - 0.12, horizon + 0.08, stage.palette.haze, 0.5)
    painter.blur(painter.look.distance_blur)
    layers = 4
    for i in range(layers):
        depth = 0.62 - i * 0.17
        y = horizon + (1 - horizon) * (0.05 + 0.16 * i)
        hill = ridge(rng, stage.aspect, y, 0.05 + 0.02 * i, waves=0.9)
        painter.scenery(
            [hill], stage.at(green, depth), stage.at(mix(green, (60, 80, 50), 0.4), depth * 0.7),
            crest=crest(stage, depth),
        )  # fmt: skip
        if i < layers - 1:
            _trees_on(stage, hill, depth, (0.05 + 0.045 * i) * stage.unit)
    _path(stage, horizon + (1 - horizon) * 0.55)
    return Footing(horizon + (1 - horizon) * 0.66, green)


def _trees_on(stage: Stage, hill: Outline, depth: float, size: float) -> None:
    """A few groups of trees along a hill."""
    rng = stage.rng
    leaf = mix(colour("#4f7a3c"), SNOW, 0.55 if stage.snowy else 0)
    for _ in range(rng.randint(2, 4)):
        centre = rng.uniform(0, stage.aspect)
        for _ in range(rng.randint(1, 4)):
            x = centre + rng.gauss(0, size)
            y = height_at(hill, x) + size * 0.05
            if rng.random() < 0.4:  # noqa: PLR2004 - two in five are firs
                stage.painter.scenery(conifer(rng, x, y, size * 1.5), stage.at(leaf, depth * 0.9))
                continue
            trunk, crown = broadleaf(rng, x, y, size * rng.uniform(0.9, 1.3))
            stage.painter.scenery(trunk, stage.at(colour("#5b4636"), depth))
            stage.painter.scenery(
                crown, stage.at(shifted(leaf, value=1.25), depth), stage.at(shifted(leaf, value=0.7), depth),
                crest=crest(stage, depth),
            )  # fmt: skip


def _path(stage: Stage, top: float) -> None:
    """A pale path that winds from the foreground into the hills."""
    middle = stage.aspect * stage.rng.uniform(0.4, 0.6)
    swing = stage.rng.choice((-1, 1)) * 0.12
    spine = [
        (middle, 1.1),
        (middle + swing, 0.9),
        (middle - swing * 0.6, (0.9 + top) / 2),
        (middle + swing * 0.2, top),
    ]
    trail = limb(spine, [0.26 * stage.unit, 0.13 * stage.unit, 0.05 * stage.unit, 0.008])
    tone = mix(colour("#d9c39a"), SNOW, 0.7 if stage.snowy else 0)
    stage.painter.scenery([trail], stage.at(tone, 0.3), stage.at(tone, 0.1), opacity=0.75, soft=0.003)


def mountains(stage: Stage) -> Footing:
    """Ranges behind ranges, the highest with snow on them."""
    paint_sky(stage)
    rng, painter, horizon = stage.rng, stage.painter, stage.horizon
    rock = colour("#5e6b86")
    for i, depth in enumerate((0.9, 0.72, 0.5)):
        y = horizon - 0.10 + 0.075 * i
        range_line = ridge(rng, stage.aspect, y, 0.26 - 0.06 * i, waves=1.5 + 0.5 * i, jagged=0.85)
        painter.scenery(
            [range_line],
            stage.at(rock, depth),
            stage.at(rock, min(depth + 0.25, 1)),
            crest=crest(stage, depth),
        )
        if i < 2:  # noqa: PLR2004 - the nearest range is too low for snow
            painter.scenery(
                _snowcaps(range_line, y - (0.06 - 0.02 * i)), stage.at(SNOW, depth * 0.6), line=False
            )
        painter.veil(y - 0.02, y + 0.16, stage.palette.haze, 0.55)
    painter.blur(painter.look.distance_blur)
    grassy = _ground(stage, "#5c7a52")
    for i, depth in enumerate((0.36, 0.18)):
        y = horizon + (1 - horizon) * (0.18 + 0.24 * i)
        hill = ridge(rng, stage.aspect, y, 0.06, waves=1.2)
        firs: list[Outline] = []
        for _ in range(round((22 - 8 * i) * stage.aspect)):
            x = rng.uniform(-0.05, stage.aspect + 0.05)
            firs.extend(
                conifer(
                    rng, x, height_at(hill, x) + 0.01, rng.uniform(0.06, 0.10) * (1 + i * 0.7) * stage.unit
                )
            )
        if i == 0:
            painter.scenery(firs, stage.at(colour("#2f4d47"), depth), crest=SNOW if stage.snowy else None)
        painter.scenery(
            [hill],
            stage.at(grassy, depth),
            stage.at(mix(grassy, (30, 40, 40), 0.35), depth * 0.6),
            crest=crest(stage, depth),
        )
    return Footing(horizon + (1 - horizon) * 0.62, grassy)


def _snowcaps(range_line: Outline, limit: float) -> list[Outline]:
    """The parts of a range above a height, with a ragged lower edge."""
    caps: list[Outline] = []
    run: list[tuple[float, float]] = []
    for x, y in range_line[:-2]:
        if y < limit:
            run.append((x, y))
        elif run:
            caps.append(_cap(run, limit))
            run = []
    if run:
        caps.append(_cap(run, limit))
    return [cap for cap in caps if len(cap) > 4]  # noqa: PLR2004 - slivers are left out


def _cap(run: list[tuple[float, float]], limit: float) -> Outline:
    lower = [(x, y + (limit - y) * (0.45 if i % 2 else 0.85)) for i, (x, y) in enumerate(run[::-1])]
    return (*run, *lower)


def forest(stage: Stage) -> Footing:
    """Trunk behind trunk into the mist, with light falling between them."""
    paint_sky(stage, clouds=0)
    rng, painter, palette, horizon = stage.rng, stage.painter, stage.palette, stage.horizon
    leaf = mix(colour("#35593f"), SNOW, 0.25 if stage.snowy else 0.0)
    floor = _ground(stage, "#5f6f3d")
    painter.veil(0.0, horizon + 0.1, palette.haze, 0.65)
    ground_from = horizon + (1 - horizon) * 0.02
    for i, depth in enumerate((0.92, 0.78, 0.62, 0.45)):
        y = ground_from + (1 - horizon) * 0.13 * i
        size = (0.30 + 0.14 * i) * (0.6 + 0.4 * stage.unit)
        firs: list[Outline] = []
        for _ in range(round((15 - 3 * i) * stage.aspect)):
            x = rng.uniform(-0.1, stage.aspect + 0.1)
            if i > 1 and abs(x - stage.aspect * 0.52) < 0.24 * stage.aspect:
                continue  # a clearing for the subject
            firs.extend(conifer(rng, x, y + 0.02, size * rng.uniform(0.75, 1.25)))
        painter.scenery(
            firs, stage.at(leaf, depth), stage.at(leaf, depth * 0.85),
            crest=stage.at(SNOW, depth * 0.8) if stage.snowy else crest(stage, depth),
        )  # fmt: skip
        bank = ridge(rng, stage.aspect, y + 0.02, 0.018, waves=1.4)
        painter.scenery(
            [bank], stage.at(floor, depth * 0.8), stage.at(floor, depth * 0.4), crest=crest(stage, depth)
        )
        painter.veil(y - 0.22, y + 0.05, palette.haze, 0.34)
        if i == 1:
            painter.blur(painter.look.distance_blur)
            rays(stage, 0.20 if not palette.night else 0.10)
    trunks = [
        outline
        for x in (0.06, 0.17, 0.83, 0.95)
        for outline in bare_trunk(
            rng,
            (x + rng.uniform(-0.03, 0.03)) * stage.aspect,
            horizon + (1 - horizon) * 0.62,
            0.035 * stage.unit,
            1.3,
        )
    ]
    painter.scenery(trunks, stage.at(colour("#4a3b33"), 0.3), stage.at(colour("#33292a"), 0.15))
    bank = ridge(rng, stage.aspect, horizon + (1 - horizon) * 0.56, 0.03, waves=1.0)
    painter.scenery(
        [bank], stage.at(floor, 0.22), stage.at(mix(floor, (40, 44, 40), 0.4), 0.05), crest=crest(stage, 0.2)
    )
    if not stage.snowy:
        blades = grass(rng, 0, stage.aspect, horizon + (1 - horizon) * 0.62, 0.05, round(70 * stage.aspect))
        painter.scenery(blades, stage.at(shifted(floor, value=0.85), 0.1), line=False)
    return Footing(horizon + (1 - horizon) * 0.72, floor)


def jungle(stage: Stage) -> Footing:
    """Green terraces, palms and warm mist."""
    paint_sky(stage)
    rng, painter, horizon = stage.rng, stage.painter, stage.horizon
    green = _ground(stage, "#4d8a4a")
    for i, depth in enumerate((0.88, 0.66, 0.46, 0.26)):
        y = horizon - 0.05 + (1 - horizon) * 0.15 * i
        hill = ridge(rng, stage.aspect, y, 0.13 - 0.025 * i, waves=1.1)
        palms: list[Outline] = []
        for _ in range(round((7 - i) * stage.aspect) + 1):
            x = rng.uniform(0, stage.aspect)
            if i > 1 and abs(x - stage.aspect * 0.55) < 0.2 * stage.aspect:
                continue
            palms.extend(
                palm(
                    rng, x, height_at(hill, x) + 0.01, (0.10 + 0.07 * i) * stage.unit * rng.uniform(0.8, 1.3)
                )
            )
        painter.scenery(palms, stage.at(shifted(green, value=0.8), depth))
        painter.scenery(
            [hill],
            stage.at(green, depth),
            stage.at(shifted(green, value=0.6), depth * 0.7),
            crest=crest(stage, depth),
        )
        if i:
            _rows(stage, hill, green, depth)
        painter.veil(y - 0.04, y + 0.12, stage.palette.haze, 0.35)
        if i == 1:
            painter.blur(painter.look.distance_blur)
    return Footing(horizon + (1 - horizon) * 0.62, green)


def _rows(stage: Stage, hill: Outline, green: Colour, depth: float) -> None:
    """Planted rows that follow a hill's shape."""
    bushes: list[Outline] = []
    size = 0.012 * (1.5 - depth) * stage.unit
    for row in range(3):
        x = -0.02
        while x < stage.aspect:
            bushes.append(oval(x, height_at(hill, x) + size * (2.0 + 3.2 * row), size * 1.3, size))
            x += size * 2.3
    stage.painter.scenery(
        bushes,
        stage.at(shifted(green, value=1.1), depth),
        stage.at(shifted(green, value=0.75), depth),
        line=False,
    )


def desert(stage: Stage) -> Footing:
    """Dunes with a lit and a shaded side."""
    paint_sky(stage, clouds=1)
    return _dunes(stage, _ground(stage, "#dba463"), rocks=colour("#a8693f"))


def mars(stage: Stage) -> Footing:
    """A rust-coloured world with mesas and two small moons."""
    palette = stage.palette
    if not palette.night:
        rust = colour("#c98256")
        stage.palette = replace(
            palette,
            top=mix(palette.top, colour("#6e3b35"), 0.6),
            middle=mix(palette.middle, rust, 0.62),
            low=mix(palette.low, colour("#f3c79b"), 0.6),
            haze=mix(palette.haze, colour("#dfa27a"), 0.7),
            ambient=mix(palette.ambient, colour("#ffe8d6"), 0.6),
            shade=mix(palette.shade, colour("#3d2130"), 0.6),
        )
    paint_sky(stage, clouds=0)
    for x, y, size in ((0.30, 0.2, 0.022), (0.4, 0.3, 0.011)):
        stage.painter.scenery(
            [oval(x * stage.aspect, y * stage.horizon * 1.6, size)],
            mix(stage.palette.low, (255, 240, 225), 0.4),
            stage.palette.middle,
            opacity=0.8,
            line=False,
        )
    return _dunes(stage, colour("#b9603d"), rocks=colour("#8a4434"))


def _dunes(stage: Stage, sand: Colour, *, rocks: Colour) -> Footing:
    rng, painter, horizon = stage.rng, stage.painter, stage.horizon
    mesas: list[Outline] = []
    for _ in range(rng.randint(3, 5)):
        x, width, tall = rng.uniform(0, stage.aspect), rng.uniform(0.08, 0.24), rng.uniform(0.05, 0.17)
        mesas.append(
            ((x - width, horizon + 0.03), (x - width * 0.72, horizon - tall * 0.5),
                (x - width * 0.66, horizon - tall),
             (x + width * 0.5, horizon - tall * 0.96), (x + width * 0.6, horizon - tall * 0.45),
                 (x + width, horizon + 0.03))
        )  # fmt: skip
    painter.scenery(mesas, stage.at(rocks, 0.7), stage.at(rocks, 0.92), crest=crest(stage, 0.7))
    painter.veil(horizon - 0.1, horizon + 0.06, stage.palette.haze, 0.5)
    painter.blur(painter.look.distance_blur)
    for i, depth in enumerate((0.7, 0.5, 0.3, 0.14)):
        y = horizon + (1 - horizon) * (0.03 + 0.17 * i)
        dune = ridge(rng, stage.aspect, y, 0.045 + 0.018 * i, waves=0.8)
        painter.scenery(
            [dune],
            stage.at(sand, depth),
            stage.at(shifted(sand, value=0.72), depth * 0.8),
            crest=crest(stage, depth * 0.6),
        )
        inner = dune[len(dune) // 10 : -len(dune) // 10]
        peak = min(inner, key=lambda point: point[1])
        lee = [
            peak,
            *((x, yy) for x, yy in dune[:-2] if peak[0] < x < peak[0] + 0.5),
            (peak[0] + 0.45, y + 0.16),
            (peak[0] + 0.12, y + 0.12),
        ]
        painter.scenery(
            [curve(lee, 2)],
            stage.at(mix(sand, stage.palette.shade, 0.42), depth),
            stage.at(sand, depth * 0.8),
            opacity=0.6,
            soft=0.004,
            line=False,
        )
    stones = [
        oval(rng.uniform(0, stage.aspect), rng.uniform(horizon + (1 - horizon) * 0.6, 1), s * 1.5, s)
        for s in (0.006, 0.01, 0.004, 0.014, 0.007, 0.005, 0.009)
    ]
    painter.scenery(
        stones, stage.at(rocks, 0.2), stage.at(shifted(rocks, value=0.5), 0.1), crest=crest(stage, 0.1)
    )
    return Footing(horizon + (1 - horizon) * 0.62, sand)

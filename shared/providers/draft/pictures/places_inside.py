"""Rooms: a wall, a window with light in it, a floor, and what makes a room a café or a library."""

from __future__ import annotations

from shared.providers.draft.pictures.colours import WHITE, Colour, colour, mix, shifted
from shared.providers.draft.pictures.shapes import Outline, box, limb, oval, rounded
from shared.providers.draft.pictures.stage import Footing, Stage

_WALLS = {"room": "#b9805f", "cafe": "#6f4a3d", "workshop": "#75706a", "library": "#5b4636"}


def room(stage: Stage) -> Footing:
    """A lived-in room."""
    return _interior(stage, "room")


def cafe(stage: Stage) -> Footing:
    """A counter, pendant lamps, shelves with cups."""
    return _interior(stage, "cafe")


def workshop(stage: Stage) -> Footing:
    """Canvases and tools in tall north light."""
    return _interior(stage, "workshop")


def library(stage: Stage) -> Footing:
    """Walls of books."""
    return _interior(stage, "library")


def _interior(stage: Stage, kind: str) -> Footing:
    painter, palette, aspect = stage.painter, stage.palette, stage.aspect
    floor = 0.74
    lot = int(stage.vision.story_seed[2:4], 16) / 255
    wall = shifted(colour(_WALLS[kind]), degrees=lot * 50 - 25)
    warm = mix(
        palette.ambient, colour("#ffd9a8"), 0.55 if palette.night or stage.vision.time == "dusk" else 0.2
    )
    wall = mix(_under(wall, warm), palette.shade, 0.16)
    painter.graded([(0, shifted(wall, value=0.62)), (0.45, wall), (1, shifted(wall, value=0.8))])
    panels = [box(x, floor - 0.16, x + 0.006, floor) for x in _steps(0.05, aspect, 0.13)]
    painter.scenery(
        [box(-0.1, floor - 0.17, aspect + 0.1, floor)], shifted(wall, value=0.8), shifted(wall, value=0.66)
    )
    painter.scenery(panels, shifted(wall, value=0.6), opacity=0.6, line=False)
    window_x = aspect * (0.66 if stage.rng.random() < 0.7 else 0.6)  # noqa: PLR2004 - mostly to the right
    if kind == "library":
        _bookcase(stage, 0.0, window_x - 0.26 * stage.unit, 0.06, floor, wall)
        _bookcase(stage, window_x + 0.26 * stage.unit, aspect, 0.06, floor, wall)
    _window(stage, window_x, 0.16, 0.36 * stage.unit, 0.44, wall)
    if kind != "library":
        _furnish(stage, kind, window_x, floor, wall)
    boards = mix(shifted(wall, value=0.55), colour("#6b4a33"), 0.5)
    painter.scenery([box(-0.1, floor, aspect + 0.1, 1.1)], boards, shifted(boards, value=0.62))
    lines = [
        ((aspect * 0.5 + x * 0.5, floor), (aspect * 0.5 + x * 1.5, 1.02)) for x in _steps(-1.6, 1.6, 0.16)
    ]
    painter.strokes(lines, 0.002, shifted(boards, value=0.6), 0.6)
    _sunlight(stage, window_x, floor)
    rug = oval(aspect * 0.5, floor + 0.17, 0.42 * stage.unit, 0.075)
    painter.scenery(
        [rug], mix(palette.accent, wall, 0.35), shifted(mix(palette.accent, wall, 0.35), value=0.8)
    )
    painter.scenery(
        [oval(aspect * 0.5, floor + 0.17, 0.36 * stage.unit, 0.06)],
        mix(palette.accent, WHITE, 0.22),
        opacity=0.5,
        line=False,
    )
    painter.blur(painter.look.distance_blur * 0.6)
    return Footing(floor + 0.165, boards)


def _under(wall: Colour, light: Colour) -> Colour:
    return (wall[0] * light[0] // 255, wall[1] * light[1] // 255, wall[2] * light[2] // 255)


def _steps(start: float, stop: float, step: float) -> list[float]:
    return [start + step * k for k in range(int((stop - start) / step) + 1)]


def _window(stage: Stage, x: float, top: float, width: float, height: float, wall: Colour) -> None:
    """A tall window with the day, or the night, outside."""
    painter, palette, rng = stage.painter, stage.palette, stage.rng
    left, right, bottom = x - width / 2, x + width / 2, top + height
    frame = mix(shifted(wall, value=0.5), colour("#e9dfcd"), 0.35)
    painter.scenery(
        [box(left - 0.02, top - 0.02, right + 0.02, bottom + 0.02)], frame, shifted(frame, value=0.8)
    )
    painter.scenery(
        [box(left, top, right, bottom)],
        palette.top if palette.night else palette.middle,
        palette.low,
        line=False,
    )
    hills = [
        (left, bottom),
        *((left + width * k / 8, bottom - height * (0.18 + rng.uniform(0, 0.14))) for k in range(9)),
        (right, bottom),
    ]
    painter.scenery(
        [tuple(hills)], stage.at(colour("#6d8a70"), 0.55), stage.at(colour("#6d8a70"), 0.35), line=False
    )
    painter.glow(x + width * 0.18, top + height * 0.35, height * 0.5, palette.sun, 0.75)
    painter.scenery(
        [oval(x + width * 0.18, top + height * 0.35, 0.028 if not palette.night else 0.036)],
        palette.sun,
        line=False,
    )
    bars = [
        box(x - 0.005, top, x + 0.005, bottom),
        *(box(left, top + height * s - 0.004, right, top + height * s + 0.004) for s in (0.33, 0.67)),
    ]
    painter.scenery(bars, frame)
    painter.scenery(
        [box(left - 0.04, bottom + 0.012, right + 0.04, bottom + 0.035)],
        shifted(frame, value=1.08),
        shifted(frame, value=0.8),
    )
    drape = mix(palette.accent, wall, 0.45)
    for side, edge in ((-1, left), (1, right)):
        folds = [
            limb([(edge + side * (0.012 + 0.022 * k), top - 0.05), (edge + side * (0.02 + 0.024 * k),
                top + height * 0.5),
                  (edge + side * (0.012 + 0.030 * k), bottom + 0.06)], [0.03, 0.026, 0.038])
            for k in range(3)
        ]  # fmt: skip
        painter.scenery(folds, drape, shifted(drape, value=0.66))


def _sunlight(stage: Stage, x: float, floor: float) -> None:
    """Light from the window, on the floor and in the dust."""
    width = 0.17 * stage.unit
    beam = (
        (x - width, 0.16),
        (x + width, 0.16),
        (x - width * 1.1, floor + 0.2),
        (x - width * 4.2, floor + 0.2),
    )
    pool = (
        (x - width * 2.6, floor + 0.02),
        (x - width * 0.6, floor + 0.02),
        (x - width * 1.6, floor + 0.2),
        (x - width * 4.4, floor + 0.2),
    )
    strength = 0.12 if stage.palette.night else 0.22
    stage.painter.light_shape([beam], stage.palette.sun, strength, 0.03)
    stage.painter.light_shape([pool], stage.palette.sun, strength * 1.3, 0.006)
    dust = [
        (x - width * stage.rng.uniform(0, 3), stage.rng.uniform(0.25, floor), 0.0012, 0.5) for _ in range(26)
    ]
    stage.painter.dots(dust, mix(stage.palette.sun, WHITE, 0.4))


def _bookcase(stage: Stage, left: float, right: float, top: float, bottom: float, wall: Colour) -> None:
    rng, painter = stage.rng, stage.painter
    if right - left < 0.08:  # noqa: PLR2004 - too narrow for a shelf
        return
    wood = mix(shifted(wall, value=0.6), colour("#5a3a26"), 0.5)
    painter.scenery([box(left, top, right, bottom)], shifted(wood, value=0.5), shifted(wood, value=0.4))
    shelf = 0.115
    spines = [
        colour(c) for c in ("#8c3f38", "#b98a4a", "#3f5f6d", "#5d6b47", "#7b5a74", "#c9b48d", "#2f3e55")
    ]
    rows: dict[Colour, list[Outline]] = {}
    for y in _steps(top + shelf, bottom, shelf):
        x = left + 0.012
        while x < right - 0.02:
            width, tall = rng.uniform(0.010, 0.022), rng.uniform(0.055, 0.09)
            tone = mix(rng.choice(spines), wall, 0.25)
            if rng.random() < 0.93:  # noqa: PLR2004 - a few gaps
                rows.setdefault(tone, []).append(box(x, y - tall, x + width, y))
            x += width + 0.0015
    for tone, outlines in rows.items():
        painter.scenery(outlines, tone, shifted(tone, value=0.75), line=False)
    painter.scenery(
        [box(left, y, right, y + 0.012) for y in _steps(top + shelf, bottom, shelf)],
        wood,
        shifted(wood, value=0.7),
    )
    painter.scenery(
        [
            box(left - 0.004, top - 0.02, left + 0.012, bottom),
            box(right - 0.012, top - 0.02, right + 0.004, bottom),
        ],
        wood,
    )


def _furnish(stage: Stage, kind: str, window_x: float, floor: float, wall: Colour) -> None:
    """What stands and hangs along the wall, away from the window."""
    wood = mix(shifted(wall, value=0.55), colour("#5d3f2b"), 0.5)
    centre = window_x - 0.55 * stage.unit
    if kind == "cafe":
        _counter(stage, centre, floor, wall, wood)
    elif kind == "workshop":
        _workbench(stage, centre, floor, wood)
    else:
        _sofa(stage, centre, floor, wall, wood)
    for x in (centre - 0.1 * stage.unit, centre + 0.16 * stage.unit)[: 2 if kind == "cafe" else 1]:
        _pendant(stage, x)


def _counter(stage: Stage, centre: float, floor: float, wall: Colour, wood: Colour) -> None:
    """A counter below shelves full of jars."""
    painter, rng, unit = stage.painter, stage.rng, stage.unit
    dark = shifted(wood, value=0.6)
    shelf_left, shelf_right = max(centre - 0.36 * unit, 0.02), centre + 0.26 * unit
    for y in (0.36, 0.48):
        painter.scenery([box(shelf_left, y, shelf_right, y + 0.014)], wood, dark)
        jars = [
            rounded(x, y - rng.uniform(0.035, 0.07), x + 0.03, y, 0.008)
            for x in _steps(shelf_left + 0.02, shelf_right - 0.05, 0.052)
        ]
        for jar in jars:
            tone = mix(colour(rng.choice(("#e8dcc6", "#c98a52", "#7f9a8c", "#a8433a"))), wall, 0.3)
            painter.scenery([jar], tone, shifted(tone, value=0.7))
    painter.scenery([box(-0.1, floor - 0.2, centre + 0.34 * unit, floor)], wood, dark)
    top = box(-0.1, floor - 0.225, centre + 0.37 * unit, floor - 0.195)
    painter.scenery([top], shifted(wood, value=1.5), wood)


def _workbench(stage: Stage, centre: float, floor: float, wood: Colour) -> None:
    """A bench with three paintings against the wall."""
    painter, palette, unit = stage.painter, stage.palette, stage.unit
    bench = floor - 0.2
    for k in range(3):
        left = centre + (-0.34 + 0.22 * k) * unit
        tall = stage.rng.uniform(0.18, 0.3)
        tone = mix(palette.accent if k == 1 else palette.middle, colour("#efe6d2"), 0.3)
        frame = box(left - 0.006, bench - tall, left + 0.19 * unit, bench)
        canvas = box(left + 0.004, floor - 0.19 - tall, left + 0.18 * unit, floor - 0.21)
        motif = oval(left + 0.09 * unit, bench - tall * 0.45, 0.05 * unit)
        painter.scenery([frame], shifted(wood, value=0.9))
        painter.scenery([canvas], tone, palette.low)
        painter.scenery([motif], mix(tone, palette.shade, 0.5), opacity=0.6)
    top = box(-0.1, bench, centre + 0.36 * unit, floor - 0.175)
    painter.scenery([top], shifted(wood, value=1.3), wood)
    painter.scenery([box(x, floor - 0.18, x + 0.02, floor) for x in (0.05, centre + 0.3 * unit)], wood)


def _sofa(stage: Stage, centre: float, floor: float, wall: Colour, wood: Colour) -> None:
    """A sofa below two pictures."""
    painter, palette, unit = stage.painter, stage.palette, stage.unit
    cloth = mix(palette.accent, wall, 0.5)
    seat = rounded(centre - 0.3 * unit, floor - 0.17, centre + 0.2 * unit, floor - 0.02, 0.03)
    back = rounded(centre - 0.28 * unit, floor - 0.27, centre + 0.18 * unit, floor - 0.11, 0.04)
    painter.scenery([seat], cloth, shifted(cloth, value=0.6))
    painter.scenery(
        [back], mix(palette.accent, wall, 0.62), shifted(mix(palette.accent, wall, 0.6), value=0.7)
    )
    for x, y, w, h in ((-0.2, 0.34, 0.13, 0.16), (-0.03, 0.38, 0.1, 0.1)):
        left = centre + x * unit
        painter.scenery([box(left - 0.008, y - 0.008, left + w * unit + 0.008, y + h + 0.008)], wood)
        painter.scenery([box(left, y, left + w * unit, y + h)], palette.low, palette.middle, line=False)


def _pendant(stage: Stage, x: float) -> None:
    """A hanging lamp, lit in the evening."""
    painter = stage.painter
    lit = stage.vision.time in {"night", "dusk", "golden"}
    painter.strokes([((x, 0), (x, 0.2))], 0.002, (30, 26, 28), 1)
    if lit:
        painter.glow(x, 0.26, 0.42, (255, 208, 130), 0.55)
        painter.scenery([oval(x, 0.248, 0.016)], (255, 240, 205), line=False)
    painter.scenery(
        [((x - 0.012, 0.2), (x + 0.012, 0.2), (x + 0.05, 0.245), (x - 0.05, 0.245))],
        (46, 42, 50),
        (28, 26, 32),
    )

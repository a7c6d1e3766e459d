"""Buildings, vehicles and other large things. Units: the ground at y = 0, the top near y = -1."""

from __future__ import annotations

import math

from shared.providers.draft.pictures.colours import WHITE, Colour, colour, mix, shifted
from shared.providers.draft.pictures.shapes import Outline, Part, box, limb, oval, rounded, smooth

DARK = colour("#2b2a35")
GLASS = colour("#ffdf9a")
CREAM = colour("#f1e9da")
WOOD = colour("#7d5436")


def lighthouse(accent: Colour) -> list[Part]:
    """A banded tower with a lit lantern."""
    red = mix(accent, colour("#c2402f"), 0.6)

    def band(low: float, high: float) -> Outline:
        def half(y: float) -> float:
            return 0.115 - 0.055 * y

        return (
            (-half(low), -low * 0.74),
            (half(low), -low * 0.74),
            (half(high), -high * 0.74),
            (-half(high), -high * 0.74),
        )

    bands = [Part(band(k / 5, (k + 1) / 5), red if k % 2 else CREAM) for k in range(5)]
    return [
        Part(box(0.08, -0.13, 0.34, 0.0), CREAM), Part(((0.06, -0.13), (0.21, -0.23), (0.37, -0.13)), red),
        Part(box(0.18, -0.09, 0.24, -0.03), GLASS, lit=False),
        *bands,
        *(Part(rounded(-0.016, -y - 0.05, 0.016, -y, 0.016), DARK) for y in (0.20, 0.38, 0.56)),
        Part(rounded(-0.022, -0.075, 0.022, 0.0, 0.02), DARK),
        Part(box(-0.095, -0.765, 0.095, -0.735), DARK), Part(box(-0.052, -0.875, 0.052, -0.76),
            GLASS, lit=False),
        *(Part(box(x - 0.004, -0.875, x + 0.004, -0.76), DARK) for x in (-0.05, -0.018, 0.018, 0.05)),
        Part(box(-0.10, -0.80, 0.10, -0.792), DARK), Part(box(-0.066, -0.89, 0.066, -0.868), DARK),
        Part(smooth([(-0.066, -0.885), (-0.04, -0.945), (0.0, -0.965), (0.04, -0.945),
            (0.066, -0.885)], 5), red),
        Part(limb([(0, -0.96), (0, -1.02)], [0.010, 0.006]), DARK),
    ]  # fmt: skip


def house(accent: Colour) -> list[Part]:
    """A small house with a gable and a smoking chimney."""
    roof, wall = mix(accent, colour("#8a4538"), 0.55), CREAM
    return [
        Part(box(0.24, -0.98, 0.36, -0.6), shifted(roof, value=0.75)), Part(box(-0.52, -0.52, 0.52, 0.0),
            wall),
        Part(((-0.62, -0.50), (-0.36, -0.92), (0.36, -0.92), (0.62, -0.50)), roof),
        Part(((-0.34, -0.50), (-0.06, -0.84), (0.22, -0.50)), wall), Part(limb([(-0.38, -0.46),
            (-0.06, -0.86), (0.26, -0.46)], [0.05] * 3, 1), shifted(roof, value=0.8)),
        Part(oval(-0.06, -0.62, 0.07), GLASS, lit=False), Part(rounded(-0.12, -0.32, 0.04, 0.0, 0.08), WOOD),
        Part(box(-0.42, -0.34, -0.22, -0.14), GLASS, lit=False), Part(box(0.18, -0.34, 0.40, -0.14),
            GLASS, lit=False),
        *(Part(box(x - 0.008, -0.34, x + 0.008, -0.14), DARK) for x in (-0.32, 0.29)),
        *(Part(box(x - 0.13, -0.15, x + 0.13, -0.12), WOOD) for x in (-0.32, 0.29)),
    ]  # fmt: skip


def castle(accent: Colour) -> list[Part]:
    """Towers with pointed roofs and flags."""
    stone, roof = colour("#b9b2ac"), mix(accent, colour("#4a5578"), 0.5)
    parts = [Part(box(-0.46, -0.36, 0.46, 0.0), stone)]
    parts += [Part(box(-0.46 + 0.1 * k, -0.41, -0.40 + 0.1 * k, -0.35), stone) for k in range(10)]
    for x, width, tall in (
        (-0.46, 0.15, 0.56),
        (0.46, 0.15, 0.52),
        (-0.18, 0.13, 0.66),
        (0.2, 0.12, 0.62),
        (0.02, 0.2, 0.74),
    ):
        tone = mix(stone, WHITE, 0.12) if x == 0.02 else stone  # noqa: PLR2004 - the keep is brighter
        parts += [
            Part(box(x - width / 2, -tall, x + width / 2, 0.0), tone),
            Part(((x - width * 0.66, -tall), (x, -tall - width * 1.4), (x + width * 0.66, -tall)), roof),
            Part(rounded(x - 0.018, -tall + 0.06, x + 0.018, -tall + 0.14, 0.018), GLASS, lit=False),
            Part(limb([(x, -tall - width * 1.4), (x, -tall - width * 1.4 - 0.08)], [0.008, 0.006]), DARK),
            Part(
                (
                    (x, -tall - width * 1.4 - 0.08),
                    (x + 0.08, -tall - width * 1.4 - 0.055),
                    (x, -tall - width * 1.4 - 0.03),
                ),
                accent,
            ),
        ]
    return [*parts, Part(rounded(-0.07, -0.2, 0.11, 0.02, 0.09), WOOD)]


def greenhouse(accent: Colour) -> list[Part]:
    """A glass dome with green inside."""
    glass, frame, leaf = colour("#cfe9e2"), colour("#eef2ee"), colour("#5f9e57")
    ribs = [limb([(math.cos(a) * 0.6, 0.0), (math.cos(a) * 0.52, -0.30), (math.cos(a) * 0.3, -0.49),
        (0, -0.56)], [0.014] * 4, 5)
            for a in (0.0, 0.8, 1.35, 1.79, 2.34, math.pi)]  # fmt: skip
    plants = [
        oval(x, -0.10 - s, 0.07, s + 0.03)
        for x, s in ((-0.42, 0.08), (-0.26, 0.14), (-0.1, 0.1), (0.06, 0.17), (0.24, 0.11), (0.4, 0.08))
    ]
    dome = smooth(
        [
            (-0.62, 0.0),
            (-0.58, -0.22),
            (-0.40, -0.44),
            (0.0, -0.58),
            (0.40, -0.44),
            (0.58, -0.22),
            (0.62, 0.0),
        ],
        7,
    )
    return [
        Part(dome, mix(glass, colour("#8fc7b8"), 0.4)),
        *(Part(p, shifted(leaf, value=1 - 0.06 * (k % 3))) for k, p in enumerate(plants)),
        *(Part(oval(x, y, 0.022), accent) for x, y in ((-0.28, -0.26), (0.08, -0.30), (0.24, -0.22),
            (-0.1, -0.2))),
        *(Part(rib, frame) for rib in ribs),
        *(Part(limb([(-w, y), (w, y)], [0.012, 0.012]), frame) for w, y in ((0.58, -0.2), (0.42, -0.40))),
        Part(smooth([(-0.50, -0.20), (-0.36, -0.40), (-0.18, -0.49), (-0.30, -0.36), (-0.42, -0.18)], 6),
            WHITE),
        Part(rounded(-0.66, -0.05, 0.66, 0.02, 0.02), frame),
            Part(rounded(0.32, -0.20, 0.52, 0.02, 0.06), shifted(frame, value=0.7)),
    ]  # fmt: skip


def rocket(accent: Colour) -> list[Part]:
    """A rocket standing on its fins."""
    hull = colour("#eceae4")
    return [
        Part(smooth([(-0.10, -0.28), (-0.24, -0.14), (-0.25, 0.0), (-0.10, -0.09)], 5),
            shifted(accent, value=0.85)),
        Part(smooth([(0.10, -0.28), (0.24, -0.14), (0.25, 0.0), (0.10, -0.09)], 5), accent),
        Part(((-0.07, -0.08), (0.07, -0.08), (0.10, 0.0), (-0.10, 0.0)), DARK),
        Part(smooth([(-0.115, -0.08), (-0.14, -0.40), (-0.11, -0.72), (0.0, -1.0), (0.11, -0.72),
            (0.14, -0.40), (0.115, -0.08)], 7), hull),
        Part(smooth([(-0.10, -0.76), (0.0, -1.0), (0.10, -0.76), (0.0, -0.74)], 6), accent),
        Part(oval(0.0, -0.58, 0.068), accent), Part(oval(0.0, -0.58, 0.048), colour("#7fc8d8"), lit=False),
        Part(oval(-0.014, -0.596, 0.014), WHITE, lit=False), Part(oval(0.0, -0.40, 0.032),
            shifted(hull, value=0.7)),
        Part(limb([(0.0, -0.26), (0.0, -0.02)], [0.04, 0.03]), shifted(accent, value=0.75)),
        Part(limb([(-0.12, -0.16), (0.12, -0.16)], [0.025, 0.025]), accent),
    ]  # fmt: skip


def train(accent: Colour) -> list[Part]:
    """A steam engine with two carriages."""
    parts: list[Part] = []
    for k in (1, 2):
        left = -0.55 - 0.86 * k
        parts += [
            Part(rounded(left, -0.62, left + 0.78, -0.14, 0.05), mix(accent, CREAM, 0.2 * k)),
            Part(rounded(left - 0.02, -0.68, left + 0.80, -0.58, 0.05), DARK),
            *(
                Part(
                    rounded(left + 0.07 + 0.17 * w, -0.52, left + 0.19 + 0.17 * w, -0.34, 0.02),
                    GLASS,
                    lit=False,
                )
                for w in range(4)
            ),
        ]
        parts += [Part(oval(left + x, -0.09, 0.09), DARK) for x in (0.17, 0.6)]
    engine = shifted(accent, value=0.8)
    parts += [
        Part(box(-0.62, -0.18, 0.62, -0.12), DARK), Part(box(-0.55, -0.80, -0.14, -0.15), engine),
            Part(rounded(-0.60, -0.88, -0.08, -0.78, 0.03), DARK),
        Part(box(-0.45, -0.72, -0.24, -0.5), GLASS, lit=False),
            Part(rounded(-0.15, -0.58, 0.56, -0.18, 0.08), engine),
        *(Part(box(x, -0.585, x + 0.03, -0.175), shifted(engine, value=1.3)) for x in (0.05, 0.28)),
        Part(((0.34, -0.56), (0.30, -0.82), (0.48, -0.82), (0.44, -0.56)), DARK),
            Part(oval(0.08, -0.60, 0.09, 0.08), colour("#c99a48")),
        Part(oval(0.57, -0.38, 0.08), GLASS, lit=False), Part(((0.56, -0.16), (0.80, 0.0), (0.5, 0.0)), DARK),
        *(Part(oval(x, -0.13, 0.13), DARK) for x in (-0.38, -0.05, 0.28)), *(Part(oval(x, -0.13, 0.07),
            shifted(engine, value=1.25)) for x in (-0.38, -0.05, 0.28)),
    ]  # fmt: skip
    return parts


def windmill(accent: Colour) -> list[Part]:
    """A tower mill with four sails."""
    parts = [
        Part(((-0.17, 0.0), (-0.10, -0.62), (0.10, -0.62), (0.17, 0.0)), CREAM),
            Part(smooth([(-0.13, -0.60), (-0.07, -0.72), (0.07, -0.72), (0.13, -0.60)], 6),
            mix(accent, colour("#7a4a3c"), 0.5)),
        Part(rounded(-0.04, -0.15, 0.04, 0.0, 0.04), WOOD),
            Part(rounded(-0.022, -0.40, 0.022, -0.32, 0.02), GLASS, lit=False),
    ]  # fmt: skip
    for degrees in (20, 110, 200, 290):
        a = math.radians(degrees)
        cx, cy = math.cos(a), math.sin(a)
        tip = (cx * 0.46, -0.62 + cy * 0.46)
        wide = (-cy * 0.10, cx * 0.10)
        parts.append(
            Part(
                (
                    (cx * 0.10, -0.62 + cy * 0.10),
                    tip,
                    (tip[0] + wide[0], tip[1] + wide[1]),
                    (cx * 0.10 + wide[0], -0.62 + cy * 0.10 + wide[1]),
                ),
                mix(CREAM, accent, 0.25),
            )
        )
        parts.append(Part(limb([(0, -0.62), tip], [0.022, 0.014]), WOOD))
    return [*parts, Part(oval(0, -0.62, 0.03), DARK)]


def ship(accent: Colour) -> list[Part]:
    """A tall ship under sail; the water line is y = 0."""
    hull = mix(WOOD, accent, 0.15)
    parts = [
        Part(limb([(x, -0.1), (x, -0.98 + abs(x) * 0.3)], [0.022, 0.012]), WOOD) for x in (-0.32, 0.04, 0.36)
    ]
    for x, top in ((-0.32, -0.84), (0.04, -0.92), (0.36, -0.80)):
        for k in range(2):
            y = top + 0.30 * k
            wide = 0.13 + 0.04 * k
            parts.append(
                Part(
                    smooth(
                        [
                            (x - wide, y),
                            (x + wide, y),
                            (x + wide * 1.25, y + 0.22),
                            (x + 0.02, y + 0.27),
                            (x - wide * 0.75, y + 0.22),
                        ],
                        5,
                    ),
                    mix(CREAM, accent, 0.12 * k),
                )
            )
    return [
        *parts, Part(((0.42, -0.72), (0.82, -0.24), (0.44, -0.28)), CREAM), Part(limb([(0.5, -0.2),
            (0.9, -0.36)], [0.03, 0.012]), WOOD),
        Part(smooth([(-0.72, -0.30), (-0.5, -0.22), (0.3, -0.18), (0.74, -0.26), (0.52, 0.02),
            (-0.5, 0.03)], 5), hull),
        Part(limb([(-0.68, -0.22), (-0.3, -0.15), (0.6, -0.18)], [0.03, 0.03, 0.02]),
            mix(accent, CREAM, 0.3)),
        *(Part(oval(x, -0.09, 0.022), DARK) for x in (-0.4, -0.2, 0.0, 0.2, 0.38)),
        Part(((0.04, -0.98), (0.22, -1.02), (0.04, -1.06)), accent),
    ]  # fmt: skip


def boat(accent: Colour) -> list[Part]:
    """A small sailing boat; the water line is y = 0."""
    return [
        Part(limb([(0.0, -0.1), (0.0, -1.0)], [0.022, 0.014]), WOOD),
        Part(smooth([(0.03, -0.97), (0.22, -0.62), (0.50, -0.26), (0.03, -0.24)], 3), CREAM),
        Part(smooth([(-0.03, -0.90), (-0.12, -0.6), (-0.36, -0.28), (-0.03, -0.25)], 3),
            mix(CREAM, accent, 0.55)),
        Part(smooth([(-0.55, -0.20), (-0.2, -0.15), (0.3, -0.15), (0.66, -0.24), (0.44, 0.02),
            (-0.40, 0.03)], 5), mix(accent, WOOD, 0.4)),
        Part(limb([(-0.53, -0.19), (0.0, -0.145), (0.62, -0.22)], [0.028, 0.03, 0.02]), CREAM),
        Part(((0.0, -1.0), (0.14, -0.96), (0.0, -0.92)), accent),
    ]  # fmt: skip


def paper_boat(accent: Colour) -> list[Part]:
    """A folded paper boat with lines of print on it; the water line is y = 0."""
    paper = colour("#f3eee1")
    grey = shifted(paper, value=0.62)
    text = [
        limb([(-0.34 + 0.03 * k, -0.26 + 0.05 * k), (-0.08, -0.25 + 0.05 * k)], [0.010, 0.010])
        for k in range(4)
    ]
    text += [
        limb([(0.08, -0.26 + 0.05 * k), (0.36 - 0.04 * k, -0.27 + 0.05 * k)], [0.010, 0.010])
        for k in range(4)
    ]
    return [
        Part(((-0.24, -0.34), (0.0, -0.86), (0.02, -0.30)), paper), Part(((0.0, -0.86), (0.24, -0.34),
            (0.02, -0.30)), shifted(paper, value=0.82)),
        Part(((-0.72, -0.46), (-0.02, -0.30), (-0.02, 0.03), (-0.42, 0.02)), paper), Part(((0.72, -0.46),
            (-0.02, -0.30), (-0.02, 0.03), (0.42, 0.02)), shifted(paper, value=0.88)),
        *(Part(t, grey) for t in text), Part(((0.0, -0.86), (0.10, -0.83), (0.0, -0.79)), accent),
    ]  # fmt: skip


def tree(accent: Colour) -> list[Part]:
    """A broad old tree, a little of the accent in its leaves."""
    leaf = mix(colour("#5f8f45"), accent, 0.22)
    parts = [
        Part(limb([(-0.02, 0.0), (0.02, -0.24), (-0.02, -0.52)], [0.17, 0.10, 0.07]), WOOD),
        Part(limb([(0.0, -0.34), (0.16, -0.54)], [0.06, 0.03]), WOOD), Part(limb([(0.0, -0.36),
            (-0.2, -0.54)], [0.06, 0.03]), WOOD),
    ]  # fmt: skip
    puffs = (
        (-0.26, -0.56, 0.17),
        (0.27, -0.57, 0.17),
        (0.0, -0.60, 0.22),
        (-0.18, -0.76, 0.18),
        (0.2, -0.76, 0.17),
        (0.0, -0.84, 0.17),
    )
    parts += [Part(oval(x, y, r), shifted(leaf, value=0.78 + 0.05 * k)) for k, (x, y, r) in enumerate(puffs)]
    parts += [
        Part(oval(x + 0.05, y - 0.05, r * 0.5), mix(leaf, (240, 244, 170), 0.22)) for x, y, r in puffs[2:]
    ]
    return parts


def bridge(accent: Colour) -> list[Part]:
    """A stone bridge of three arches, wide and low."""
    stone = mix(colour("#a39a90"), accent, 0.08)
    deck = smooth(
        [
            (-1.3, -0.30),
            (-0.6, -0.48),
            (0.0, -0.56),
            (0.6, -0.48),
            (1.3, -0.30),
            (1.3, 0.02),
            (0.0, 0.02),
            (-1.3, 0.02),
        ],
        6,
    )
    arches = [oval(x, 0.02, r, r * 1.05) for x, r in ((-0.72, 0.24), (0.0, 0.36), (0.72, 0.24))]
    return [
        Part(deck, stone), *(Part(a, shifted(stone, value=0.34)) for a in arches),
        Part(limb([(-1.3, -0.32), (-0.6, -0.50), (0.0, -0.58), (0.6, -0.50), (1.3, -0.32)], [0.05] * 5),
            mix(stone, WHITE, 0.3)),
    ]  # fmt: skip


def car(accent: Colour) -> list[Part]:
    """A small round car."""
    wheels = [
        p
        for x in (-0.44, 0.46)
        for p in (Part(oval(x, -0.15, 0.16), DARK), Part(oval(x, -0.15, 0.08), colour("#c9c6c0")))
    ]
    return [
        Part(smooth([(-0.50, -0.46), (-0.32, -0.86), (0.12, -0.90), (0.38, -0.50)], 7), accent),
        Part(smooth([(-0.40, -0.48), (-0.27, -0.77), (-0.06, -0.80), (-0.06, -0.48)], 4),
            colour("#bfe0e6")), Part(smooth([(0.0, -0.48), (0.0, -0.80), (0.14, -0.78),
            (0.30, -0.48)], 4), colour("#bfe0e6")),
        Part(smooth([(-0.84, -0.18), (-0.80, -0.44), (-0.4, -0.54), (0.36, -0.54), (0.78, -0.42),
            (0.86, -0.16)], 7), accent),
        Part(limb([(-0.82, -0.26), (0.83, -0.24)], [0.03, 0.03]), mix(accent, WHITE, 0.5)),
            Part(oval(0.76, -0.36, 0.05, 0.06), colour("#fff2c0"), lit=False), *wheels,
    ]  # fmt: skip


def balloon(accent: Colour) -> list[Part]:
    """A hot-air balloon with stripes."""
    other = mix(accent, CREAM, 0.75)
    gores = [(-0.36, 0.36, accent), (-0.25, 0.25, other), (-0.13, 0.13, accent), (-0.045, 0.045, other)]
    parts = [
        Part(smooth([(left, -0.66), (left * 0.72, -0.94), (0, -1.0), (right * 0.72, -0.94),
            (right, -0.66), (right * 0.6, -0.40), (right * 0.22, -0.24), (left * 0.22, -0.24),
            (left * 0.6, -0.40)], 6), tone)
        for left, right, tone in gores
    ]  # fmt: skip
    parts += [Part(limb([(s * 0.07, -0.24), (s * 0.055, -0.09)], [0.008, 0.008]), WOOD) for s in (-1, 1)]
    return [*parts, Part(rounded(-0.07, -0.10, 0.07, 0.0, 0.02), WOOD)]


def plane(accent: Colour) -> list[Part]:
    """A small propeller plane in flight."""
    hull = mix(accent, CREAM, 0.25)
    return [
        Part(smooth([(-0.02, -0.52), (-0.3, -0.78), (-0.42, -0.78), (-0.22, -0.5)], 4),
            shifted(accent, value=0.7)),
        Part(smooth([(-0.80, -0.50), (-0.98, -0.86), (-0.80, -0.86), (-0.56, -0.52)], 4), accent),
        Part(smooth([(-0.92, -0.52), (-0.3, -0.62), (0.42, -0.64), (0.76, -0.48), (0.42, -0.32),
            (-0.3, -0.36)], 7), hull),
        Part(smooth([(0.04, -0.58), (0.16, -0.76), (0.36, -0.74), (0.46, -0.58)], 5), colour("#c9e6ea")),
        Part(smooth([(0.20, -0.44), (-0.20, -0.10), (-0.40, -0.08), (-0.12, -0.44)], 4), accent),
        Part(limb([(-0.7, -0.46), (0.6, -0.44)], [0.03, 0.04]), accent),
            Part(oval(0.78, -0.48, 0.04, 0.05), DARK), Part(oval(0.82, -0.48, 0.018, 0.26),
            mix(DARK, WHITE, 0.5)),
    ]  # fmt: skip


def tent(accent: Colour) -> list[Part]:
    """A lit tent with a fire before it."""
    flame = colour("#ffb347")
    return [
        Part(((-0.62, 0.0), (-0.08, -0.86), (0.10, -0.86), (0.62, 0.0)), accent), Part(((-0.30, 0.0),
            (0.0, -0.82), (0.34, 0.0)), shifted(accent, value=0.6)),
        Part(((-0.18, 0.0), (0.01, -0.66), (0.20, 0.0)), GLASS, lit=False),
        Part(limb([(0.72, -0.03), (1.02, -0.03)], [0.06, 0.06]), WOOD),
        Part(smooth([(0.76, -0.04), (0.78, -0.22), (0.87, -0.42), (0.94, -0.22), (0.98, -0.04)], 6),
            flame, lit=False),
        Part(smooth([(0.81, -0.04), (0.86, -0.24), (0.93, -0.04)], 5), colour("#fff0b0"), lit=False),
    ]  # fmt: skip

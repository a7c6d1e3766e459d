"""Small things, for hands, tables and close views. Units: they stand on y = 0 and are about 1 high."""

from __future__ import annotations

import math

from shared.providers.draft.pictures.colours import WHITE, Colour, colour, mix, shifted
from shared.providers.draft.pictures.shapes import Part, box, limb, oval, rounded, smooth

DARK = colour("#2b2a35")
CREAM = colour("#f3ecdf")
WOOD = colour("#7d5436")
LEAF = colour("#5f9a4f")


def bottle(accent: Colour) -> list[Part]:
    """A slim bottle with a lit ring."""
    glow = mix(accent, colour("#8ff2ff"), 0.6)
    return [
        Part(rounded(-0.075, -0.985, 0.075, -0.86, 0.03), DARK),
            Part(rounded(-0.10, -0.89, 0.10, -0.83, 0.02), shifted(accent, value=0.6)),
        Part(smooth([(-0.09, -0.85), (0.09, -0.85), (0.17, -0.74), (0.18, -0.4), (0.17, -0.03),
            (0.10, 0.0), (-0.10, 0.0), (-0.17, -0.03), (-0.18, -0.4), (-0.17, -0.74)], 6), accent),
        Part(rounded(0.085, -0.72, 0.145, -0.06, 0.03), shifted(accent, value=0.72)),
            Part(rounded(-0.135, -0.72, -0.095, -0.10, 0.02), mix(accent, WHITE, 0.6)),
        Part(rounded(-0.178, -0.30, 0.178, -0.265, 0.015), glow, lit=False),
        Part(smooth([(0.0, -0.66), (0.055, -0.55), (0.0, -0.47), (-0.055, -0.55)], 6),
            mix(accent, WHITE, 0.85)),
    ]  # fmt: skip


def cup(accent: Colour) -> list[Part]:
    """A cup on a saucer, steaming."""
    side = mix(accent, CREAM, 0.35)
    steam = [
        limb(
            [(x, -0.62), (x + 0.05, -0.74), (x - 0.04, -0.86), (x + 0.04, -1.0)],
            [0.02, 0.045, 0.035, 0.006],
            8,
        )
        for x in (-0.12, 0.04, 0.18)
    ]
    return [
        Part(oval(0.02, -0.03, 0.56, 0.07), mix(CREAM, accent, 0.15)),
            Part(oval(0.02, -0.045, 0.36, 0.035), shifted(CREAM, value=0.82)),
        Part(limb([(0.30, -0.44), (0.52, -0.44), (0.52, -0.22), (0.26, -0.18)], [0.065] * 4, 8),
            shifted(side, value=0.82)),
        Part(smooth([(-0.36, -0.54), (0.36, -0.54), (0.33, -0.26), (0.2, -0.06), (-0.2, -0.06),
            (-0.33, -0.26)], 6), side),
        Part(smooth([(-0.30, -0.46), (-0.20, -0.46), (-0.18, -0.24), (-0.10, -0.1), (-0.2, -0.1),
            (-0.28, -0.26)], 6), mix(side, WHITE, 0.5)),
        Part(oval(0.0, -0.54, 0.36, 0.075), mix(side, WHITE, 0.4)), Part(oval(0.0, -0.535, 0.31, 0.056),
            colour("#4a2c1d")), Part(oval(0.06, -0.53, 0.14, 0.022), colour("#b98350")),
        *(Part(s, colour("#f6f1ea"), lit=False) for s in steam),
    ]  # fmt: skip


def book(accent: Colour) -> list[Part]:
    """An open book."""
    lines = [
        limb([(s * 0.10, -0.34 + 0.07 * k), (s * 0.48, -0.40 + 0.07 * k)], [0.012, 0.012])
        for s in (-1, 1)
        for k in range(4)
    ]
    return [
        Part(((-0.66, -0.50), (0.0, -0.36), (0.66, -0.50), (0.66, -0.03), (0.0, 0.06), (-0.66, -0.03)),
            accent),
        Part(smooth([(0, -0.42), (-0.3, -0.56), (-0.60, -0.54), (-0.60, -0.08), (-0.3, -0.10),
            (0, 0.0)], 3), CREAM),
        Part(smooth([(0, -0.42), (0.3, -0.56), (0.60, -0.54), (0.60, -0.08), (0.3, -0.10), (0, 0.0)], 3),
            shifted(CREAM, value=0.9)),
        *(Part(line, shifted(CREAM, value=0.66)) for line in lines), Part(limb([(0.02, -0.42),
            (0.05, -0.1), (0.1, 0.12)], [0.03, 0.03, 0.03]), shifted(accent, value=0.7)),
    ]  # fmt: skip


def easel(accent: Colour) -> list[Part]:
    """A canvas on an easel, with a picture begun on it."""
    return [
        Part(limb([(0.02, -1.0), (0.16, 0.0)], [0.035, 0.035]), shifted(WOOD, value=0.6)),
        Part(limb([(0.0, -1.0), (-0.30, 0.0)], [0.04, 0.04]), WOOD), Part(limb([(0.0, -1.0),
            (0.32, 0.0)], [0.04, 0.04]), WOOD),
        Part(box(-0.33, -0.90, 0.33, -0.36), CREAM), Part(box(-0.30, -0.87, 0.30, -0.39), colour("#a9d0dc")),
        Part(smooth([(-0.30, -0.54), (-0.1, -0.64), (0.1, -0.55), (0.30, -0.62), (0.30, -0.39),
            (-0.30, -0.39)], 4), colour("#7fa860")), Part(oval(0.13, -0.74, 0.07),
            mix(accent, colour("#ffd56a"), 0.5)),
        Part(limb([(-0.22, -0.46), (-0.05, -0.50), (0.14, -0.44)], [0.03, 0.05, 0.02]), accent),
            Part(limb([(-0.38, -0.34), (0.38, -0.34)], [0.045, 0.045]), WOOD),
    ]  # fmt: skip


def flower(accent: Colour) -> list[Part]:
    """One large flower."""
    petals = [
        Part(
            oval(math.cos(a) * 0.17, -0.76 + math.sin(a) * 0.17, 0.15, 0.085, math.degrees(a)),
            accent if k % 2 else mix(accent, WHITE, 0.25),
        )
        for k, a in ((k, k * math.tau / 8) for k in range(8))
    ]
    return [
        Part(limb([(0.0, 0.0), (0.04, -0.3), (0.0, -0.7)], [0.045, 0.04, 0.035]), LEAF),
            Part(smooth([(0.02, -0.2), (0.18, -0.36), (0.36, -0.38), (0.22, -0.2)], 6), LEAF),
        Part(smooth([(0.02, -0.28), (-0.14, -0.46), (-0.32, -0.48), (-0.2, -0.3)], 6),
            shifted(LEAF, value=0.8)), *petals, Part(oval(0, -0.76, 0.10), colour("#f2c14e")),
            Part(oval(0.02, -0.74, 0.055), colour("#d99a35")),
    ]  # fmt: skip


def plant(accent: Colour) -> list[Part]:
    """A seedling in a pot."""
    pot = mix(accent, colour("#b5623f"), 0.6)
    leaves = [
        ((0.0, -0.50), 0.30, -40, 1.0),
        ((0.0, -0.58), 0.30, -140, 0.85),
        ((0.01, -0.72), 0.22, -55, 1.1),
        ((0.01, -0.76), 0.20, -128, 0.95),
    ]
    return [
        Part(limb([(0, -0.36), (0.02, -0.6), (0.0, -0.84)], [0.04, 0.035, 0.02]), shifted(LEAF, value=0.8)),
        *(Part(oval(x + math.cos(math.radians(t)) * r * 0.8, y + math.sin(math.radians(t)) * r * 0.8,
            r * 0.8, r * 0.3, t), shifted(LEAF, value=v)) for (x, y), r, t, v in leaves),
        Part(((-0.24, -0.36), (0.24, -0.36), (0.17, 0.0), (-0.17, 0.0)), pot),
            Part(rounded(-0.28, -0.42, 0.28, -0.31, 0.03), mix(pot, WHITE, 0.15)),
    ]  # fmt: skip


def lantern(accent: Colour) -> list[Part]:
    """A lantern, lit."""
    return [
        Part(limb([(-0.14, -0.78), (-0.10, -0.95), (0.10, -0.95), (0.14, -0.78)], [0.025] * 4, 8), DARK),
            Part(((-0.2, -0.70), (-0.1, -0.82), (0.1, -0.82), (0.2, -0.70)), DARK),
        Part(rounded(-0.18, -0.70, 0.18, -0.14, 0.05), colour("#ffdd8a"), lit=False),
            Part(smooth([(-0.07, -0.2), (-0.05, -0.38), (0.0, -0.52), (0.06, -0.36), (0.06, -0.2)], 6),
            colour("#fff6d8"), lit=False),
        *(Part(box(x - 0.012, -0.70, x + 0.012, -0.14), DARK) for x in (-0.18, 0.0, 0.18)),
            Part(rounded(-0.22, -0.15, 0.22, 0.0, 0.03), mix(DARK, accent, 0.2)),
    ]  # fmt: skip


def phone(accent: Colour) -> list[Part]:
    """A slab with a lit screen."""
    cards = [
        Part(rounded(-0.19, y, 0.19, y + 0.13, 0.03), mix(accent, WHITE, s), lit=False)
        for y, s in ((-0.66, 0.75), (-0.50, 0.5), (-0.34, 0.65))
    ]
    return [
        Part(rounded(-0.27, -1.0, 0.27, 0.0, 0.07), DARK),
            Part(rounded(-0.24, -0.965, 0.24, -0.035, 0.05), mix(accent, colour("#eaf6ff"), 0.35), lit=False),
        Part(oval(0.0, -0.80, 0.085), mix(accent, WHITE, 0.8), lit=False),
            *cards, Part(rounded(-0.08, -0.16, 0.08, -0.09, 0.03), accent, lit=False),
    ]  # fmt: skip


def telescope(accent: Colour) -> list[Part]:
    """A telescope on a tripod, aimed upwards."""
    brass = mix(accent, colour("#c99a48"), 0.7)
    return [
        *(Part(limb([(0.0, -0.52), (x, 0.0)], [0.04, 0.03]), WOOD) for x in (-0.26, 0.28, 0.02)),
        Part(limb([(-0.34, -0.40), (0.10, -0.64), (0.44, -0.84)], [0.09, 0.13, 0.15]), brass),
            Part(limb([(0.40, -0.81), (0.50, -0.875)], [0.19, 0.19]), shifted(brass, value=0.7)),
        Part(limb([(-0.42, -0.355), (-0.34, -0.40)], [0.06, 0.07]), DARK), Part(oval(0.0, -0.55, 0.06), DARK),
    ]  # fmt: skip


def bicycle(accent: Colour) -> list[Part]:
    """A bicycle from the side."""
    frame = [
        ((-0.44, -0.26), (-0.16, -0.62)),
        ((-0.44, -0.26), (-0.02, -0.26)),
        ((-0.02, -0.26), (-0.16, -0.62)),
        ((-0.16, -0.62), (0.30, -0.66)),
        ((-0.02, -0.26), (0.30, -0.66)),
        ((0.30, -0.78), (0.48, -0.26)),
    ]
    hubs = (-0.44, 0.48)
    ring = [
        limb(
            [
                (x + math.cos(a) * 0.26, -0.26 + math.sin(a) * 0.26),
                (x + math.cos(a + 0.5) * 0.26, -0.26 + math.sin(a + 0.5) * 0.26),
            ],
            [0.035, 0.035],
            3,
        )
        for x in hubs
        for a in (k * math.tau / 13 for k in range(13))
    ]
    spokes = [
        limb([(x, -0.26), (x + math.cos(a) * 0.25, -0.26 + math.sin(a) * 0.25)], [0.008, 0.008])
        for x in hubs
        for a in (k * math.tau / 8 for k in range(8))
    ]
    return [
        *(Part(s, mix(DARK, WHITE, 0.5)) for s in spokes), *(Part(r, DARK) for r in ring),
            *(Part(limb(list(bar), [0.04, 0.04]), accent) for bar in frame),
        Part(limb([(-0.28, -0.70), (-0.06, -0.70)], [0.06, 0.04]), DARK), Part(limb([(0.24, -0.82),
            (0.36, -0.80)], [0.04, 0.04]), DARK), Part(oval(-0.02, -0.26, 0.06), DARK),
    ]  # fmt: skip


def clock(accent: Colour) -> list[Part]:
    """A round clock on feet."""
    ticks = [
        limb(
            [
                (math.cos(a) * 0.31, -0.52 + math.sin(a) * 0.31),
                (math.cos(a) * 0.35, -0.52 + math.sin(a) * 0.35),
            ],
            [0.02, 0.02],
        )
        for a in (k * math.tau / 12 for k in range(12))
    ]
    return [
        *(Part(limb([(s * 0.22, -0.2), (s * 0.34, 0.0)], [0.06, 0.05]), DARK) for s in (-1, 1)),
            *(Part(oval(s * 0.24, -0.92, 0.11), shifted(accent, value=0.8)) for s in (-1, 1)),
        Part(oval(0, -0.52, 0.44), accent), Part(oval(0, -0.52, 0.37), CREAM),
            *(Part(t, DARK) for t in ticks),
        Part(limb([(0, -0.52), (0.0, -0.78)], [0.028, 0.016]), DARK), Part(limb([(0, -0.52),
            (0.16, -0.44)], [0.032, 0.02]), DARK), Part(oval(0, -0.52, 0.03), accent),
    ]  # fmt: skip


def parcel(accent: Colour) -> list[Part]:
    """A box with a ribbon."""
    side = mix(accent, CREAM, 0.45)
    return [
        Part(box(-0.42, -0.62, 0.42, 0.0), side), Part(box(-0.47, -0.74, 0.47, -0.56),
            mix(side, WHITE, 0.2)), Part(box(-0.07, -0.74, 0.07, 0.0), accent),
        Part(smooth([(0, -0.74), (-0.26, -1.0), (-0.34, -0.84)], 6), accent), Part(smooth([(0, -0.74),
            (0.26, -1.0), (0.34, -0.84)], 6), shifted(accent, value=0.85)),
    ]  # fmt: skip


def crystal(accent: Colour) -> list[Part]:
    """A cut stone that glows."""
    pale = mix(accent, WHITE, 0.6)
    return [
        Part(((0, -1.0), (-0.32, -0.66), (-0.2, -0.1), (0, 0.0)), mix(accent, WHITE, 0.3)),
            Part(((0, -1.0), (0.32, -0.66), (0.2, -0.1), (0, 0.0)), shifted(accent, value=0.7)),
        Part(((0, -1.0), (-0.12, -0.60), (0, 0.0), (0.12, -0.60)), pale, lit=False),
            Part(((-0.32, -0.66), (-0.12, -0.60), (-0.2, -0.1)), accent),
    ]  # fmt: skip


def shoe(accent: Colour) -> list[Part]:
    """A running shoe."""
    return [
        Part(smooth([(-0.66, -0.62), (-0.36, -0.60), (-0.1, -0.42), (0.36, -0.34), (0.70, -0.22),
            (0.74, -0.08), (-0.68, -0.08)], 6), accent),
        Part(smooth([(-0.4, -0.52), (-0.1, -0.38), (0.2, -0.32), (-0.2, -0.12), (-0.5, -0.14)], 5),
            mix(accent, WHITE, 0.6)), Part(rounded(-0.72, -0.13, 0.78, 0.0, 0.06), CREAM),
        *(Part(limb([(-0.16 + 0.11 * k, -0.46 + 0.035 * k),
            (-0.06 + 0.11 * k, -0.38 + 0.035 * k)], [0.03, 0.03]), WHITE) for k in range(4)),
    ]  # fmt: skip


def guitar(accent: Colour) -> list[Part]:
    """A guitar leaning at an angle."""
    body = mix(accent, colour("#b5723a"), 0.55)
    return [
        Part(limb([(0.02, -0.4), (0.26, -0.96)], [0.065, 0.05]), shifted(WOOD, value=0.7)),
            Part(limb([(0.25, -0.92), (0.30, -1.03)], [0.09, 0.08]), DARK),
        Part(smooth([(-0.30, -0.16), (-0.24, -0.34), (-0.10, -0.42), (-0.06, -0.58), (0.10, -0.60),
            (0.20, -0.48), (0.13, -0.34), (0.18, -0.16), (0.06, 0.0), (-0.18, 0.0)], 6), body),
        Part(oval(0.01, -0.36, 0.075), DARK), Part(limb([(-0.14, -0.13), (0.04, -0.10)], [0.035, 0.035]),
            DARK), Part(limb([(-0.04, -0.13), (0.26, -0.94)], [0.014, 0.012]), mix(CREAM, WOOD, 0.3)),
    ]  # fmt: skip

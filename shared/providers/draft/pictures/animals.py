"""Animals that swim or fly, and dragons. Units: feet or water line at y = 0, about 1 high."""

from __future__ import annotations

from shared.providers.draft.pictures.colours import WHITE, colour, mix, shifted
from shared.providers.draft.pictures.reading import Actor
from shared.providers.draft.pictures.shapes import Part, limb, oval, smooth

DARK = colour("#241f26")


def whale(actor: Actor, pose: str) -> list[Part]:
    """A whale arched above the surface, its tail raised. The water line is y = 0."""
    back, belly = actor.main, mix(actor.main, (236, 240, 240), 0.72)
    lift = -0.04 if pose == "sit" else 0.0
    body = smooth([(-0.78, -0.38), (-0.30, -0.50), (0.20, -0.66 + lift), (0.66, -0.60 + lift), (0.94, -0.34),
                   (0.90, -0.12), (0.55, 0.0), (-0.1, 0.02), (-0.62, -0.08)], 8)  # fmt: skip
    under = smooth(
        [(0.93, -0.26), (0.90, -0.12), (0.55, 0.0), (-0.1, 0.02), (-0.5, -0.06), (0.1, -0.16), (0.6, -0.22)],
        8,
    )
    stock = limb(
        [(-0.52, -0.22), (-0.80, -0.34), (-0.98, -0.56), (-1.04, -0.76)], [0.40, 0.24, 0.11, 0.06], 8
    )
    fluke = smooth(
        [(-1.02, -0.70), (-1.20, -0.90), (-1.44, -0.96), (-1.36, -0.82), (-1.20, -0.70), (-1.04, -0.66)], 7
    )
    other = smooth(
        [(-1.04, -0.68), (-1.00, -0.90), (-0.84, -1.06), (-0.64, -1.06), (-0.72, -0.92), (-0.88, -0.78)], 7
    )
    grooves = [
        Part(
            limb(
                [(0.84, -0.08 - 0.045 * k), (0.5, -0.03 - 0.05 * k), (0.12, -0.03 - 0.035 * k)],
                [0.008, 0.012, 0.004],
            ),
            shifted(belly, value=0.8),
        )
        for k in range(3)
    ]
    return [
        Part(other, shifted(back, value=0.82)), Part(fluke, back), Part(stock, back), Part(body, back),
            Part(under, belly), *grooves,
        Part(smooth([(0.30, -0.14), (0.42, -0.10), (0.22, 0.14), (0.02, 0.16), (0.14, 0.0)], 6),
            shifted(back, value=0.8)),
        Part(oval(0.66, -0.27, 0.026), DARK), Part(oval(0.668, -0.278, 0.009), WHITE),
        Part(limb([(0.88, -0.24), (0.74, -0.20), (0.62, -0.22)], [0.006, 0.012, 0.006]),
            shifted(back, value=0.6)),
        *(Part(oval(0.36 + 0.09 * k, -0.52 + 0.02 * k, 0.016, 0.010),
            mix(back, WHITE, 0.35)) for k in range(4)),
    ]  # fmt: skip


def fish(actor: Actor, pose: str) -> list[Part]:
    """A fish in profile, with stripes."""
    main, pale = actor.main, mix(actor.main, WHITE, 0.6)
    sway = 0.06 if pose == "walk" else 0.0
    return [
        Part(smooth([(-0.52, -0.5), (-0.98, -0.86 + sway), (-0.88, -0.5), (-0.98, -0.14 + sway)], 6),
            actor.accent),
        Part(smooth([(-0.2, -0.76), (0.06, -1.0), (0.34, -0.78)], 6), actor.accent),
        Part(smooth([(-0.62, -0.5), (-0.1, -0.82), (0.45, -0.74), (0.78, -0.5), (0.45, -0.24),
            (-0.1, -0.16)], 8), main),
        Part(smooth([(-0.4, -0.40), (0.1, -0.36), (0.68, -0.46), (0.42, -0.25), (-0.1, -0.18)], 6), pale),
        Part(limb([(0.26, -0.76), (0.20, -0.5), (0.26, -0.25)], [0.07, 0.09, 0.06]), WHITE),
        Part(limb([(-0.18, -0.78), (-0.24, -0.5), (-0.18, -0.2)], [0.05, 0.08, 0.05]), WHITE),
        Part(smooth([(0.1, -0.45), (-0.14, -0.30), (0.02, -0.26)], 6), actor.accent),
        Part(oval(0.52, -0.55, 0.065), WHITE), Part(oval(0.54, -0.55, 0.036), DARK),
    ]  # fmt: skip


def turtle(actor: Actor, pose: str) -> list[Part]:
    """A turtle with a patterned shell."""
    skin, shell = mix(actor.main, colour("#b9c46a"), 0.45), shifted(actor.main, value=0.75)
    lift = -0.1 if pose == "walk" else 0.0
    plates = [
        Part(oval(x, y, 0.11, 0.09), mix(shell, colour("#d9b25a"), 0.35))
        for x, y in ((-0.28, -0.5), (0.0, -0.62), (0.26, -0.5), (-0.02, -0.38))
    ]
    return [
        Part(limb([(-0.4, -0.22), (-0.6, -0.04)], [0.16, 0.10]), shifted(skin, value=0.8)),
        Part(limb([(0.3, -0.24), (0.52, 0.0 + lift)], [0.18, 0.12]), shifted(skin, value=0.8)),
        Part(limb([(0.42, -0.36), (0.72, -0.52)], [0.2, 0.17]), skin),
        Part(oval(0.78, -0.56, 0.17, 0.14), skin), Part(oval(0.85, -0.60, 0.028), DARK),
        Part(smooth([(-0.58, -0.24), (-0.46, -0.62), (0.0, -0.82), (0.42, -0.62), (0.56, -0.24)], 8),
            shell), *plates,
        Part(limb([(-0.58, -0.24), (0.0, -0.18), (0.56, -0.24)], [0.07, 0.09, 0.07]),
            mix(shell, colour("#e4d29a"), 0.5)),
        Part(limb([(-0.28, -0.18), (-0.3, -0.02)], [0.15, 0.12]), skin), Part(limb([(0.2, -0.18),
            (0.26, -0.02)], [0.15, 0.12]), skin),
    ]  # fmt: skip


def bird(actor: Actor, pose: str) -> list[Part]:
    """A bird: on the wing when it moves, else perched."""
    main, pale, dark = actor.main, mix(actor.main, WHITE, 0.6), shifted(actor.main, value=0.65)
    beak = colour("#e8a33a")
    if pose in {"walk", "reach"}:
        return [
            Part(smooth([(0.08, -0.5), (0.02, -0.86), (-0.26, -1.12), (-0.50, -1.10), (-0.30, -0.74),
                (-0.14, -0.46)], 7), dark),
            Part(smooth([(-0.3, -0.42), (-0.86, -0.44), (-0.90, -0.28), (-0.3, -0.28)], 6), dark),
            Part(smooth([(-0.46, -0.36), (0.0, -0.54), (0.38, -0.54), (0.54, -0.42), (0.30, -0.24),
                (-0.16, -0.20)], 8), main),
            Part(smooth([(-0.2, -0.26), (0.2, -0.30), (0.46, -0.38), (0.28, -0.24), (-0.1, -0.20)], 6), pale),
            Part(oval(0.46, -0.52, 0.15, 0.135), main), Part(((0.57, -0.56), (0.76, -0.48),
                (0.57, -0.46)), beak),
            Part(oval(0.51, -0.55, 0.028), DARK),
            Part(smooth([(0.22, -0.44), (0.26, -0.82), (0.08, -1.20), (-0.16, -1.36), (-0.12, -0.98),
                (-0.16, -0.66), (-0.12, -0.38)], 7), mix(main, dark, 0.3)),
        ]  # fmt: skip
    return [
        Part(limb([(-0.02, -0.2), (0.0, 0.0)], [0.03, 0.03]), beak), Part(limb([(0.08, -0.2),
            (0.10, 0.0)], [0.03, 0.03]), beak),
        Part(limb([(-0.2, -0.36), (-0.46, -0.14), (-0.58, -0.02)], [0.2, 0.14, 0.06]), dark),
        Part(smooth([(-0.34, -0.34), (-0.12, -0.66), (0.12, -0.80), (0.30, -0.60), (0.28, -0.28),
            (0.04, -0.13)], 8), main),
        Part(oval(0.17, -0.38, 0.15, 0.20), pale), Part(oval(0.18, -0.80, 0.19, 0.18), main),
        Part(((0.33, -0.84), (0.52, -0.76), (0.33, -0.72)), beak), Part(oval(0.24, -0.83, 0.035), DARK),
            Part(oval(0.252, -0.842, 0.012), WHITE),
        Part(smooth([(0.02, -0.60), (0.08, -0.36), (-0.20, -0.16), (-0.40, -0.12), (-0.22, -0.46)], 7), dark),
    ]  # fmt: skip


def butterfly(actor: Actor, pose: str) -> list[Part]:
    """A butterfly with spread wings."""
    main, inner = actor.main, mix(actor.main, (255, 240, 190), 0.5)
    fold = 0.75 if pose == "sit" else 1.0
    parts: list[Part] = []
    for side in (-fold, 1.0):
        upper = smooth([(0, -0.5), (side * 0.22, -0.95), (side * 0.62, -1.0), (side * 0.62, -0.62)], 8)
        lower = smooth([(0, -0.48), (side * 0.5, -0.5), (side * 0.46, -0.12), (side * 0.16, -0.16)], 8)
        parts += [
            Part(lower, shifted(main, value=0.8)),
            Part(upper, main),
            Part(oval(side * 0.40, -0.80, 0.11), inner),
            Part(oval(side * 0.32, -0.34, 0.07), inner),
        ]
    parts += [Part(limb([(0, -0.66), (0, -0.24)], [0.06, 0.04]), DARK), Part(oval(0, -0.70, 0.045), DARK)]
    parts += [
        Part(limb([(0, -0.72), (s * 0.08, -0.86), (s * 0.14, -0.90)], [0.014, 0.012, 0.02]), DARK)
        for s in (-1, 1)
    ]
    return parts


def dragon(actor: Actor, pose: str) -> list[Part]:
    """A dragon with raised wings and a long tail."""
    main, belly, dark = actor.main, mix(actor.main, (246, 226, 160), 0.62), shifted(actor.main, value=0.66)
    wing = [
        (0.05, -0.62),
        (-0.10, -1.12),
        (-0.52, -1.36),
        (-0.46, -1.12),
        (-0.74, -1.08),
        (-0.62, -0.88),
        (-0.84, -0.78),
        (-0.50, -0.62),
        (-0.2, -0.52),
    ]
    spikes = [
        (
            (-0.52 + 0.13 * k, -0.52 - 0.03 * k),
            (-0.50 + 0.13 * k, -0.66 - 0.03 * k),
            (-0.43 + 0.13 * k, -0.55 - 0.03 * k),
        )
        for k in range(6)
    ]
    lift = -0.06 if pose == "reach" else 0.0
    return [
        Part(tuple((x * 0.8 + 0.2, y * 0.98) for x, y in wing), shifted(dark, value=0.8)),
        Part(limb([(-0.36, -0.40), (-0.80, -0.20), (-1.10, -0.12),
            (-1.34, -0.28)], [0.30, 0.18, 0.10, 0.03], 8), main),
        Part(((-1.30, -0.22), (-1.52, -0.42), (-1.28, -0.36)), actor.accent),
            *(Part(spike, actor.accent) for spike in spikes),
        Part(limb([(-0.24, -0.32), (-0.18, -0.16), (-0.24, -0.02)], [0.24, 0.14, 0.10]), dark),
            Part(limb([(0.20, -0.36), (0.28, -0.18), (0.24, -0.02)], [0.20, 0.11, 0.09]), dark),
        Part(limb([(-0.40, -0.42), (0.0, -0.48), (0.30, -0.56), (0.50, -0.82 + lift),
            (0.66, -0.98 + lift)], [0.28, 0.40, 0.32, 0.18, 0.15], 8), main),
        Part(limb([(-0.2, -0.33), (0.12, -0.38), (0.36, -0.50),
            (0.56, -0.78 + lift)], [0.10, 0.16, 0.16, 0.07], 8), belly),
        Part(limb([(-0.06, -0.28), (0.02, -0.14), (-0.04, -0.02)], [0.22, 0.13, 0.10]), main),
            Part(limb([(0.34, -0.38), (0.44, -0.20), (0.40, -0.02)], [0.17, 0.10, 0.09]), main),
        Part(limb([(0.60, -1.08 + lift), (0.48, -1.24 + lift)], [0.06, 0.015]), belly),
            Part(limb([(0.68, -1.10 + lift), (0.58, -1.28 + lift)], [0.06, 0.015]), belly),
        Part(smooth([(0.54, -1.06 + lift), (0.74, -1.12 + lift), (0.98, -1.0 + lift),
            (1.0, -0.92 + lift), (0.72, -0.86 + lift), (0.56, -0.90 + lift)], 7), main),
        Part(oval(0.75, -1.03 + lift, 0.03), colour("#ffe27a"), lit=False),
            Part(oval(0.96, -0.985 + lift, 0.012), DARK),
        Part(tuple(wing), dark), *(Part(limb([(0.05, -0.60), tip], [0.035, 0.012]),
            main) for tip in (wing[2], wing[4], wing[6])),
    ]  # fmt: skip


def spout(height: float) -> list[Part]:
    """A whale's breath, rising from (0, 0)."""
    mist = colour("#e9f4f6")
    return [
        Part(
            limb(
                [(0, 0), (side * 0.03, -height * 0.6), (side * 0.16, -height), (side * 0.24, -height * 0.86)],
                [0.03, 0.04, 0.06, 0.02],
                8,
            ),
            mist,
            lit=False,
        )
        for side in (-1, 0.4, 1)
    ]

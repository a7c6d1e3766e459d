"""People and those shaped like them. Units: feet at y = 0, head near y = -1, looking to the right."""

from __future__ import annotations

from dataclasses import dataclass

from shared.providers.draft.pictures.colours import WHITE, Colour, colour, mix, shifted
from shared.providers.draft.pictures.reading import Actor
from shared.providers.draft.pictures.shapes import Part, Point, limb, oval, rounded, smooth

DARK = colour("#2a2630")


@dataclass(frozen=True, slots=True)
class Build:
    """Proportions of a body."""

    head: float
    head_y: float
    shoulder: float
    hip: float
    girth: float


ADULT = Build(head=0.082, head_y=-0.905, shoulder=-0.775, hip=-0.44, girth=0.105)
CHILD = Build(head=0.150, head_y=-0.835, shoulder=-0.655, hip=-0.31, girth=0.125)


def person(actor: Actor, pose: str) -> list[Part]:
    """A grown-up in a coat or a dress."""
    return _human(actor, ADULT, pose)


def child(actor: Actor, pose: str) -> list[Part]:
    """A child: a larger head, shorter limbs."""
    return _human(actor, CHILD, pose)


def _human(actor: Actor, build: Build, pose: str) -> list[Part]:
    drop = -(build.hip + 0.13) if pose == "sit" else 0.0
    trousers = shifted(mix(actor.accent, colour("#3b4258"), 0.7), value=0.85)
    shoes = mix(trousers, DARK, 0.6)
    dress = "dress" in actor.traits
    parts = [*_arm(build, pose, drop, shifted(actor.main, value=0.78), actor.skin, near=False)]
    parts += _legs(build, pose, drop, actor.skin if dress else trousers, shoes)
    if "backpack" in actor.traits:
        parts.append(
            Part(
                rounded(-0.20, build.shoulder + drop - 0.01, -0.05, build.hip + drop + 0.0, 0.05),
                actor.accent,
            )
        )
    parts += _torso(actor, build, pose, drop, dress=dress)
    parts += _head(actor, build, drop)
    parts += _arm(build, pose, drop, shifted(actor.main, value=0.86), actor.skin, near=True)
    return parts


def _legs(build: Build, pose: str, drop: float, cloth: Colour, shoe: Colour) -> list[Part]:
    hip = build.hip + drop
    feet: tuple[tuple[Point, Point], ...]
    if pose == "sit":
        feet = (((0.17, hip - 0.09), (0.27, -0.015)), ((0.14, hip - 0.06), (0.24, -0.01)))
    elif pose == "walk":
        feet = (((-0.04, hip * 0.55), (-0.17, -0.05)), ((0.085, hip * 0.55), (0.12, -0.012)))
    else:
        feet = (((-0.035, hip * 0.5), (-0.05, -0.012)), ((0.035, hip * 0.5), (0.045, -0.012)))
    thick = build.girth
    parts = []
    for k, (knee, foot) in enumerate(feet):
        tone = shifted(cloth, value=0.8) if k == 0 else cloth
        start = (-0.03 + 0.06 * k, hip - 0.02)
        parts.append(Part(limb([start, knee, foot], [thick * 0.85, thick * 0.62, thick * 0.48]), tone))
        parts.append(
            Part(
                limb(
                    [(foot[0] - 0.012, foot[1] - 0.008), (foot[0] + 0.06, foot[1])],
                    [thick * 0.55, thick * 0.38],
                ),
                shoe,
            )
        )
    return parts


def _torso(actor: Actor, build: Build, pose: str, drop: float, *, dress: bool) -> list[Part]:
    top, hip, wide = build.shoulder + drop, build.hip + drop, build.girth
    hem = hip + (0.22 if dress else 0.10) * (0.3 if pose == "sit" else 1.0)
    flare = wide * (1.75 if dress else 1.28)
    coat = smooth(
        [(-wide * 0.55, top - 0.035), (wide * 0.55, top - 0.035), (wide * 0.98, top + 0.05),
            (wide * 0.86, (top + hip) / 2),
         (flare * 0.92, hem - 0.03), (flare * 0.5, hem), (-flare * 0.5, hem), (-flare * 0.95, hem - 0.03),
         (-wide * 0.9, (top + hip) / 2), (-wide * 0.98, top + 0.05)], 5,
    )  # fmt: skip
    parts = [
        Part(limb([(0.0, top), (0.008, top - 0.09)], [0.07, 0.06]), shifted(actor.skin, value=0.86)),
        Part(coat, actor.main),
    ]
    parts.append(
        Part(limb([(wide * 0.22, top - 0.01), (wide * 0.28, hip),
            (flare * 0.3, hem - 0.012)], [0.012, 0.012, 0.012]),
             shifted(actor.main, value=0.72))
    )  # fmt: skip
    if not dress:
        parts.append(
            Part(
                limb([(-wide * 0.88, hip - 0.03), (wide * 0.86, hip - 0.03)], [0.028, 0.028]),
                shifted(actor.main, value=0.66),
            )
        )
    if "scarf" in actor.traits or build is CHILD:
        parts.append(
            Part(
                limb([(-0.06, top - 0.02), (-0.15, top + 0.05), (-0.19, top + 0.17)], [0.06, 0.055, 0.07]),
                shifted(actor.accent, value=0.85),
            )
        )
        parts.append(
            Part(
                limb([(-0.075, top - 0.035), (0.0, top - 0.008), (0.085, top - 0.04)], [0.06, 0.068, 0.06]),
                actor.accent,
            )
        )
    return parts


def _head(actor: Actor, build: Build, drop: float) -> list[Part]:
    r, y = build.head, build.head_y + drop
    parts: list[Part] = []
    if "long_hair" in actor.traits:
        parts.append(
            Part(smooth([(-r * 0.5, y - r), (r * 0.3, y - r * 0.9), (-r * 0.1, y + r * 0.4),
                (-r * 0.45, y + r * 2.0),
                         (-r * 1.25, y + r * 1.7), (-r * 1.25, y - r * 0.1)]), actor.hair)
        )  # fmt: skip
    parts += [
        Part(oval(0.012, y, r * 0.93, r), actor.skin),
        Part(oval(r * 0.98, y + r * 0.18, r * 0.17, r * 0.13), actor.skin),
        Part(oval(-r * 0.18, y + r * 0.15, r * 0.16, r * 0.22), shifted(actor.skin, value=0.86)),
        Part(oval(r * 0.55, y + r * 0.38, r * 0.2, r * 0.13), mix(actor.skin, (230, 96, 86), 0.28)),
        Part(oval(r * 0.55, y - r * 0.02, r * 0.085, r * 0.13), DARK),
        Part(limb([(r * 0.36, y - r * 0.27), (r * 0.58, y - r * 0.33),
            (r * 0.76, y - r * 0.27)], [r * 0.06, r * 0.09, r * 0.05]), shifted(actor.hair, value=0.8)),
        Part(limb([(r * 0.5, y + r * 0.58), (r * 0.68, y + r * 0.6),
            (r * 0.8, y + r * 0.5)], [r * 0.05, r * 0.08, r * 0.04]), shifted(actor.skin, value=0.6)),
    ]  # fmt: skip
    if "beard" in actor.traits:
        parts.append(
            Part(smooth([(-r * 0.3, y + r * 0.1), (r * 0.25, y + r * 0.55), (r * 0.9, y + r * 0.42),
                (r * 0.95, y + r * 0.9),
                         (r * 0.4, y + r * 1.65), (-r * 0.3, y + r * 1.05)]), actor.hair)
        )  # fmt: skip
    hair = smooth(
        [(-r * 0.95, y + r * 0.45), (-r * 1.08, y - r * 0.3), (-r * 0.5, y - r * 1.12),
            (r * 0.35, y - r * 1.16), (r * 0.95, y - r * 0.62),
         (r * 0.72, y - r * 0.5), (r * 0.1, y - r * 0.52), (-r * 0.28, y - r * 0.1),
             (-r * 0.38, y + r * 0.5)], 5,
    )  # fmt: skip
    parts.append(Part(hair, actor.hair))
    if "hat" in actor.traits:
        parts += _hat(actor, r, y - r * 0.5)
    return parts


def _hat(actor: Actor, r: float, brim: float) -> list[Part]:
    crown = [
        (-r * 1.08, brim),
        (-r * 0.95, brim - r * 0.75),
        (0, brim - r * 1.0),
        (r * 0.9, brim - r * 0.6),
        (r * 0.98, brim),
    ]
    edge = [(-r * 1.05, brim), (r * 0.9, brim - r * 0.02), (r * 1.5, brim + r * 0.14)]
    return [
        Part(smooth(crown, 5), actor.accent),
        Part(limb(edge, [r * 0.2, r * 0.24, r * 0.14]), shifted(actor.accent, value=0.75)),
    ]


def _arm(build: Build, pose: str, drop: float, sleeve: Colour, skin: Colour, *, near: bool) -> list[Part]:
    y = build.shoulder + drop + 0.03
    wide, reach = build.girth, -build.shoulder - 0.02
    start = (-wide * 0.45 if near else wide * 0.5, y)
    if pose == "reach":
        lift = 0.02 if near else -0.07
        joints = [start, (start[0] + reach * 0.17, y + 0.10), (start[0] + reach * 0.42, y + lift)]
    elif pose == "walk":
        swing = 0.16 if near else -0.17
        joints = [
            start,
            (start[0] + swing * 0.5, y + reach * 0.24),
            (start[0] + swing * 1.5, y + reach * 0.36),
        ]
    elif pose == "sit":
        joints = [start, (start[0] + 0.03, y + 0.14), (start[0] + 0.17, y + 0.17)]
    else:
        bend = 0.02 if near else -0.02
        joints = [start, (start[0] - bend * 1.2, y + reach * 0.22), (start[0] + 0.02, y + reach * 0.43)]
    return [
        Part(oval(*joints[2], wide * 0.24), skin),
        Part(limb(joints, [wide * 0.58, wide * 0.5, wide * 0.42]), sleeve),
    ]


def astronaut(actor: Actor, pose: str) -> list[Part]:
    """A figure in a space suit with a golden visor."""
    suit, shade = actor.main, shifted(actor.main, value=0.78)
    reach = pose == "reach"
    step = 0.10 if pose == "walk" else 0.03
    return [
        Part(rounded(-0.24, -0.82, -0.03, -0.42, 0.05), shifted(suit, value=0.66)),
        Part(limb([(0.06, -0.70), (0.20, -0.62), (0.30, -0.74 if reach else -0.50)], [0.13, 0.12, 0.10]),
            shade),
        Part(limb([(-0.05, -0.42), (-0.07 - step * 0.5, -0.22),
            (-0.08 - step, -0.04)], [0.17, 0.15, 0.13]), shade),
        Part(limb([(-0.10 - step, -0.03), (0.0 - step, -0.025)], [0.09, 0.07]), DARK),
        Part(limb([(0.05, -0.42), (0.07 + step * 0.5, -0.22), (0.08 + step, -0.04)], [0.17, 0.15, 0.13]),
            suit),
        Part(limb([(0.06 + step, -0.03), (0.16 + step, -0.025)], [0.09, 0.07]), DARK),
        Part(smooth([(-0.12, -0.76), (0.12, -0.76), (0.165, -0.60), (0.14, -0.38), (-0.14, -0.38),
            (-0.165, -0.60)]), suit),
        Part(limb([(-0.135, -0.44), (0.135, -0.44)], [0.035, 0.035]), actor.accent),
        Part(rounded(-0.035, -0.66, 0.115, -0.54, 0.015), shifted(suit, value=0.6)),
        Part(oval(0.005, -0.61, 0.015), colour("#e0584f"), lit=False),
        Part(oval(0.05, -0.61, 0.015), colour("#6fd3c8"), lit=False),
        Part(oval(0.0, -0.87, 0.155, 0.145), suit),
        Part(oval(0.045, -0.865, 0.112, 0.10), shifted(colour("#c9842f"), value=0.62)),
        Part(oval(0.05, -0.872, 0.10, 0.088), colour("#e6a943")),
        Part(oval(0.075, -0.905, 0.042, 0.022, -20), colour("#fff0c4"), lit=False),
        Part(limb([(-0.08, -0.70), (-0.12, -0.56), (-0.02, -0.45) if not reach else (0.10, -0.60)], [0.13,
            0.12, 0.10]), mix(suit, shade, 0.55)),
        Part(limb([(-0.15, -0.62), (-0.07, -0.60)], [0.03, 0.03]), actor.accent),
    ]  # fmt: skip


def robot(actor: Actor, pose: str) -> list[Part]:
    """A friendly machine with round eyes and an aerial."""
    shell, dark = actor.main, mix(shifted(actor.main, value=0.45), DARK, 0.4)
    pale = mix(shell, WHITE, 0.35)
    lamp = colour("#7ff0e2")
    raised = pose in {"reach", "walk"}
    hand: Point = (0.34, -0.66) if raised else (0.26, -0.32)
    step = 0.06 if pose == "walk" else 0.0
    return [
        Part(limb([(0.10, -0.60), (0.22, -0.50), hand], [0.055, 0.05, 0.05]), dark),
        Part(oval(*hand, 0.045), shell),
        Part(limb([(hand[0], hand[1]), (hand[0] + 0.05, hand[1] - 0.05)], [0.026, 0.018]), dark),
        Part(limb([(-0.07, -0.32), (-0.08 - step, -0.06)], [0.06, 0.06]), dark),
        Part(limb([(0.07, -0.32), (0.08 + step, -0.06)], [0.06, 0.06]), dark),
        Part(rounded(-0.16 - step, -0.075, -0.01 - step, 0.0, 0.035), shifted(shell, value=0.8)),
        Part(rounded(0.015 + step, -0.075, 0.17 + step, 0.0, 0.035), shell),
        Part(smooth([(-0.15, -0.63), (0.15, -0.63), (0.175, -0.47), (0.12, -0.29), (-0.12, -0.29),
            (-0.175, -0.47)]), shell),
        Part(rounded(-0.055, -0.56, 0.115, -0.42, 0.025), pale),
        Part(oval(0.0, -0.49, 0.026), actor.accent),
        Part(limb([(0.045, -0.52), (0.09, -0.52)], [0.014, 0.014]), dark),
        Part(limb([(0.045, -0.48), (0.09, -0.48)], [0.014, 0.014]), dark),
        Part(limb([(0.0, -0.62), (0.0, -0.70)], [0.07, 0.06]), dark),
        Part(limb([(-0.04, -0.90), (-0.055, -0.98)], [0.016, 0.012]), dark),
        Part(oval(-0.055, -0.985, 0.024), actor.accent, lit=False),
        Part(rounded(-0.19, -0.925, 0.19, -0.675, 0.085), shell),
        Part(rounded(-0.10, -0.885, 0.175, -0.72, 0.06), dark),
        Part(oval(-0.015, -0.805, 0.042), lamp, lit=False),
        Part(oval(0.105, -0.805, 0.042), lamp, lit=False),
        Part(oval(-0.005, -0.82, 0.014), WHITE, lit=False),
        Part(oval(0.115, -0.82, 0.014), WHITE, lit=False),
        Part(oval(-0.19, -0.80, 0.028, 0.05), shifted(shell, value=0.75)),
        Part(limb([(-0.12, -0.58), (-0.22, -0.44), (-0.16, -0.30)], [0.06, 0.055, 0.05]),
            shifted(shell, value=0.62)),
        Part(oval(-0.155, -0.28, 0.045), shell),
    ]  # fmt: skip

"""Four-legged animals: one drawing, told apart by proportions. Units: feet at y = 0, looking to the right."""

from __future__ import annotations

from dataclasses import dataclass, replace

from shared.providers.draft.pictures.colours import WHITE, Colour, brightness, colour, mix, shifted
from shared.providers.draft.pictures.reading import Actor
from shared.providers.draft.pictures.shapes import Part, Point, limb, oval, smooth

DARK = colour("#241f26")
_BLACKISH = 0.3


@dataclass(frozen=True, slots=True)
class Frame:
    """What tells one four-legged animal from another."""

    length: float = 0.80
    leg: float = 0.38
    chest: float = 0.30
    loin: float = 0.25
    leg_width: float = 0.085
    head: Point = (0.56, -0.80)
    head_size: float = 0.155
    snout: float = 0.16
    snout_width: float = 0.12
    neck: float = 0.20
    ears: str = "pointed"
    tail: str = "thin"
    pale: float = 0.45
    """How much lighter chest, muzzle and tail tip are."""
    stockings: bool = False


FRAMES = {
    "cat": Frame(head=(0.48, -0.74), head_size=0.17, snout=0.05, snout_width=0.13, chest=0.24, loin=0.23,
        leg=0.36, tail="raised", pale=0.3),
    "dog": Frame(ears="floppy", tail="wag", head=(0.52, -0.84),
        head_size=0.165, snout=0.17, snout_width=0.13, pale=0.35),
    "fox": Frame(leg=0.34, chest=0.25, loin=0.21, head=(0.52, -0.70),
        head_size=0.15, snout=0.19, snout_width=0.085, tail="brush", pale=0.85, stockings=True,
        leg_width=0.07),
    "wolf": Frame(head=(0.56, -0.76), head_size=0.15, snout=0.2, snout_width=0.11, tail="brush", pale=0.4),
    "bear": Frame(length=0.86, leg=0.30, chest=0.46, loin=0.46, leg_width=0.17, head=(0.56, -0.66),
        head_size=0.185, snout=0.14, snout_width=0.15, neck=0.34, ears="round", tail="stub", pale=0.25),
    "lion": Frame(head=(0.54, -0.80), head_size=0.17, snout=0.12, snout_width=0.16, ears="round",
        tail="tuft", pale=0.3, chest=0.32),
    "rabbit": Frame(length=0.5, leg=0.16, chest=0.30, loin=0.40, head=(0.32, -0.52),
        head_size=0.155, snout=0.06, snout_width=0.13, ears="long", tail="puff", leg_width=0.10, pale=0.6),
    "mouse": Frame(length=0.46, leg=0.12, chest=0.28, loin=0.38, head=(0.34, -0.36),
        head_size=0.15, snout=0.13, snout_width=0.09, ears="dish", tail="whip", leg_width=0.06, pale=0.5),
    "horse": Frame(length=0.74, leg=0.46, chest=0.27, loin=0.26, head=(0.56, -0.98),
        head_size=0.10, snout=0.19, snout_width=0.12, neck=0.19, ears="small", tail="long", pale=0.15,
        leg_width=0.07),
    "deer": Frame(length=0.64, leg=0.46, chest=0.23, loin=0.21, head=(0.48, -0.98),
        head_size=0.095, snout=0.14, snout_width=0.08, neck=0.12, ears="antlers", tail="stub", pale=0.6,
        leg_width=0.05),
    "elephant": Frame(length=0.72, leg=0.36, chest=0.54, loin=0.50, leg_width=0.19, head=(0.52, -0.78),
        head_size=0.21, snout=0.0, snout_width=0.1, neck=0.36, ears="fans", tail="thin", pale=0.15),
}  # fmt: skip


SITTERS = frozenset({"cat", "dog", "fox", "wolf", "lion", "bear", "rabbit", "mouse"})


def _seated(actor: Actor, frame: Frame) -> list[Part]:
    """Sitting upright with the tail around the feet."""
    coat, pale = actor.main, mix(actor.main, (255, 248, 238), frame.pale)
    far = shifted(coat, value=0.72)
    hoof = mix(coat, DARK, 0.75) if frame.stockings else coat
    bulk = 0.8 + frame.chest * 0.8
    body = smooth(
        [
            (-0.30 * bulk, -0.03), (-0.36 * bulk, -0.20), (-0.24 * bulk, -0.44), (-0.02, -0.66),
            (0.16, -0.66), (0.24 * bulk, -0.46), (0.20 * bulk, -0.2), (0.16, -0.02),
        ], 8,
    )  # fmt: skip
    tail_width = 0.17 if frame.tail == "brush" else 0.075
    tail = limb(
        [(-0.28 * bulk, -0.06), (-0.46 * bulk, -0.09), (-0.60, -0.20), (-0.62, -0.40)],
        [tail_width * 0.7, tail_width, tail_width, tail_width * 0.3],
        8,
    )
    parts = [Part(tail, coat)]
    if frame.tail in {"puff", "stub"}:
        parts = [Part(oval(-0.36 * bulk, -0.13, 0.075), pale)]
    elif frame.tail == "brush":
        tip = limb([(-0.61, -0.26), (-0.62, -0.40)], [tail_width * 0.9, tail_width * 0.25])
        parts.append(Part(tip, pale))
    parts += [
        Part(limb([(0.20, -0.42), (0.24, -0.2), (0.23, -0.03)], [0.15, 0.10, 0.085]), far),
        Part(limb([(0.22, -0.035), (0.29, -0.03)], [0.075, 0.06]), shifted(hoof, value=0.8)),
        Part(body, coat),
        Part(smooth([(0.10, -0.62), (0.22 * bulk, -0.46), (0.19, -0.26), (0.08, -0.42)], 6), pale),
        Part(oval(-0.13 * bulk, -0.16, 0.19 * bulk, 0.17), shifted(coat, value=0.9)),
        Part(limb([(-0.12 * bulk, -0.035), (0.03, -0.03)], [0.075, 0.06]), shifted(hoof, value=0.9)),
        Part(limb([(0.11, -0.42), (0.13, -0.2), (0.12, -0.03)], [0.16, 0.105, 0.09]), coat),
        Part(limb([(0.12, -0.035), (0.19, -0.03)], [0.08, 0.065]), hoof),
    ]
    parts.append(Part(limb([(0.06, -0.58), (0.12, -0.76)], [0.30 * bulk, 0.26 * bulk]), coat))
    raised = replace(frame, head=(0.17 + 0.25 * (frame.snout - 0.1), -0.80))
    if actor.kind == "lion":
        parts.append(Part(oval(0.10, -0.72, 0.27, 0.29), shifted(coat, value=0.6)))
    return parts + _animal_head(raised, coat, pale)


def quadruped(actor: Actor, pose: str) -> list[Part]:
    """A four-legged animal, walking or at rest."""
    frame = FRAMES[actor.kind]
    if pose == "sit" and actor.kind in SITTERS:
        return _seated(actor, frame)
    coat, pale = actor.main, mix(actor.main, (255, 248, 238), frame.pale)
    back_y, front_y = -frame.leg - frame.loin * 0.42, -frame.leg - frame.chest * 0.45
    rear, front = -frame.length * 0.5, frame.length * 0.40
    stride = 0.0 if pose == "sit" else 0.09
    far, hoof = (
        shifted(coat, value=0.72),
        mix(coat, DARK, 0.75) if frame.stockings else shifted(coat, value=0.7),
    )
    parts = _tail(frame, (rear - frame.loin * 0.30, back_y - frame.loin * 0.1), coat, pale)
    for x, reach, tone in (
        (rear + 0.10, stride * 1.1, far), (front - 0.10, -stride, far), (rear, -stride, coat),
            (front, stride * 1.2, coat)
    ):  # fmt: skip
        parts += _leg(frame, x, reach, tone, hoof, hind=x < 0)
    body = limb(
        [(rear, back_y), ((rear + front) / 2, (back_y + front_y) / 2 - 0.005), (front, front_y)],
        [frame.loin * 1.12, frame.loin * 0.84, frame.chest * 1.04], 8,
    )  # fmt: skip
    parts.append(Part(body, coat))
    parts.append(
        Part(
            oval(
                front + frame.chest * 0.22,
                front_y + frame.chest * 0.14,
                frame.chest * 0.26,
                frame.chest * 0.34,
                -20,
            ),
            pale,
        )
    )
    if actor.kind == "lion":
        parts.append(
            Part(oval(frame.head[0] - 0.07, frame.head[1] + 0.08, 0.27, 0.30), shifted(coat, value=0.6))
        )
    neck_end = (frame.head[0] - frame.head_size * 0.15, frame.head[1] + frame.head_size * 0.2)
    parts.append(Part(limb([(front - 0.02, front_y), neck_end], [frame.chest * 0.86, frame.neck]), coat))
    if actor.kind == "horse":
        parts.append(
            Part(
                limb(
                    [
                        (front - 0.16, front_y - 0.1),
                        (neck_end[0] - 0.12, neck_end[1] + 0.1),
                        (neck_end[0] - 0.02, neck_end[1] - 0.1),
                    ],
                    [0.05, 0.11, 0.05],
                ),
                mix(coat, DARK, 0.6),
            )
        )
    return parts + _animal_head(frame, coat, pale)


def _leg(frame: Frame, x: float, reach: float, tone: Colour, hoof: Colour, *, hind: bool) -> list[Part]:
    top = -frame.leg - 0.04
    bend = -0.05 if hind else 0.03
    knee, foot = (x + reach * 0.3 - bend * 0.4, -frame.leg * 0.52), (x + reach + bend * 0.4, -0.02)
    width = frame.leg_width
    thigh = width * (2.1 if hind else 1.6)
    return [
        Part(limb([(x, top), knee, foot], [thigh, width * 1.05, width * 0.8]), tone),
        Part(limb([(foot[0] - 0.005, foot[1] - frame.leg * 0.14),
            foot, (foot[0] + 0.035, -0.012)], [width * 0.8, width * 0.82, width * 0.6]), hoof),
    ]  # fmt: skip


def _tail(frame: Frame, root: Point, coat: Colour, pale: Colour) -> list[Part]:
    x, y = root
    tails: dict[str, tuple[list[Point], list[float]]] = {
        "thin": ([(x, y), (x - 0.08, y + 0.1), (x - 0.10, y + 0.28)], [0.05, 0.035, 0.03]),
        "raised": (
            [(x + 0.06, y), (x - 0.12, y - 0.04), (x - 0.18, y - 0.24), (x - 0.09, y - 0.40)],
            [0.08, 0.07, 0.06, 0.045],
        ),
        "wag": ([(x + 0.06, y), (x - 0.10, y - 0.12), (x - 0.12, y - 0.28)], [0.09, 0.07, 0.035]),
        "brush": (
            [(x + 0.08, y), (x - 0.14, y + 0.02), (x - 0.34, y + 0.13), (x - 0.48, y + 0.10)],
            [0.07, 0.17, 0.16, 0.03],
        ),
        "stub": ([(x + 0.06, y), (x - 0.02, y - 0.02)], [0.08, 0.05]),
        "puff": ([(x + 0.08, y + 0.08), (x + 0.03, y + 0.06)], [0.13, 0.12]),
        "whip": ([(x + 0.08, y + 0.14), (x - 0.14, y + 0.22), (x - 0.32, y + 0.10)], [0.04, 0.025, 0.01]),
        "long": ([(x + 0.05, y), (x - 0.08, y + 0.05), (x - 0.12, y + 0.34)], [0.07, 0.11, 0.04]),
        "tuft": ([(x + 0.05, y), (x - 0.12, y + 0.06), (x - 0.20, y + 0.26)], [0.05, 0.035, 0.035]),
    }
    points, widths = tails[frame.tail]
    parts = [Part(limb(points, widths, 8), mix(coat, DARK, 0.5) if frame.tail == "long" else coat)]
    if frame.tail == "brush":
        parts.append(
            Part(
                limb(
                    [(x - 0.36, y + 0.135), (x - 0.44, y + 0.12), (x - 0.49, y + 0.095)], [0.13, 0.09, 0.025]
                ),
                pale,
            )
        )
    if frame.tail == "tuft":
        parts.append(Part(oval(x - 0.20, y + 0.28, 0.05, 0.07), shifted(coat, value=0.5)))
    return parts


def _animal_head(frame: Frame, coat: Colour, pale: Colour) -> list[Part]:
    (x, y), r = frame.head, frame.head_size
    parts = _ears(frame, coat, far=True)
    if frame.ears == "fans":
        trunk = limb(
            [
                (x + r * 0.4, y),
                (x + r * 1.2, y + r * 0.7),
                (x + r * 1.25, y + r * 2.0),
                (x + r * 1.65, y + r * 2.6),
            ],
            [r * 1.1, r * 0.7, r * 0.45, r * 0.3],
            8,
        )
        parts += [
            Part(trunk, coat),
            Part(
                limb([(x + r * 0.7, y + r * 0.9), (x + r * 1.5, y + r * 1.3)], [r * 0.22, r * 0.06]),
                colour("#f4ead6"),
            ),
        ]
    nose = (x + r * 0.55 + frame.snout, y + r * 0.30)
    parts.append(Part(oval(x, y, r * 1.05, r * 0.95), coat))
    if frame.ears != "fans":
        parts.append(
            Part(limb([(x + r * 0.15, y + r * 0.12), nose], [r * 1.5, frame.snout_width * 0.75]), coat)
        )
        parts.append(
            Part(
                limb(
                    [(x + r * 0.1, y + r * 0.62), (nose[0] - 0.02, nose[1] + frame.snout_width * 0.2)],
                    [r * 0.62, frame.snout_width * 0.42],
                ),
                pale,
            )
        )
        parts.append(
            Part(
                oval(
                    nose[0] + frame.snout_width * 0.22,
                    nose[1] - frame.snout_width * 0.12,
                    frame.snout_width * 0.24,
                ),
                DARK,
            )
        )
    eye = oval(x + r * 0.48, y - r * 0.14, r * 0.13, r * 0.16)
    if brightness(coat) < _BLACKISH:  # a black eye on a black coat would be lost
        parts.append(Part(eye, colour("#f2c14e"), lit=False))
        parts.append(Part(oval(x + r * 0.50, y - r * 0.14, r * 0.045, r * 0.13), DARK, lit=False))
    else:
        parts.append(Part(eye, DARK))
        parts.append(Part(oval(x + r * 0.52, y - r * 0.20, r * 0.045), WHITE))
    return parts + _ears(frame, coat, far=False)


def _ears(frame: Frame, coat: Colour, *, far: bool) -> list[Part]:
    (x, y), r = frame.head, frame.head_size
    side = r * 0.42 if far else -r * 0.34
    tone = shifted(coat, value=0.75) if far else coat
    inner = mix(coat, (240, 170, 160), 0.4)
    x += side
    if frame.ears in {"pointed", "small"}:
        tall = r * (1.0 if frame.ears == "pointed" else 0.75)
        outer = (
            (x - r * 0.42, y - r * 0.5),
            (x - r * 0.12, y - r * 0.75 - tall),
            (x + r * 0.42, y - r * 0.62),
        )
        core = (
            (x - r * 0.22, y - r * 0.62),
            (x - r * 0.08, y - r * 0.68 - tall * 0.7),
            (x + r * 0.22, y - r * 0.68),
        )
        return [Part(outer, tone), Part(core, inner if not far else tone)]
    if frame.ears in {"round", "dish"}:
        size = r * (0.36 if frame.ears == "round" else 0.6)
        return [Part(oval(x, y - r * 0.82, size), tone), Part(oval(x, y - r * 0.80, size * 0.58), inner)]
    if frame.ears == "long":
        return [
            Part(
                limb(
                    [(x, y - r * 0.6), (x - r * 0.35, y - r * 1.7), (x - r * 0.5, y - r * 2.5)],
                    [r * 0.4, r * 0.5, r * 0.2],
                ),
                tone,
            ),
            Part(
                limb([(x - r * 0.1, y - r * 0.9), (x - r * 0.42, y - r * 2.2)], [r * 0.18, r * 0.14]), inner
            ),
        ]
    if frame.ears == "floppy":
        return (
            []
            if far
            else [
                Part(
                    limb(
                        [(x, y - r * 0.65), (x - r * 0.4, y - r * 0.1), (x - r * 0.3, y + r * 0.65)],
                        [r * 0.4, r * 0.62, r * 0.4],
                    ),
                    shifted(coat, value=0.7),
                )
            ]
        )
    if frame.ears == "fans":
        return (
            []
            if far
            else [Part(oval(x - r * 0.45, y + r * 0.1, r * 0.85, r * 1.1, 10), shifted(coat, value=0.84))]
        )
    antler = mix(coat, colour("#e8d8b8"), 0.6)
    horn = [
        limb(
            [(x, y - r * 0.7), (x - r * 0.7, y - r * 2.2), (x - r * 0.2, y - r * 3.4)],
            [r * 0.22, r * 0.18, r * 0.06],
        ),
        limb([(x - r * 0.5, y - r * 1.7), (x + r * 0.35, y - r * 2.5)], [r * 0.16, r * 0.05]),
        limb([(x - r * 0.68, y - r * 2.4), (x - r * 1.3, y - r * 3.2)], [r * 0.15, r * 0.05]),
    ]
    return [
        Part(limb([(x - r * 0.1, y - r * 0.5), (x - r * 0.8, y - r * 1.0)], [r * 0.4, r * 0.15]), tone),
        *(Part(h, antler) for h in horn),
    ]

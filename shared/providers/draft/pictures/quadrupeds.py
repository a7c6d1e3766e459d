"""Four-legged animals: one drawing, told apart by proportions. Units: feet at y = 0, looking to the right."""

from __future__ import annotations

from dataclasses import replace

from shared.providers.draft.pictures.colours import Colour, mix, shifted
from shared.providers.draft.pictures.heads import DARK, animal_head
from shared.providers.draft.pictures.proportions import PROPORTIONS, Proportions
from shared.providers.draft.pictures.reading import Actor
from shared.providers.draft.pictures.shapes import Part, Point, limb, oval, smooth

SITTERS = frozenset({"cat", "dog", "fox", "wolf", "lion", "bear", "rabbit", "mouse"})


def _seated(actor: Actor, animal: Proportions) -> list[Part]:
    """Sitting upright with the tail around the feet."""
    coat, pale = actor.main, mix(actor.main, (255, 248, 238), animal.pale)
    far = shifted(coat, value=0.72)
    hoof = mix(coat, DARK, 0.75) if animal.stockings else coat
    bulk = 0.8 + animal.chest * 0.8
    body = smooth(
        [
            (-0.30 * bulk, -0.03), (-0.36 * bulk, -0.20), (-0.24 * bulk, -0.44), (-0.02, -0.66),
            (0.16, -0.66), (0.24 * bulk, -0.46), (0.20 * bulk, -0.2), (0.16, -0.02),
        ], 8,
    )  # fmt: skip
    tail_width = 0.17 if animal.tail == "brush" else 0.075
    tail = limb(
        [(-0.28 * bulk, -0.06), (-0.46 * bulk, -0.09), (-0.60, -0.20), (-0.62, -0.40)],
        [tail_width * 0.7, tail_width, tail_width, tail_width * 0.3],
        8,
    )
    parts = [Part(tail, coat)]
    if animal.tail in {"puff", "stub"}:
        parts = [Part(oval(-0.36 * bulk, -0.13, 0.075), pale)]
    elif animal.tail == "brush":
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
    raised = replace(animal, head=(0.17 + 0.25 * (animal.snout - 0.1), -0.80))
    if actor.kind == "lion":
        parts.append(Part(oval(0.10, -0.72, 0.27, 0.29), shifted(coat, value=0.6)))
    return parts + animal_head(raised, coat, pale)


def quadruped(actor: Actor, pose: str) -> list[Part]:
    """A four-legged animal, walking or at rest."""
    animal = PROPORTIONS[actor.kind]
    if pose == "sit" and actor.kind in SITTERS:
        return _seated(actor, animal)
    coat, pale = actor.main, mix(actor.main, (255, 248, 238), animal.pale)
    back_y, front_y = -animal.leg - animal.loin * 0.42, -animal.leg - animal.chest * 0.45
    rear, front = -animal.length * 0.5, animal.length * 0.40
    chest = animal.chest
    parts = _tail(animal, (rear - animal.loin * 0.30, back_y - animal.loin * 0.1), coat, pale)
    parts += _legs(animal, rear, front, coat, stride=0.0 if pose == "sit" else 0.09)
    trunk = limb(
        [(rear, back_y), ((rear + front) / 2, (back_y + front_y) / 2 - 0.005), (front, front_y)],
        [animal.loin * 1.12, animal.loin * 0.84, chest * 1.04], 8,
    )  # fmt: skip
    parts.append(Part(trunk, coat))
    parts.append(
        Part(oval(front + chest * 0.22, front_y + chest * 0.14, chest * 0.26, chest * 0.34, -20), pale)
    )
    (head_x, head_y), size = animal.head, animal.head_size
    if actor.kind == "lion":
        parts.append(Part(oval(head_x - 0.07, head_y + 0.08, 0.27, 0.30), shifted(coat, value=0.6)))
    neck_x, neck_y = head_x - size * 0.15, head_y + size * 0.2
    parts.append(Part(limb([(front - 0.02, front_y), (neck_x, neck_y)], [chest * 0.86, animal.neck]), coat))
    if actor.kind == "horse":
        mane = [(front - 0.16, front_y - 0.1), (neck_x - 0.12, neck_y + 0.1), (neck_x - 0.02, neck_y - 0.1)]
        parts.append(Part(limb(mane, [0.05, 0.11, 0.05]), mix(coat, DARK, 0.6)))
    return parts + animal_head(animal, coat, pale)


def _legs(animal: Proportions, rear: float, front: float, coat: Colour, *, stride: float) -> list[Part]:
    """All four, the far ones first and darker."""
    far = shifted(coat, value=0.72)
    hoof = mix(coat, DARK, 0.75) if animal.stockings else shifted(coat, value=0.7)
    places = (
        (rear + 0.10, stride * 1.1, far),
        (front - 0.10, -stride, far),
        (rear, -stride, coat),
        (front, stride * 1.2, coat),
    )
    return [part for x, reach, tone in places for part in _leg(animal, x, reach, tone, hoof, hind=x < 0)]


def _leg(
    animal: Proportions, x: float, reach: float, tone: Colour, hoof: Colour, *, hind: bool
) -> list[Part]:
    top = -animal.leg - 0.04
    bend = -0.05 if hind else 0.03
    knee, foot = (x + reach * 0.3 - bend * 0.4, -animal.leg * 0.52), (x + reach + bend * 0.4, -0.02)
    width = animal.leg_width
    thigh = width * (2.1 if hind else 1.6)
    return [
        Part(limb([(x, top), knee, foot], [thigh, width * 1.05, width * 0.8]), tone),
        Part(limb([(foot[0] - 0.005, foot[1] - animal.leg * 0.14),
            foot, (foot[0] + 0.035, -0.012)], [width * 0.8, width * 0.82, width * 0.6]), hoof),
    ]  # fmt: skip


def _tail(animal: Proportions, root: Point, coat: Colour, pale: Colour) -> list[Part]:
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
    points, widths = tails[animal.tail]
    parts = [Part(limb(points, widths, 8), mix(coat, DARK, 0.5) if animal.tail == "long" else coat)]
    if animal.tail == "brush":
        parts.append(
            Part(
                limb(
                    [(x - 0.36, y + 0.135), (x - 0.44, y + 0.12), (x - 0.49, y + 0.095)], [0.13, 0.09, 0.025]
                ),
                pale,
            )
        )
    if animal.tail == "tuft":
        parts.append(Part(oval(x - 0.20, y + 0.28, 0.05, 0.07), shifted(coat, value=0.5)))
    return parts

"""Plants of the scenery, as single outlines: they grow in rows and crowds."""

from __future__ import annotations

import math
from random import Random

from shared.providers.draft.pictures.shapes import Outline, limb, oval, smooth


def conifer(rng: Random, x: float, y: float, height: float) -> list[Outline]:
    """A fir with drooping tiers, standing at (x, y)."""
    outlines: list[Outline] = [((x - height * 0.02, y), (x + height * 0.02, y), (x, y - height * 0.5))]
    tiers = 6
    lean = rng.uniform(-0.01, 0.01) * height
    for tier in range(tiers):
        top = y - height * (1 - tier * 0.145)
        width = height * (0.06 + tier * 0.034) * rng.uniform(0.9, 1.1)
        low = top + height * 0.26
        cx = x + lean * (tiers - tier) / tiers
        outlines.append(
            (
                (cx, top),
                (cx + width * 0.5, low - height * 0.09),
                (cx + width, low),
                (cx + width * 0.45, low - height * 0.03),
                (cx, low - height * 0.005),
                (cx - width * 0.5, low - height * 0.03),
                (cx - width, low + height * 0.006),
                (cx - width * 0.45, low - height * 0.1),
            )
        )
    return outlines


def broadleaf(rng: Random, x: float, y: float, height: float) -> tuple[list[Outline], list[Outline]]:
    """A round-crowned tree: (trunk and boughs, crown)."""
    trunk = [
        limb([(x, y + 0.01), (x + height * 0.01, y - height * 0.3), (x, y - height * 0.6)],
             [height * 0.085, height * 0.05, height * 0.03]),
        limb([(x, y - height * 0.35), (x + height * 0.14, y - height * 0.6)], [height * 0.035,
            height * 0.012]),
        limb([(x, y - height * 0.4), (x - height * 0.15, y - height * 0.58)], [height * 0.03,
            height * 0.012]),
    ]  # fmt: skip
    crown = [oval(x, y - height * 0.7, height * 0.22, height * 0.2)]
    for i in range(9):
        angle = i * math.tau / 9 + rng.uniform(-0.2, 0.2)
        size = height * rng.uniform(0.10, 0.15)
        crown.append(
            oval(
                x + math.cos(angle) * height * 0.22, y - height * 0.7 + math.sin(angle) * height * 0.17, size
            )
        )
    return trunk, crown


def bare_trunk(rng: Random, x: float, y: float, width: float, height: float) -> list[Outline]:
    """A tall trunk that leaves the picture at the top, with a few broken boughs."""
    sway = rng.uniform(-0.03, 0.03)
    outlines = [
        limb(
            [(x, y + 0.02), (x + sway * 0.3, y - height * 0.3), (x + sway, y - height)],
            [width * 1.7, width, width * 0.7],
        )
    ]
    for _ in range(rng.randint(2, 4)):
        up = y - height * rng.uniform(0.3, 0.8)
        side = rng.choice((-1, 1))
        length = width * rng.uniform(2, 4)
        outlines.append(
            limb(
                [
                    (x, up),
                    (x + side * length * 0.6, up - length * 0.25),
                    (x + side * length, up - length * 0.7),
                ],
                [width * 0.32, width * 0.2, width * 0.05],
            )
        )
    return outlines


def palm(rng: Random, x: float, y: float, height: float) -> list[Outline]:
    """A palm with arching fronds."""
    lean = rng.uniform(-0.18, 0.18) * height
    top = (x + lean, y - height * 0.8)
    outlines = [
        limb(
            [(x, y), (x + lean * 0.35, y - height * 0.4), top],
            [height * 0.05, height * 0.035, height * 0.025],
        )
    ]
    for i in range(9):
        angle = math.radians(-190 + i * 25 + rng.uniform(-6, 6))
        reach = height * rng.uniform(0.28, 0.36)
        middle = (
            top[0] + math.cos(angle) * reach * 0.6,
            top[1] + math.sin(angle) * reach * 0.6 - height * 0.03,
        )
        tip = (top[0] + math.cos(angle) * reach, top[1] + math.sin(angle) * reach * 0.7 + height * 0.1)
        outlines.append(limb([top, middle, tip], [height * 0.012, height * 0.055, height * 0.004]))
    return outlines


def grass(rng: Random, left: float, right: float, y: float, height: float, number: int) -> list[Outline]:
    """Blades of grass along a line."""
    blades: list[Outline] = []
    for _ in range(number):
        x = rng.uniform(left, right)
        tall = height * rng.uniform(0.5, 1.0)
        bend = rng.uniform(-0.5, 0.5) * tall
        blades.append(
            limb([(x, y), (x + bend * 0.3, y - tall * 0.6), (x + bend, y - tall)],
                 [tall * 0.09, tall * 0.06, tall * 0.008], 4)
        )  # fmt: skip
    return blades


def leafy_branch(rng: Random, x: float, y: float, length: float, angle: float) -> list[Outline]:
    """A branch with leaves that reaches into the picture; `angle` in degrees."""
    direction = math.radians(angle)
    outlines: list[Outline] = []
    points = []
    for i in range(5):
        reach = length * i / 4
        droop = 0.16 * length * (i / 4) ** 2
        points.append((x + math.cos(direction) * reach, y + math.sin(direction) * reach + droop))
    outlines.append(
        limb(points, [length * 0.035, length * 0.028, length * 0.02, length * 0.014, length * 0.006])
    )
    for i in range(15):
        share = 0.12 + 0.9 * i / 15
        px = x + math.cos(direction) * length * share
        py = y + math.sin(direction) * length * share + 0.16 * length * share**2
        turn = math.degrees(direction) + rng.choice((-1, 1)) * rng.uniform(25, 70)
        size = length * rng.uniform(0.075, 0.12)
        tilt = math.radians(turn)
        outlines.append(_leaf(px + math.cos(tilt) * size, py + math.sin(tilt) * size, size, turn))
    return outlines


def _leaf(x: float, y: float, size: float, turn: float) -> Outline:
    cosine, sine = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    shape = ((-1.0, 0.0), (-0.3, -0.34), (0.5, -0.24), (1.1, 0.0), (0.5, 0.26), (-0.3, 0.32))
    return smooth(
        [(x + (a * cosine - b * sine) * size, y + (a * sine + b * cosine) * size) for a, b in shape], 4
    )

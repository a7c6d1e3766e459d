"""What tells one four-legged animal from another. Units: feet at y = 0, looking to the right."""

from __future__ import annotations

from dataclasses import dataclass

from shared.providers.draft.pictures.shapes import Point


@dataclass(frozen=True, slots=True)
class Proportions:
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


PROPORTIONS = {
    "cat": Proportions(
        head=(0.48, -0.74), head_size=0.17, snout=0.05, snout_width=0.13, chest=0.24, loin=0.23,
        leg=0.36, tail="raised", pale=0.3
    ),
    "dog": Proportions(
        ears="floppy", tail="wag", head=(0.52, -0.84), head_size=0.165, snout=0.17, snout_width=0.13,
        pale=0.35
    ),
    "fox": Proportions(
        leg=0.34, chest=0.25, loin=0.21, head=(0.52, -0.70), head_size=0.15, snout=0.19,
        snout_width=0.085, tail="brush", pale=0.85, stockings=True, leg_width=0.07
    ),
    "wolf": Proportions(
        head=(0.56, -0.76), head_size=0.15, snout=0.2, snout_width=0.11, tail="brush", pale=0.4
    ),
    "bear": Proportions(
        length=0.86, leg=0.30, chest=0.46, loin=0.46, leg_width=0.17, head=(0.56, -0.66),
        head_size=0.185, snout=0.14, snout_width=0.15, neck=0.34, ears="round", tail="stub", pale=0.25
    ),
    "lion": Proportions(
        head=(0.54, -0.80), head_size=0.17, snout=0.12, snout_width=0.16, ears="round", tail="tuft",
        pale=0.3, chest=0.32
    ),
    "rabbit": Proportions(
        length=0.5, leg=0.16, chest=0.30, loin=0.40, head=(0.32, -0.52), head_size=0.155, snout=0.06,
        snout_width=0.13, ears="long", tail="puff", leg_width=0.10, pale=0.6
    ),
    "mouse": Proportions(
        length=0.46, leg=0.12, chest=0.28, loin=0.38, head=(0.34, -0.36), head_size=0.15, snout=0.13,
        snout_width=0.09, ears="dish", tail="whip", leg_width=0.06, pale=0.5
    ),
    "horse": Proportions(
        length=0.74, leg=0.46, chest=0.27, loin=0.26, head=(0.56, -0.98), head_size=0.10, snout=0.19,
        snout_width=0.12, neck=0.19, ears="small", tail="long", pale=0.15, leg_width=0.07
    ),
    "deer": Proportions(
        length=0.64, leg=0.46, chest=0.23, loin=0.21, head=(0.48, -0.98), head_size=0.095, snout=0.14,
        snout_width=0.08, neck=0.12, ears="antlers", tail="stub", pale=0.6, leg_width=0.05
    ),
    "elephant": Proportions(
        length=0.72, leg=0.36, chest=0.54, loin=0.50, leg_width=0.19, head=(0.52, -0.78),
        head_size=0.21, snout=0.0, snout_width=0.1, neck=0.36, ears="fans", tail="thin", pale=0.15
    ),
}  # fmt: skip

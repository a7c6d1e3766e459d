"""What the styles mean to the draft's brush. The names are those of `styles.toml`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from shared.providers.draft.pictures.colours import Colour

Shading = Literal["soft", "cel", "clay", "wash", "stark"]


@dataclass(frozen=True, slots=True)
class Look:
    """How a style paints. Lengths are shares of the picture's height."""

    shading: Shading = "soft"
    subject_line: float = 0.0
    """Width of the ink line around subjects."""
    scenery_line: float = 0.0
    """Width of the ink line around hills, walls and waves."""
    ink: Colour = (28, 26, 38)
    mottle: float = 0.0
    """How much the pigment varies within one shape, 0–1."""
    wobble: float = 0.0
    """How far edges stray from the drawn outline."""
    flat: bool = False
    """Scenery in single colours instead of gradients."""
    saturation: float = 1.0
    contrast: float = 1.0
    distance_blur: float = 0.0
    """How soft the farthest and the nearest layers are."""
    bloom: float = 0.0
    """How far light spills over edges, 0–1."""
    grid: int = 1
    """Pixels of the finished picture to one drawn pixel."""


LOOKS: dict[str, Look] = {
    "realistic": Look(mottle=0.30, saturation=0.82, distance_blur=0.0035, bloom=0.28),
    "cinematic": Look(mottle=0.22, saturation=0.92, contrast=1.10, distance_blur=0.005, bloom=0.5),
    "cartoon": Look(
        shading="cel", subject_line=0.0052, scenery_line=0.0036, flat=True, saturation=1.35, contrast=1.05
    ),
    "anime": Look(
        shading="cel", subject_line=0.0022, ink=(52, 36, 62), mottle=0.16, saturation=1.22, bloom=0.6
    ),
    "watercolor": Look(shading="wash", mottle=0.75, wobble=0.0042, saturation=1.0),
    "noir": Look(shading="stark", mottle=0.18, contrast=1.5, bloom=0.3),
    "claymation": Look(shading="clay", mottle=0.10, saturation=1.12, distance_blur=0.003),
    "pixel": Look(shading="cel", flat=False, saturation=1.2, contrast=1.08, grid=6),
}

PLAIN = Look(mottle=0.2, bloom=0.25)
"""For a style that nobody has taught the draft."""


def look(style: str) -> Look:
    """The style's look, or the plain one."""
    return LOOKS.get(style, PLAIN)

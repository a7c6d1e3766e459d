"""A picture as video has it: light and colour apart."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image


@dataclass(frozen=True, slots=True)
class Planes:
    """Limited-range YUV 4:2:0: black is 16 and white 235; the chroma planes have half the size."""

    luma: Image.Image
    blue: Image.Image
    red: Image.Image

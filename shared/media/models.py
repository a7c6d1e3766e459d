"""What media functions hand on, without the libraries that make it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

PictureType: TypeAlias = Literal["image/png", "image/jpeg", "image/webp"]


@dataclass(frozen=True, slots=True)
class Picture:
    """A still image in memory. `content_type` was read off the bytes, not off a name."""

    content: bytes
    content_type: PictureType

    @property
    def suffix(self) -> str:
        """How the name of a file with it ends."""
        return {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}[self.content_type]

"""Recipes: what determines an asset, and nothing else.

A recipe is a typed, immutable model. The SHA-256 of its canonical form is the asset's identity
within its video: the same recipe is never made twice, and a recipe that differs in anything is
another asset. Only integers and text occur in a recipe, because floats have no canonical form.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

Sha256: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class BaseRecipe(BaseModel):
    """What all recipes share. `take` counts re-rolls: the same words, made anew."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    take: int = Field(default=1, ge=1)

    def canonical(self) -> bytes:
        """UTF-8 JSON with sorted keys and no spaces: equal recipes give equal bytes everywhere."""
        fields = self.model_dump(mode="json")
        return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    @property
    def identity(self) -> str:
        """64 hexadecimal digits that stand for this recipe."""
        return hashlib.sha256(self.canonical()).hexdigest()


class ProviderRecipe(BaseRecipe):
    """A recipe that a provider carries out, for money or (`draft`) for none."""

    provider: str
    model: str


class StoryRecipe(ProviderRecipe):
    """A story, as JSON of `shared.stories.models.Story`."""

    kind: Literal["story"] = "story"
    prompt: str
    scene_count: int = Field(ge=1)
    duration_ms: int = Field(ge=1)
    style: str
    mood: str


class FrameRecipe(ProviderRecipe):
    """One still picture, as PNG or JPEG of the ratio's proportions."""

    kind: Literal["frame"] = "frame"
    prompt: str
    ratio: str
    quality: str
    references: tuple[Sha256, ...] = ()
    seed: int = Field(ge=0, le=2**32 - 1)


class ClipRecipe(ProviderRecipe):
    """A frame set in motion, as the provider delivers it."""

    kind: Literal["clip"] = "clip"
    prompt: str
    frame: Sha256
    # Left out where there is none: a clip that was made before this field was there is still itself.
    last_frame: Sha256 | None = Field(default=None, exclude_if=lambda value: value is None)
    ratio: str
    duration_ms: int = Field(ge=1)
    seed: int = Field(ge=0, le=2**32 - 1)


class NarrationRecipe(ProviderRecipe):
    """The narrator's words for one scene, as an audio file."""

    kind: Literal["narration"] = "narration"
    text: str
    voice: str
    window_ms: int = Field(ge=1, description="How long the scene lasts; the speech should fit in")


class UploadRecipe(BaseRecipe):
    """A file that the user brought. Its content is its recipe."""

    kind: Literal["upload"] = "upload"
    sha256: Sha256


class SegmentRecipe(BaseRecipe):
    """A clip conformed for the cut: exactly `frames` frames of the cut's format, without sound."""

    kind: Literal["segment"] = "segment"
    clip: Sha256
    ratio: str
    frames: int = Field(ge=1)


class CutPiece(BaseModel):
    """One scene of the cut: its picture, its words, and its sound if there is one."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    segment: Sha256
    frames: int = Field(ge=1)
    narration: Sha256 | None
    caption: str


class CutRecipe(BaseRecipe):
    """The finished video."""

    kind: Literal["cut"] = "cut"
    title: str
    ratio: str
    captions: Literal["off", "soft", "burned"]
    pieces: tuple[CutPiece, ...]


class PosterRecipe(BaseRecipe):
    """A still of the finished video, as JPEG."""

    kind: Literal["poster"] = "poster"
    cut: Sha256


class PreviewRecipe(BaseRecipe):
    """A few moving seconds of the finished video, as animated WebP."""

    kind: Literal["preview"] = "preview"
    cut: Sha256


class CaptionsRecipe(BaseRecipe):
    """The captions beside the video, as WebVTT."""

    kind: Literal["captions"] = "captions"
    cut: Sha256 = Field(description="The identity of the cut's recipe: both are written in one go")


PaidRecipe: TypeAlias = StoryRecipe | FrameRecipe | ClipRecipe | NarrationRecipe
"""What a provider is asked for."""

Recipe: TypeAlias = Annotated[
    PaidRecipe | UploadRecipe | SegmentRecipe | CutRecipe | PosterRecipe | PreviewRecipe | CaptionsRecipe,
    Field(discriminator="kind"),
]


def parse_recipe(text: str | bytes) -> Recipe:
    """The recipe that `canonical()` wrote."""
    adapter: TypeAdapter[Recipe] = TypeAdapter(Recipe)
    return adapter.validate_json(text)

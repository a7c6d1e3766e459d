"""From a video's rows to recipes: the same rows give the same recipes, for the steps and for a quote."""

from __future__ import annotations

import hashlib

from shared.assets.models import Asset
from shared.assets.recipes import ClipRecipe, FrameRecipe, NarrationRecipe, SegmentRecipe, StoryRecipe
from shared.errors import InvalidRequest, NotFound
from shared.providers.ports import ClipTerms, ImageTerms, NarratorTerms
from shared.stories.models import Shot
from shared.videos.makers import split
from shared.videos.queries import Scene, Video


def story_recipe(video: Video) -> StoryRecipe:
    """The recipe of the video's story."""
    provider, model = split(video.makers.story)
    return StoryRecipe(
        provider=provider,
        model=model,
        prompt=video.request.prompt,
        scene_count=video.request.frame_count,
        duration_ms=video.request.duration * 1000,
        style=video.request.style,
        mood=video.request.mood,
        take=video.story_take,
    )


def shot(video: Video, scene: Scene) -> Shot:
    """All that a picture of the scene may depend on."""
    if video.sheet is None:
        raise NotFound("The video has no story yet.")
    return Shot(
        number=scene.number if video.piece_index is None else video.piece_index + 1,
        scene=scene.story_scene,
        sheet=video.sheet,
        style=scene.style or video.request.style,
        mood=video.request.mood,
    )


def frame_recipe(video: Video, scene: Scene, maker: ImageTerms, references: tuple[str, ...]) -> FrameRecipe:
    """The recipe of a scene's frame. `references` are the SHA-256 of the pictures to keep it alike to."""
    return FrameRecipe(
        provider=maker.provider,
        model=maker.model,
        prompt=maker.prompt(shot(video, scene)),
        ratio=video.request.aspect_ratio,
        quality=maker.quality,
        references=references,
        seed=_seed(video.request.prompt, scene.prompt, scene.frame_take),
        take=scene.frame_take,
    )


def clip_recipe(video: Video, scene: Scene, maker: ClipTerms, frame_sha256: str) -> ClipRecipe:
    """The recipe of a scene's clip. Raises InvalidRequest for a scene longer than any clip."""
    duration_ms = maker.limits.duration_for(scene.duration_ms)
    if duration_ms is None:
        raise InvalidRequest(
            f"{video.makers.clip} makes no clip of {scene.duration_ms / 1000:.1f} s:"
            f" shorten scene {scene.number}."
        )
    return ClipRecipe(
        provider=maker.provider,
        model=maker.model,
        prompt=maker.prompt(shot(video, scene)),
        frame=frame_sha256,
        last_frame=scene.last_frame_sha256,
        ratio=video.request.aspect_ratio,
        duration_ms=duration_ms,
        seed=_seed(video.request.prompt, scene.prompt, scene.motion, scene.clip_take),
        take=scene.clip_take,
    )


def segment_recipe(video: Video, clip: Asset, frames: int) -> SegmentRecipe:
    """The recipe of a clip as the cut takes it."""
    return SegmentRecipe(clip=clip.sha256, ratio=video.request.aspect_ratio, frames=frames)


def narration_recipe(video: Video, scene: Scene, narrator: NarratorTerms) -> NarrationRecipe:
    """The recipe of a scene's narration."""
    return NarrationRecipe(
        provider=narrator.provider,
        model=narrator.model,
        text=scene.narration,
        voice=video.request.voice if video.request.voice in narrator.voices else narrator.voices[0],
        window_ms=scene.duration_ms,
        take=scene.narration_take,
    )


def _seed(*parts: str | int) -> int:
    """0 to 2³²-1, from the words that a picture shows: the same request gives the same video.

    Of nothing else: a new narration must not make the picture, and with it the clip, be paid again.
    """
    text = "\n".join(map(str, parts))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")

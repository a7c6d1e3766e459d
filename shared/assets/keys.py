"""Where an asset lies in the media bucket: derived from its recipe, so that a lost record can be found."""

from __future__ import annotations

from uuid import UUID

from shared.assets.recipes import Recipe

_PLACES = {
    "story": "story/story",
    "frame": "reference-frames/generated_frame",
    "clip": "video-clips/generated_clip",
    "segment": "video-clips/segment",
    "narration": "narration/narration",
    "cut": "video-clips/final_video",
    "poster": "video-clips/poster",
    "preview": "video-clips/preview",
    "captions": "video-clips/captions",
    "upload": "user-uploads/upload",
}

_SUFFIXES = {
    "application/json": ".json",
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "text/vtt": ".vtt",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
}
_TYPES = {suffix: content_type for content_type, suffix in _SUFFIXES.items()}


def video_prefix(user_id: UUID, video_id: UUID) -> str:
    """What every key of a video begins with."""
    return f"{user_id}/{video_id}/"


def storage_prefix(user_id: UUID, video_id: UUID, scene_number: int | None, recipe: Recipe) -> str:
    """The key without its suffix: `{userId}/{videoId}/video-clips/generated_clip_3_<recipe>`."""
    scene = "" if scene_number is None else f"_{scene_number}"
    return f"{place_of(user_id, video_id, recipe)}{scene}_{name_of(recipe)}"


def place_of(user_id: UUID, video_id: UUID, recipe: Recipe) -> str:
    """What the keys of all assets of the recipe's kind begin with."""
    return video_prefix(user_id, video_id) + _PLACES[recipe.kind]


def name_of(recipe: Recipe) -> str:
    """The part of a key that stands for the recipe."""
    return recipe.identity[:32]


def suffix_for(content_type: str) -> str:
    """The file name's ending for a type; a type without one is a mistake of ours."""
    return _SUFFIXES[content_type]


def content_type_of(key: str) -> str | None:
    """The type that a file name's ending stands for; None for an ending that we never gave."""
    return _TYPES.get("." + key.rpartition(".")[2])

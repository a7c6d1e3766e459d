"""Where an asset lies in the media bucket: derived from its recipe, so that a lost record can be found."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from shared.assets.models import Bench
from shared.assets.recipes import Recipe


class Folder(StrEnum):
    """The folders of a session. What a function may do in which is a matter of its rights."""

    STORY = "story"
    FRAMES = "reference-frames"
    CLIPS = "video-clips"
    NARRATION = "narration"
    UPLOADS = "user-uploads"
    UNUSABLE = "unusable"
    """What was delivered for a recipe, paid for, and cannot be used."""


_PLACES = {
    "story": f"{Folder.STORY}/story",
    "frame": f"{Folder.FRAMES}/generated_frame",
    "clip": f"{Folder.CLIPS}/generated_clip",
    "segment": f"{Folder.CLIPS}/segment",
    "narration": f"{Folder.NARRATION}/narration",
    "cut": f"{Folder.CLIPS}/final_video",
    "poster": f"{Folder.CLIPS}/poster",
    "preview": f"{Folder.CLIPS}/preview",
    "captions": f"{Folder.CLIPS}/captions",
    "upload": f"{Folder.UPLOADS}/upload",
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


INCOMING = "tmp/"
"""What is on its way. The bucket's lifecycle clears it after a day."""


def user_prefixes(user_id: UUID) -> tuple[str, ...]:
    """What every key of a user's begins with."""
    return f"{user_id}/", f"{INCOMING}{user_id}/"


def session_prefix(user_id: UUID, request_id: str) -> str:
    """What every key of a session begins with."""
    return f"{user_id}/{request_id}/"


def storage_prefix(bench: Bench, recipe: Recipe) -> str:
    """The key without its suffix: `{userId}/{requestId}/video-clips/generated_clip_3_<video>_<recipe>`."""
    number = "" if bench.number is None else f"_{bench.number}"
    return f"{place_of(bench, recipe)}{number}{name_of(bench.video_id, recipe)}"


def unusable_prefix(bench: Bench, recipe: Recipe) -> str:
    """The key, without its suffix, of what was delivered for a recipe and cannot be used."""
    folder = session_prefix(bench.user_id, bench.request_id)
    return f"{folder}{Folder.UNUSABLE}/{recipe.kind}{name_of(bench.video_id, recipe)}"


def place_of(bench: Bench, recipe: Recipe) -> str:
    """What the keys of all assets of the recipe's kind begin with."""
    return session_prefix(bench.user_id, bench.request_id) + _PLACES[recipe.kind]


def name_of(video_id: UUID, recipe: Recipe) -> str:
    """The part of a key that stands for the recipe in its video."""
    return video_mark(video_id) + recipe.identity[:32]


def video_mark(video_id: UUID) -> str:
    """What every key of a video has in it, and no key of another video in the same session."""
    return f"_{video_id.hex}_"


def upload_mark(upload_id: UUID) -> str:
    """What the key of an upload has in it, and no other key."""
    return f"_{upload_id.hex}."


def suffix_for(content_type: str) -> str:
    """The file name's ending for a type; a type without one is a mistake of ours."""
    return _SUFFIXES[content_type]


def content_type_of(key: str) -> str | None:
    """The type that a file name's ending stands for; None for an ending that we never gave."""
    return _TYPES.get("." + key.rpartition(".")[2])

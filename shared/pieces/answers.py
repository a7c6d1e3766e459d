"""The answer to whoever asked for something: what was made, that it goes on, or why it could not be made.

The request's own answer and a later look at its job are the same.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from shared.assets.models import Asset
from shared.database import reading
from shared.errors import Conflict, NotFound, StoryreelError, error_of
from shared.lambdas.endpoint import Call
from shared.lambdas.http import Reply
from shared.library import links
from shared.media.formats import FRAMES_PER_SECOND
from shared.pieces import queries
from shared.pieces.models import (
    AnyMade,
    ClipMade,
    FrameView,
    ImageMade,
    ImagesMade,
    JobAnswer,
    StoryFrame,
    StoryMade,
    StoryText,
    VideoMade,
)
from shared.providers import catalog
from shared.videos import service
from shared.videos.makers import split
from shared.videos.models import ACTIVE_STATES, VideoAnswer
from shared.videos.piece_queries import FinalVideo, SceneProgress
from shared.videos.queries import Video
from shared.videos.views import WholeVideo

Made = AnyMade | VideoAnswer


def answer(call: Call, job_id: UUID, *, wait: int, expires_in: int) -> Reply[Any]:
    """What a job has made, once it is over; or that it goes on, when the time to wait is up.

    Raises NotFound for an unknown job, and for one that could not be done what went wrong with it.
    """
    service.wait_until_over(call.user_id, job_id, wait, call.deadline)
    with reading(call.user_id) as read:  # whatever kind of job it is: one round trip for all of them
        whole = WholeVideo(read, job_id)
        clip = read(queries.delivered_clip(job_id))
    video = whole.video.one
    if video is None or not (video.begun_as_job or call.signed_in.may("get_video", "videos")):
        raise NotFound("There is no such job.")
    if video.state in ACTIVE_STATES:
        return _going_on(call, video)
    if video.state not in {"stopped", "succeeded"}:
        raise _failure(video)
    return Reply(_made(call, video, whole, clip.one, expires_in), status=200)


def _going_on(call: Call, video: Video) -> Reply[JobAnswer]:
    location = call.url(f"/api/jobs/{video.id}")
    body = JobAnswer(job_id=video.id, request_id=video.request_id, state=video.state, location=location)
    return Reply(body, status=202, headers={"Location": location})


def _failure(video: Video) -> StoryreelError:
    if video.error is None:
        return Conflict("This was cancelled. Ask for it again to go on with it.")
    return error_of(video.error.code, video.error.message)


def _made(call: Call, video: Video, whole: WholeVideo, clip: Asset | None, expires_in: int) -> Made:
    if video.state == "succeeded":
        return _video(call, video, whole.final.one, expires_in)
    stage = video.request.stop_after
    if stage == "story":
        return _story(video, whole.scenes.all)
    if stage == "frames":
        return _images(call, video, whole.scenes.all, expires_in)
    if stage == "clips" and video.piece == "clip":
        return _clip(call, video, clip, expires_in)
    return VideoAnswer(video=whole.view())


def _of(video: Video) -> dict[str, Any]:
    """What is said of everything."""
    return {
        "job_id": video.id,
        "request_id": video.request_id,
        "user_id": video.user_id,
        "draft": _is_draft(video),
    }


def _is_draft(video: Video) -> bool | None:
    """By whoever makes the piece; of a whole video, by all."""
    if video.piece == "cut":
        return None
    maker: str | None = getattr(video.makers, video.piece) if video.piece else None
    return video.makers.draft if maker is None else split(maker)[0] == catalog.DRAFT


def _links(call: Call, name: str, key: str, expires_in: int) -> dict[str, Any]:
    """The addresses of an object, the presigned one under its name."""
    return {
        name: links.presigned_url(key, expires_in),
        "proxy_url": links.proxy_url(call, key, expires_in),
        "s3_key": key,
    }


def _story(video: Video, scenes: list[SceneProgress]) -> StoryMade:
    starts_ms, frames = 0, []
    for scene in scenes:
        frames.append(
            StoryFrame(
                frame_number=scene.number,
                timestamp=timestamp(starts_ms),
                description=scene.description,
                prompt=scene.prompt,
            )
        )
        starts_ms += scene.duration_ms
    text = StoryText(title=video.title or "", overview=video.overview or "", scenes=frames)
    return StoryMade(**_of(video), story=text)


def timestamp(milliseconds: int) -> str:
    """Minutes and seconds, with tenths where there are any: 1:05, 0:07.5."""
    minutes, tenths = divmod(round(milliseconds / 100), 600)
    seconds, tenth = divmod(tenths, 10)
    return f"{minutes}:{seconds:02d}" + (f".{tenth}" if tenth else "")


def _images(call: Call, video: Video, scenes: list[SceneProgress], expires_in: int) -> ImageMade | ImagesMade:
    if video.piece == "frame":
        return ImageMade(
            **_of(video),
            **_links(call, "image_url", _key(scenes[0].frame_key), expires_in),
            frame_index=video.piece_index or 0,
            total_frames=video.piece_total or 1,
            **links.link_times(expires_in),
        )
    return ImagesMade(
        **_of(video),
        title=video.title or "",
        overview=video.overview or "",
        images=[_frame(call, scene, expires_in) for scene in scenes],
        **links.link_times(expires_in),
    )


def _frame(call: Call, scene: SceneProgress, expires_in: int) -> FrameView:
    return FrameView(
        **_links(call, "image_url", _key(scene.frame_key), expires_in),
        frame_index=scene.number - 1,
        description=scene.description,
        prompt=scene.prompt,
    )


def _clip(call: Call, video: Video, clip: Asset | None, expires_in: int) -> ClipMade:
    return ClipMade(
        **_of(video),
        **_links(call, "video_url", _key(clip.storage_key if clip else None), expires_in),
        clip_index=video.piece_index or 0,
        total_clips=video.piece_total or 1,
        duration=video.request.duration,
        frame_aspect_ratio=video.request.aspect_ratio,
        **links.link_times(expires_in),
    )


def _video(call: Call, video: Video, final: FinalVideo | None, expires_in: int) -> VideoMade:
    if final is None:
        raise NotFound("The finished video is gone.")

    def link(key: str | None) -> str | None:
        return None if key is None else links.presigned_url(key, expires_in)

    return VideoMade(
        **_of(video),
        **_links(call, "video_url", final.cut_key, expires_in),
        title=video.title or "",
        poster_url=link(final.poster_key),
        preview_url=link(final.preview_key),
        captions_url=link(final.captions_key),
        width=final.width,
        height=final.height,
        duration=round(final.frames / FRAMES_PER_SECOND, 3),
        size_bytes=final.size_bytes,
        **links.link_times(expires_in),
    )


def _key(key: str | None) -> str:
    if key is None:
        raise NotFound("What was made is gone.")
    return key

"""What the API takes and gives of the media library: sessions, and what was made in them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.api_models import Answer, ApiModel
from shared.library.links import ExpiresIn, LinkTimes
from shared.media_sessions.names import RequestId
from shared.storage import URL_SECONDS
from shared.videos.models import ListQuery, PieceKind, VideoError, VideoState

SessionState: TypeAlias = Literal["empty", "making", "done", "failed"]
"""`making` while anything is; else how what was made last has ended."""
SessionKind: TypeAlias = Literal["nothing", "story", "frames", "clips", "video"]
"""The furthest that a session has come."""


class SessionsQuery(ListQuery):
    """The query of GET /api/sessions."""

    state: SessionState | None = None
    kind: SessionKind | None = Field(default=None, description="The furthest that the session has come")
    created_after: AwareDatetime | None = Field(default=None, description="With its time zone")
    created_before: AwareDatetime | None = Field(default=None, description="With its time zone")
    search: str | None = Field(
        default=None,
        max_length=200,
        description="Words of the title or the prompts, whole or their first three letters or more",
    )
    expires_in: ExpiresIn = URL_SECONDS


class SessionQuery(ListQuery):
    """The query of GET /api/sessions/{requestId}."""

    limit: int = Field(default=100, ge=1, le=100, description="How many frames, clips, uploads and jobs each")
    cursor: str | None = Field(
        default=None, max_length=1000, description="The nextCursor of the page before: what follows it"
    )
    expires_in: ExpiresIn = URL_SECONDS


class SessionSummary(ApiModel):
    """A session, in a list."""

    request_id: RequestId
    title: str
    prompt: str = Field(description="The beginning of what was asked for")
    state: SessionState
    kind: SessionKind
    frames: int
    clips: int
    videos: int
    image_url: str | None = Field(description="The poster of its video, or its first frame")
    created_at: datetime
    updated_at: datetime


class SessionList(Answer):
    """A page of sessions, newest first."""

    items: list[SessionSummary]
    next_cursor: str | None
    url_expires_in: int = Field(description="Seconds that imageUrl opens for: 21600 (six hours) at the most")


class SessionItem(ApiModel):
    """A frame, a clip or a finished video of a session."""

    job_id: UUID
    index: int = Field(description="From 0")
    prompt: str = Field(description="The beginning of what was asked for")
    url: str
    proxy_url: str
    s3_key: str
    size_bytes: int
    created_at: datetime


class SessionUpload(ApiModel):
    """A picture or video of the user's own."""

    upload_id: UUID
    kind: str
    file_name: str | None
    url: str
    proxy_url: str
    s3_key: str
    size_bytes: int
    created_at: datetime


class SessionJob(ApiModel):
    """One thing that was asked for in a session."""

    job_id: UUID
    piece: PieceKind | Literal["video"]
    state: VideoState
    title: str
    error: VideoError | None = Field(description="Its message as far as 500 characters go")
    created_at: datetime


class SessionView(SessionSummary, LinkTimes):
    """A session with what was made in it, a page of each list at a time."""

    frame_items: list[SessionItem]
    clip_items: list[SessionItem]
    final_video: SessionItem | None = Field(
        description="The latest that was made; what you uploaded as one is among uploadItems"
    )
    upload_items: list[SessionUpload]
    jobs: list[SessionJob] = Field(description="Newest first")
    next_cursor: str | None = Field(description="Leads to what follows in the lists; null: nothing does")


class SessionAnswer(Answer):
    """One session."""

    session: SessionView


class SessionDeleted(Answer):
    """What is gone."""

    request_id: RequestId
    deleted_objects: int

"""The SQL of videos as a list shows them: each with how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from shared.database import Question
from shared.paging import Place
from shared.videos.models import VideoState


@dataclass(frozen=True, slots=True)
class VideoRow:
    """A video as a list shows it."""

    id: UUID
    state: VideoState
    request: dict[str, Any]
    makers: dict[str, Any]
    title: str | None
    created_at: datetime
    finished_at: datetime | None
    poster_key: str | None
    scenes: int
    frames: int
    clips: int
    finished: bool


_ROW: LiteralString = """
    select v.id, v.state, v.request, v.makers, v.title, v.created_at, v.finished_at,
           poster.storage_key as poster_key, final.video_id is not null as finished,
           (select count(*) from video_scenes where video_id = v.id) as scenes,
           (select count(*) from video_scenes s join video_frames f on f.scene_id = s.id
            where s.video_id = v.id) as frames,
           (select count(*) from video_scenes s join video_clips c on c.scene_id = s.id
            where s.video_id = v.id and c.segment_asset_id is not null) as clips
    from video_sessions v
    left join final_videos final on final.video_id = v.id
    left join assets poster on poster.id = final.poster_asset_id
"""


def list_videos(limit: int, before: Place | None) -> Question[VideoRow]:
    """The caller's whole videos, newest first, after a position."""
    after: LiteralString = "" if before is None else " and (v.created_at, v.id) < (%s, %s)"
    return Question(
        _ROW + " where v.piece is null" + after + " order by v.created_at desc, v.id desc limit %s",
        [*(before or ()), limit],
        class_row(VideoRow),
    )


def video_row(video_id: UUID) -> Question[VideoRow]:
    """One video as a list shows it."""
    return Question(_ROW + " where v.id = %s", [video_id], class_row(VideoRow))

"""The SQL of pieces. Every function runs in a transaction of the caller's, who sees only own rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

from psycopg.rows import DictRow, class_row

from shared.assets.models import Asset
from shared.assets.queries import ASSET_COLUMNS
from shared.database import Connection, Question
from shared.stories.models import Sheet


@dataclass(frozen=True, slots=True)
class Segment:
    """A clip as a cut takes it: so many frames, in a format of ours."""

    asset: Asset
    frames: int
    ratio: str


def lock_piece(db: Connection, request_id: str, identity: str) -> UUID | None:
    """The piece of a session that was asked for in just these words, if there is one.

    Nobody else edits or starts it until the transaction ends.
    """
    row = db.execute(
        "select id from video_sessions"
        " where user_id = app_user_id() and request_id = %s and piece_identity = %s for update",
        [request_id, identity],
    ).fetchone()
    return None if row is None else row["id"]


def set_webhook_url(db: Connection, video_id: UUID, webhook_url: str | None) -> None:
    """Who is to be told of the piece's end, beside the user's webhooks; None: whoever was to be before."""
    db.execute(
        "update video_sessions set webhook_url = coalesce(%s, webhook_url) where id = %s",
        [webhook_url, video_id],
    )


def session_sheet(db: Connection, request_id: str) -> Sheet | None:
    """Characters, setting and palette of the session's latest story."""
    row = db.execute(
        "select sheet from video_sessions where user_id = app_user_id() and request_id = %s"
        " and sheet is not null and (piece is null or piece = 'story')"
        " order by created_at desc, id limit 1",
        [request_id],
    ).fetchone()
    return None if row is None else Sheet.model_validate(row["sheet"], extra="ignore")


def first_frame(db: Connection, request_id: str, maker: str) -> Asset | None:
    """The session's first frame by this maker: what its other frames are kept alike to."""
    with db.cursor(row_factory=class_row(Asset)) as cursor:
        return cursor.execute(
            "select " + ASSET_COLUMNS + " from video_sessions v"  # noqa: S608 - literals
            " join video_scenes s on s.video_id = v.id"
            " join video_frames f on f.scene_id = s.id join assets a on a.id = f.asset_id"
            " where v.user_id = app_user_id() and v.request_id = %s and v.piece = 'frame'"
            " and v.state = 'stopped' and v.makers->>'frame' = %s"
            " order by v.piece_index, v.created_at limit 1",
            [request_id, maker],
        ).fetchone()


def asset_at(db: Connection, key: str) -> Asset | None:
    """The caller's asset that lies at a key."""
    with db.cursor(row_factory=class_row(Asset)) as cursor:
        return cursor.execute(
            "select " + ASSET_COLUMNS + " from assets a where a.storage_key = %s",  # noqa: S608 - literals
            [key],
        ).fetchone()


_SEGMENT: LiteralString = (
    "select " + ASSET_COLUMNS + ", (a.recipe->>'frames')::int as frames, a.recipe->>'ratio' as ratio"
)
"""A segment's recipe says how long it is, and of what ratio."""


def segment_at(db: Connection, key: str) -> Segment | None:
    """The segment that lies at a key, or that the clip at the key was conformed to."""
    row = db.execute(
        _SEGMENT  # noqa: S608 - literals
        + " from assets a where a.kind = 'segment' and a.id in ("
        " select id from assets where storage_key = %(key)s"
        " union select l.segment_asset_id from assets c join video_clips l on l.asset_id = c.id"
        " where c.storage_key = %(key)s) limit 1",
        {"key": key},
    ).fetchone()
    return None if row is None else _segment(row)


def session_segments(db: Connection, request_id: str) -> list[Segment]:
    """The segments of clips that were asked for alone, by index; of each index the latest."""
    rows = db.execute(
        "select distinct on (v.piece_index) " + ASSET_COLUMNS + ","  # noqa: S608 - literals
        " (a.recipe->>'frames')::int as frames, a.recipe->>'ratio' as ratio from video_sessions v"
        " join video_scenes s on s.video_id = v.id join video_clips l on l.scene_id = s.id"
        " join assets a on a.id = l.segment_asset_id"
        " where v.user_id = app_user_id() and v.request_id = %s and v.piece = 'clip' and v.state = 'stopped'"
        " order by v.piece_index, v.created_at desc limit 1000",
        [request_id],
    ).fetchall()
    return [_segment(row) for row in rows]


def delivered_clip(video_id: UUID) -> Question[Asset]:
    """The clip of a video of one scene, as its provider delivered it."""
    return Question(
        "select "  # noqa: S608 - literals
        + ASSET_COLUMNS
        + " from video_scenes s join video_clips l on l.scene_id = s.id"
        " join assets a on a.id = l.asset_id where s.video_id = %s order by s.number limit 1",
        [video_id],
        class_row(Asset),
    )


def _segment(row: DictRow) -> Segment:
    frames, ratio = row.pop("frames"), row.pop("ratio")
    return Segment(Asset(**row), frames, ratio)

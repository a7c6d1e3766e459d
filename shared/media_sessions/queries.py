"""The SQL of the media library. Questions that see only the caller's rows."""

from __future__ import annotations

from typing import Literal, LiteralString
from uuid import UUID

from psycopg.rows import DictRow, dict_row

from shared.database import Connection, Question
from shared.media_sessions.places import ItemPlace, ListName

# What is counted for the sessions of a page, and for those alone. The picture that a clip was made of is
# no frame of the session, and the clips that a cut was made of are those of others.
_COLUMNS: LiteralString = """
    select s.request_id, left(s.title, 200) as title, left(s.prompts, 200) as prompt, s.state, s.kind,
           s.created_at, s.updated_at, made.frames, made.clips, made.videos,
           coalesce(poster.storage_key, frame.storage_key) as image_key
"""
_MADE: LiteralString = """
    cross join lateral (
        select count(f.scene_id) filter (where v.piece is null or v.piece = 'frame') as frames,
               count(c.scene_id) filter (where v.piece is null or v.piece = 'clip') as clips,
               count(distinct final.video_id) as videos
        from video_sessions v
        left join video_scenes sc on sc.video_id = v.id
        left join video_frames f on f.scene_id = sc.id
        left join video_clips c on c.scene_id = sc.id and c.segment_asset_id is not null
        left join final_videos final on final.video_id = v.id
        where v.user_id = s.user_id and v.request_id = s.request_id
    ) made
    left join lateral (
        select a.storage_key from video_sessions v
        join final_videos final on final.video_id = v.id join assets a on a.id = final.poster_asset_id
        where v.user_id = s.user_id and v.request_id = s.request_id
        order by v.created_at desc limit 1
    ) poster on true
    left join lateral (
        select a.storage_key from video_sessions v
        join video_scenes sc on sc.video_id = v.id
        join video_frames f on f.scene_id = sc.id join assets a on a.id = f.asset_id
        where v.user_id = s.user_id and v.request_id = s.request_id
          and (v.piece is null or v.piece = 'frame') and poster.storage_key is null
        order by v.created_at, sc.number limit 1
    ) frame on true
"""

_PAGE: LiteralString = (
    _COLUMNS
    + """
    from media_session_page(%(state)s, %(kind)s, %(since)s, %(until)s, %(words)s,
                            %(before_created)s, %(before_request)s, %(most)s) as page (request_id)
    join media_sessions s on s.user_id = app_user_id() and s.request_id = page.request_id
    """
    + _MADE
    + " order by s.created_at desc, s.request_id desc"
)

_ONE: LiteralString = (
    _COLUMNS
    + " from media_sessions s "
    + _MADE
    + " where s.user_id = app_user_id() and s.request_id = %(request_id)s"
)

_ITEM: LiteralString = """
    select v.id as job_id, a.storage_key as s3_key, a.size_bytes, a.created_at,
           left(coalesce(nullif(sc.prompt, ''), v.request->>'prompt'), 200) as prompt,
           coalesce(v.piece_index, sc.number - 1) as index,
           json_build_array(coalesce(v.piece_index, sc.number - 1), v.created_at, v.id) as place
    from video_sessions v join video_scenes sc on sc.video_id = v.id
"""
_OF_SESSION: LiteralString = " where v.user_id = app_user_id() and v.request_id = %(request_id)s"
_IN_ORDER: LiteralString = """
    and (%(moment)s::timestamptz is null
         or (coalesce(v.piece_index, sc.number - 1), v.created_at, v.id) > (%(number)s, %(moment)s, %(id)s))
    order by index, v.created_at, v.id limit %(most)s
"""

_FRAMES: LiteralString = (
    _ITEM
    + " join video_frames l on l.scene_id = sc.id join assets a on a.id = l.asset_id"
    + _OF_SESSION
    + " and (v.piece is null or v.piece = 'frame')"
    + _IN_ORDER
)

# A clip that was asked for alone is shown as it was delivered, one of a video as the cut takes it.
_CLIPS: LiteralString = (
    _ITEM + " join video_clips l on l.scene_id = sc.id and l.segment_asset_id is not null"
    " join assets a on a.id = case when v.piece = 'clip' then l.asset_id else l.segment_asset_id end"
    + _OF_SESSION
    + " and (v.piece is null or v.piece = 'clip')"
    + _IN_ORDER
)

_LATEST_FINAL: LiteralString = """
    select v.id as job_id, a.storage_key as s3_key, a.size_bytes, a.created_at,
           left(v.request->>'prompt', 200) as prompt, 0 as index
    from video_sessions v join final_videos l on l.video_id = v.id join assets a on a.id = l.asset_id
    where v.user_id = app_user_id() and v.request_id = %(request_id)s order by l.created_at desc limit 1
"""

_UPLOADS: LiteralString = """
    select u.id as upload_id, u.kind, u.file_name, u.storage_key as s3_key, u.size_bytes, u.created_at,
           json_build_array(0, u.created_at, u.id) as place
    from uploads u
    where u.user_id = app_user_id() and u.request_id = %(request_id)s and u.state = 'complete'
      and (%(moment)s::timestamptz is null or (u.created_at, u.id) > (%(moment)s, %(id)s))
    order by u.created_at, u.id limit %(most)s
"""

_JOBS: LiteralString = """
    select v.id as job_id, coalesce(v.piece, 'video') as piece, v.state,
           left(coalesce(v.title, ''), 200) as title,
           jsonb_set(v.error, '{message}', to_jsonb(left(v.error->>'message', 500))) as error, v.created_at,
           json_build_array(0, v.created_at, v.id) as place
    from video_sessions v
    where v.user_id = app_user_id() and v.request_id = %(request_id)s
      and (%(moment)s::timestamptz is null or (v.created_at, v.id) < (%(moment)s, %(id)s))
    order by v.created_at desc, v.id desc limit %(most)s
"""

_LISTS: dict[ListName, LiteralString] = {
    "frames": _FRAMES,
    "clips": _CLIPS,
    "uploads": _UPLOADS,
    "jobs": _JOBS,
}


def page(**asked: object) -> Question[DictRow]:
    """A page of the user's sessions, newest first."""
    return Question(_PAGE, asked, dict_row)


def session(request_id: str) -> Question[DictRow]:
    """One session, as a list shows it."""
    return Question(_ONE, {"request_id": request_id}, dict_row)


def latest_final(request_id: str) -> Question[DictRow]:
    """The session's latest finished video."""
    return Question(_LATEST_FINAL, {"request_id": request_id}, dict_row)


def listed(
    name: ListName, request_id: str, after: ItemPlace | Literal["over"] | None, most: int
) -> Question[DictRow]:
    """One of a session's lists after a place, each row with its own `place`. Nothing of one that is over."""
    number, moment, item = (0, None, None) if after is None or after == "over" else after
    asked = {
        "request_id": request_id,
        "number": number,
        "moment": moment,
        "id": item,
        "most": 0 if after == "over" else most,
    }
    return Question(_LISTS[name], asked, dict_row)


def lock_session(db: Connection, request_id: str) -> bool:
    """Nobody adds to the session until the transaction ends; False where there is none."""
    row = db.execute(
        "select 1 from media_sessions where user_id = app_user_id() and request_id = %s for update",
        [request_id],
    ).fetchone()
    return row is not None


def video_states(db: Connection, request_id: str) -> list[tuple[UUID, str]]:
    """The videos of a session, and how each stands."""
    found = db.execute(
        "select id, state from video_sessions where user_id = app_user_id() and request_id = %s",
        [request_id],
    ).fetchall()
    return [(row["id"], row["state"]) for row in found]

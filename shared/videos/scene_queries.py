"""The SQL of editing: scenes, their takes, and what the user chose of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import sql
from psycopg.rows import class_row

from shared.assets.queries import add_take
from shared.database import Connection, Question
from shared.videos.edits import NewScene, Piece
from shared.videos.piece_queries import PIECE_TABLES

_COLUMNS = frozenset({"title", "description", "prompt", "motion", "narration", "style", "duration_ms"})


@dataclass(frozen=True, slots=True)
class Take:
    """Something that was made or uploaded for a scene."""

    take: int
    piece: Piece
    asset_id: UUID
    storage_key: str
    maker: str
    used: bool
    created_at: datetime


def lock_video(db: Connection, video_id: UUID) -> None:
    """Nobody else edits or starts the video until the transaction ends."""
    db.execute("select 1 from video_sessions where id = %s for update", [video_id])


def update_scene(db: Connection, scene_id: UUID, fields: dict[str, Any]) -> None:
    """Change some columns of a scene; what went wrong with it before is forgotten."""
    names = [name for name in fields if name in _COLUMNS]
    assignments = sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in names)
    db.execute(
        sql.SQL("update video_scenes set {}, error = null where id = %s").format(assignments),
        [*(fields[name] for name in names), scene_id],
    )


def make_room(db: Connection, video_id: UUID, number: int) -> None:
    """Move the scenes from a number on one place back."""
    db.execute(
        "update video_scenes set number = number + 1 where video_id = %s and number >= %s",
        [video_id, number],
    )


def add_scene(db: Connection, user_id: UUID, video_id: UUID, number: int, new: NewScene) -> None:
    """Write a scene down at a free number."""
    db.execute(
        "insert into video_scenes (video_id, user_id, number, title, description, prompt, motion, narration,"
        " style, duration_ms) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            video_id,
            user_id,
            number,
            new.title,
            new.description or new.prompt,
            new.prompt,
            new.motion,
            new.narration,
            new.style,
            round(new.duration * 1000),
        ],
    )


def delete_scene(db: Connection, video_id: UUID, scene_id: UUID, number: int) -> None:
    """Delete a scene and close the gap. Its assets stay with the video."""
    db.execute("delete from video_scenes where id = %s", [scene_id])
    db.execute(
        "update video_scenes set number = number - 1 where video_id = %s and number > %s",
        [video_id, number],
    )


def renumber(db: Connection, scene_ids: list[UUID]) -> None:
    """Number the scenes in this order."""
    with db.cursor() as cursor:
        cursor.executemany(
            "update video_scenes set number = %s where id = %s",
            [[number, scene_id] for number, scene_id in enumerate(scene_ids, start=1)],
        )


def next_take(db: Connection, scene_id: UUID, piece: Piece, *, after: int | None = None) -> None:
    """The next render makes a piece anew; with `after`, only if that take is still the current one."""
    column = sql.Identifier(f"{piece}_take")
    db.execute(
        sql.SQL(
            "update video_scenes set {0} = {0} + 1, error = null where id = %s and {0} = coalesce(%s, {0})"
        ).format(column),
        [scene_id, after],
    )


def set_maker(db: Connection, scene_id: UUID, piece: Piece, maker: str) -> None:
    """Somebody else makes this piece of the scene from now on."""
    column = sql.Identifier(f"{piece}_maker")
    db.execute(sql.SQL("update video_scenes set {} = %s where id = %s").format(column), [maker, scene_id])


def pin(db: Connection, user_id: UUID, scene_id: UUID, piece: Piece, asset_id: UUID) -> None:
    """The user's choice for a piece."""
    # A clip that was chosen is conformed by the next render.
    clear: LiteralString = ", segment_asset_id = null" if piece == "clip" else ""
    db.execute(
        sql.SQL(
            "insert into {} as link (scene_id, user_id, asset_id, pinned) values (%s, %s, %s, true)"
            " on conflict (scene_id) do update set asset_id = excluded.asset_id, pinned = true{}"
        ).format(sql.Identifier(PIECE_TABLES[piece]), sql.SQL(clear)),
        [scene_id, user_id, asset_id],
    )
    add_take(db, scene_id, asset_id)
    db.execute("update video_scenes set error = null where id = %s", [scene_id])


def set_last_frame(db: Connection, scene_id: UUID, asset_id: UUID) -> None:
    """The picture that the scene's clip is to end with."""
    db.execute("update video_scenes set last_frame_asset_id = %s where id = %s", [asset_id, scene_id])


def unpin(db: Connection, scene_id: UUID, piece: Piece) -> None:
    """The recipe decides again."""
    db.execute(
        sql.SQL("update {} set pinned = false where scene_id = %s").format(
            sql.Identifier(PIECE_TABLES[piece])
        ),
        [scene_id],
    )


def takes(video_id: UUID, number: int) -> Question[Take]:
    """Everything that was made for a scene or put into it, numbered from 1 in that order."""
    return Question(
        """
        select row_number() over (order by created_at, id)::int as take, piece, id as asset_id,
               storage_key, maker, created_at,
               exists (select 1 from video_frames where scene_id = a.scene_id and asset_id = a.id)
               or exists (select 1 from video_clips where scene_id = a.scene_id and asset_id = a.id)
               or exists (select 1 from video_narrations where scene_id = a.scene_id and asset_id = a.id)
               as used
        from (
            select t.scene_id, a.id, a.storage_key, t.created_at,
                   case when a.kind <> 'upload' then a.kind
                        when a.content_type like 'image/%%' then 'frame' else 'clip' end as piece,
                   coalesce(a.recipe->>'provider' || '/' || (a.recipe->>'model'), 'upload') as maker
            from video_scenes s join scene_takes t on t.scene_id = s.id join assets a on a.id = t.asset_id
            where s.video_id = %s and s.number = %s
        ) a
        order by take
        """,
        [video_id, number],
        class_row(Take),
    )


def forget_makers(db: Connection, video_id: UUID) -> None:
    """Nobody steps in any more: who makes the video was settled anew."""
    db.execute(
        "update video_scenes set frame_maker = null, clip_maker = null, narration_maker = null"
        " where video_id = %s",
        [video_id],
    )


def forget_results(db: Connection, video_id: UUID) -> None:
    """Before a render: every piece that the user did not choose is looked up by its recipe again."""
    for table in PIECE_TABLES.values():
        db.execute(
            sql.SQL(
                "delete from {} l using video_scenes s"
                " where s.id = l.scene_id and s.video_id = %s and not l.pinned"
            ).format(sql.Identifier(table)),
            [video_id],
        )
    db.execute("update video_scenes set error = null where video_id = %s", [video_id])
    db.execute("delete from final_videos where video_id = %s", [video_id])
    db.execute("delete from provider_turns where video_id = %s", [video_id])

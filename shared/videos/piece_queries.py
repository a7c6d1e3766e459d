"""The SQL of what videos are made of: frames, clips, narrations, cuts, and how far each is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, LiteralString
from uuid import UUID

from psycopg import sql
from psycopg.rows import class_row

from shared.assets.models import Asset
from shared.assets.queries import ASSET_COLUMNS, add_take
from shared.database import Connection, Question
from shared.media.formats import CUT_FORMATS
from shared.videos.queries import Video

PIECE_TABLES: dict[str, LiteralString] = {
    "frame": "video_frames",
    "clip": "video_clips",
    "narration": "video_narrations",
}
"""Where it stands what a scene is made of, by piece."""


@dataclass(frozen=True, slots=True)
class SceneProgress:
    """A scene with what was made of it. Keys are storage keys; `working` are kinds in the making.

    One that has just been made is, until the scene has it.
    """

    number: int
    title: str
    description: str
    prompt: str
    motion: str
    narration: str
    duration_ms: int
    error: dict[str, Any] | None
    frame_key: str | None
    segment_key: str | None
    narration_key: str | None
    working: list[str]
    turns: dict[str, str | None]
    """Kinds that wait for a turn, and from when the provider's limit for a day lets them pass."""
    troubled: list[str]
    """Kinds whose last call failed because the provider was down or busy."""


@dataclass(frozen=True, slots=True)
class FinalVideo:
    """A row of final_videos with its objects."""

    width: int
    height: int
    frames: int
    size_bytes: int
    cut_key: str
    captions_key: str | None
    poster_key: str | None
    preview_key: str | None


def scene_progress(video_id: UUID) -> Question[SceneProgress]:
    """A video's scenes in order, with what was made of them."""
    return Question(
        """
        select s.number, s.title, s.description, s.prompt, s.motion, s.narration, s.duration_ms, s.error,
               frame.storage_key as frame_key, segment.storage_key as segment_key,
               speech.storage_key as narration_key,
               array(select c.kind from provider_calls c
                     where c.scene_id = s.id
                       and (c.state in ('intended', 'submitted')
                            or c.state = 'succeeded' and v.state = 'running')) as working,
               coalesce((select jsonb_object_agg(t.kind, t.allowed_at) from provider_turns t
                         where t.scene_id = s.id), '{}') as turns,
               array(select last.kind from (
                         select distinct on (c.kind) c.kind, c.state, c.error->>'code' as code
                         from provider_calls c where c.scene_id = s.id
                         order by c.kind, c.intended_at desc) last
                     where last.state = 'failed'
                       and last.code in ('provider_unavailable', 'provider_busy')) as troubled
        from video_scenes s
        join video_sessions v on v.id = s.video_id
        left join video_frames f on f.scene_id = s.id
        left join assets frame on frame.id = f.asset_id
        left join video_clips c on c.scene_id = s.id
        left join assets segment on segment.id = c.segment_asset_id
        left join video_narrations n on n.scene_id = s.id
        left join assets speech on speech.id = n.asset_id
        where s.video_id = %s order by s.number
        """,
        [video_id],
        class_row(SceneProgress),
    )


@dataclass(frozen=True, slots=True)
class StoryProgress:
    """A story on its way, as `SceneProgress` says it of pieces."""

    working: list[str]
    turns: dict[str, str | None]
    troubled: list[str]


def story_progress(video_id: UUID) -> Question[StoryProgress]:
    """Where a video's story is."""
    return Question(
        """
        select array(select c.kind from provider_calls c
                     where c.video_id = v.id and c.kind = 'story'
                       and c.state in ('intended', 'submitted')) as working,
               coalesce((select jsonb_object_agg(t.kind, t.allowed_at) from provider_turns t
                         where t.video_id = v.id and t.kind = 'story'), '{}') as turns,
               array(select last.kind from (
                         select c.kind, c.state, c.error->>'code' as code
                         from provider_calls c where c.video_id = v.id and c.kind = 'story'
                         order by c.intended_at desc limit 1) last
                     where last.state = 'failed'
                       and last.code in ('provider_unavailable', 'provider_busy')) as troubled
        from video_sessions v where v.id = %s
        """,
        [video_id],
        class_row(StoryProgress),
    )


def set_reference(db: Connection, video_id: UUID, asset_id: UUID) -> None:
    """Settle which picture the frames are kept alike to; the first choice stays."""
    db.execute(
        "update video_sessions set reference_asset_id = %s where id = %s and reference_asset_id is null",
        [asset_id, video_id],
    )


def add_pictures(
    db: Connection,
    user_id: UUID,
    video_id: UUID,
    role: Literal["reference", "frame"],
    pictures: dict[int, UUID],
) -> None:
    """Pictures that a video is ordered with, by number: further references, or the frames of its scenes."""
    with db.cursor() as cursor:
        cursor.executemany(
            "insert into video_pictures (video_id, user_id, role, number, asset_id)"
            " values (%s, %s, %s, %s, %s)",
            [[video_id, user_id, role, number, asset_id] for number, asset_id in pictures.items()],
        )


def references(db: Connection, video_id: UUID) -> list[Asset]:
    """All that the video's frames are kept alike to, in order."""
    with db.cursor(row_factory=class_row(Asset)) as cursor:
        return cursor.execute(
            "select "  # noqa: S608 - literals
            + ASSET_COLUMNS
            + " from (select reference_asset_id as asset_id, 0 as number"
            " from video_sessions where id = %(video)s"
            " union all select asset_id, number from video_pictures"
            " where video_id = %(video)s and role = 'reference') r"
            " join assets a on a.id = r.asset_id order by r.number",
            {"video": video_id},
        ).fetchall()


def brought_frames(db: Connection, video_id: UUID) -> dict[int, str]:
    """SHA-256 of the pictures that the video was ordered with for its scenes, by scene."""
    rows = db.execute(
        "select p.number, a.sha256 from video_pictures p join assets a on a.id = p.asset_id"
        " where p.video_id = %s and p.role = 'frame'",
        [video_id],
    ).fetchall()
    return {row["number"]: row["sha256"] for row in rows}


def place_frames(db: Connection, video_id: UUID) -> None:
    """Put the pictures that the video was ordered with into its scenes, once there are some."""
    brought: LiteralString = (
        " from video_pictures p join video_scenes s on s.video_id = p.video_id and s.number = p.number"
        " where p.video_id = %s and p.role = 'frame' on conflict do nothing"
    )
    db.execute(
        "insert into video_frames (scene_id, user_id, asset_id, pinned)"
        " select s.id, s.user_id, p.asset_id, true" + brought,
        [video_id],
    )
    db.execute(
        "insert into scene_takes (scene_id, asset_id, user_id) select s.id, p.asset_id, s.user_id" + brought,
        [video_id],
    )


def pinned(db: Connection, scene_id: UUID, kind: Literal["frame", "clip", "narration"]) -> Asset | None:
    """What the user chose for a piece of a scene, if anything."""
    with db.cursor(row_factory=class_row(Asset)) as cursor:
        return cursor.execute(
            sql.SQL(
                "select {} from {} l join assets a on a.id = l.asset_id where l.scene_id = %s and l.pinned"
            ).format(sql.SQL(ASSET_COLUMNS), sql.Identifier(PIECE_TABLES[kind])),
            [scene_id],
        ).fetchone()


def set_frame(db: Connection, user_id: UUID, scene_id: UUID, asset_id: UUID) -> None:
    """The frame that the scene's recipe gave. One that the user chose stays."""
    db.execute(
        "insert into video_frames (scene_id, user_id, asset_id) values (%s, %s, %s)"
        " on conflict (scene_id) do update set asset_id = excluded.asset_id where not video_frames.pinned",
        [scene_id, user_id, asset_id],
    )
    add_take(db, scene_id, asset_id)


def set_clip(db: Connection, user_id: UUID, scene_id: UUID, asset_id: UUID, segment_asset_id: UUID) -> None:
    """The scene's clip, and the segment that it was conformed to."""
    db.execute(
        "insert into video_clips (scene_id, user_id, asset_id, segment_asset_id)"
        " values (%s, %s, %s, %s) on conflict (scene_id)"
        " do update set asset_id = excluded.asset_id, segment_asset_id = excluded.segment_asset_id",
        [scene_id, user_id, asset_id, segment_asset_id],
    )
    add_take(db, scene_id, asset_id)


def set_narration(db: Connection, user_id: UUID, scene_id: UUID, asset_id: UUID) -> None:
    """The narration that the scene's recipe gave. One that the user chose stays."""
    db.execute(
        "insert into video_narrations (scene_id, user_id, asset_id) values (%s, %s, %s)"
        " on conflict (scene_id) do update set asset_id = excluded.asset_id"
        " where not video_narrations.pinned",
        [scene_id, user_id, asset_id],
    )
    add_take(db, scene_id, asset_id)


_LINKS: dict[str, LiteralString] = {
    "frame": "video_frames l on l.scene_id = s.id join assets a on a.id = l.asset_id",
    "segment": "video_clips l on l.scene_id = s.id join assets a on a.id = l.segment_asset_id",
    "narration": "video_narrations l on l.scene_id = s.id join assets a on a.id = l.asset_id",
}


def scene_assets(db: Connection, video_id: UUID, kind: str) -> dict[int, Asset]:
    """The current frames, segments or narrations of a video, by scene."""
    statement: LiteralString = (  # literals only, and mypy holds to that
        "select s.number as scene_number, "  # noqa: S608
        + ASSET_COLUMNS
        + " from video_scenes s join "
        + _LINKS[kind]
        + " where s.video_id = %s"
    )
    rows = db.execute(statement, [video_id])
    return {row.pop("scene_number"): Asset(**row) for row in rows}


def set_final(db: Connection, video: Video, *, cut: UUID, captions: UUID | None, frames: int) -> None:
    """The finished video. Stills of an earlier one go."""
    size = CUT_FORMATS[video.request.aspect_ratio]
    db.execute(
        "insert into final_videos (video_id, user_id, asset_id, captions_asset_id, width, height, frames)"
        " values (%s, %s, %s, %s, %s, %s, %s) on conflict (video_id) do update"
        " set asset_id = excluded.asset_id, captions_asset_id = excluded.captions_asset_id,"
        " width = excluded.width, height = excluded.height, frames = excluded.frames,"
        " poster_asset_id = case when final_videos.asset_id = excluded.asset_id"
        "                        then final_videos.poster_asset_id end,"
        " preview_asset_id = case when final_videos.asset_id = excluded.asset_id"
        "                         then final_videos.preview_asset_id end",
        [video.id, video.user_id, cut, captions, size.width, size.height, frames],
    )


def set_stills(db: Connection, video_id: UUID, poster: UUID, preview: UUID) -> None:
    """The finished video's poster and preview."""
    db.execute(
        "update final_videos set poster_asset_id = %s, preview_asset_id = %s where video_id = %s",
        [poster, preview, video_id],
    )


def final_video(video_id: UUID) -> Question[FinalVideo]:
    """The finished video with its objects' keys."""
    return Question(
        """
        select f.width, f.height, f.frames, cut.size_bytes, cut.storage_key as cut_key,
               captions.storage_key as captions_key, poster.storage_key as poster_key,
               preview.storage_key as preview_key
        from final_videos f
        join assets cut on cut.id = f.asset_id
        left join assets captions on captions.id = f.captions_asset_id
        left join assets poster on poster.id = f.poster_asset_id
        left join assets preview on preview.id = f.preview_asset_id
        where f.video_id = %s
        """,
        [video_id],
        class_row(FinalVideo),
    )


_CUT: LiteralString = (
    "select "  # noqa: S608 - literals
    + ASSET_COLUMNS
    + " from final_videos f join assets a on a.id = f.asset_id where f.video_id = %s"
)


def cut_asset(db: Connection, video_id: UUID) -> Asset | None:
    """The finished video's asset."""
    with db.cursor(row_factory=class_row(Asset)) as cursor:
        return cursor.execute(_CUT, [video_id]).fetchone()


@dataclass(frozen=True, slots=True)
class Known:
    """What a video has: assets' content by recipe, recipes on their way, and what the user pinned."""

    assets: dict[str, str]
    """SHA-256 of the content, by the recipe's identity."""

    submitted: frozenset[str]
    """Identities of recipes that a provider is at work on: they are collected, not paid again."""

    pinned: dict[tuple[UUID, str], str]
    """SHA-256 of the content that the user chose, by scene and piece."""

    def has(self, identity: str) -> bool:
        """Whether a recipe is made, or on its way."""
        return identity in self.assets or identity in self.submitted


def known(db: Connection, video_id: UUID) -> Known:
    """All that a plan must know of what was made."""
    assets = db.execute("select identity, sha256 from assets where video_id = %s", [video_id]).fetchall()
    submitted = db.execute(
        "select identity from provider_calls where video_id = %s and state = 'submitted'", [video_id]
    ).fetchall()
    pinned = db.execute(
        """
        select s.id, l.piece, a.sha256 from video_scenes s
        join (
            select scene_id, 'frame' as piece, asset_id from video_frames where pinned
            union all select scene_id, 'clip', asset_id from video_clips where pinned
            union all select scene_id, 'narration', asset_id from video_narrations where pinned
        ) l on l.scene_id = s.id
        join assets a on a.id = l.asset_id
        where s.video_id = %s
        """,
        [video_id],
    ).fetchall()
    return Known(
        assets={row["identity"]: row["sha256"] for row in assets},
        submitted=frozenset(row["identity"] for row in submitted),
        pinned={(row["id"], row["piece"]): row["sha256"] for row in pinned},
    )

"""The SQL of videos. Every function runs in a transaction of the caller's, who sees only own rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row, scalar_row
from psycopg.types.json import Jsonb

from shared.assets.models import Bench, SceneRef
from shared.database import Connection, Question
from shared.errors import Conflict
from shared.log import correlation_id
from shared.stories.models import Sheet, Story, StoryScene
from shared.videos.models import MAX_SESSION_JOBS, Makers, PieceKind, VideoError, VideoRequest, VideoState
from shared.webhooks import outbox
from shared.webhooks.models import EventError, EventVideo


@dataclass(frozen=True, slots=True)
class Video:
    """A row of video_sessions."""

    id: UUID
    user_id: UUID
    request: VideoRequest
    makers: Makers
    state: VideoState
    title: str | None
    overview: str | None
    sheet: Sheet | None
    error: VideoError | None
    reference_asset_id: UUID | None
    max_cost_usd: Decimal | None
    executions: int
    story_take: int
    request_id: str
    piece: PieceKind | None
    piece_index: int | None
    piece_total: int | None
    begun_as_job: bool
    created_at: datetime
    finished_at: datetime | None

    def bench(self, scene: Scene | None, lease_seconds: float) -> Bench:
        """Where something of the video is made, by its latest execution."""
        return Bench(
            user_id=self.user_id,
            request_id=self.request_id,
            video_id=self.id,
            scene=scene.ref if scene else None,
            lease_seconds=lease_seconds,
            execution=self.executions,
            piece_index=self.piece_index,
        )

    @classmethod
    def from_row(cls, **row: Any) -> Video:
        """Validate the JSON columns: another version of this code may have written them, a later one, too."""
        row["request"] = VideoRequest.model_validate(row["request"], extra="ignore")
        row["makers"] = Makers.model_validate(row["makers"], extra="ignore")
        row["sheet"] = row["sheet"] and Sheet.model_validate(row["sheet"], extra="ignore")
        row["error"] = row["error"] and VideoError.model_validate(row["error"], extra="ignore")
        return cls(**row)


MAY_RAISE_CAP: Question[bool] = Question(
    "select spending_limit_usd is null or monthly_cap_usd < spending_limit_usd from users"
    " where id = app_user_id()",
    (),
    scalar_row,
)
"""Whether the caller's cap for a month is lower than the deployment lets it be."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A row of video_scenes."""

    id: UUID
    number: int
    title: str
    description: str
    prompt: str
    motion: str
    narration: str
    duration_ms: int
    style: str | None
    frame_take: int
    clip_take: int
    narration_take: int
    frame_maker: str | None
    clip_maker: str | None
    narration_maker: str | None
    last_frame_asset_id: UUID | None
    """The picture that its clip is to end with."""
    last_frame_sha256: str | None

    @property
    def ref(self) -> SceneRef:
        """What the scene is known by."""
        return SceneRef(self.id, self.number)

    @property
    def story_scene(self) -> StoryScene:
        """The scene as its writer wrote it."""
        return StoryScene(
            title=self.title,
            description=self.description,
            prompt=self.prompt,
            motion=self.motion,
            narration=self.narration,
        )


_VIDEO: LiteralString = """
    select id, user_id, request, makers, state, title, overview, sheet, error, reference_asset_id,
           max_cost_usd, executions, story_take, request_id, piece, piece_index, piece_total, begun_as_job,
           created_at, finished_at
    from video_sessions
"""


@dataclass(frozen=True, slots=True)
class NewVideo:
    """A video as it is written down."""

    id: UUID
    user_id: UUID
    request_id: str
    request: VideoRequest
    makers: Makers
    max_cost_usd: Decimal | None = None
    piece: PieceKind | None = None
    piece_index: int | None = None
    piece_total: int | None = None
    piece_identity: str | None = None
    webhook_url: str | None = None
    begun_as_job: bool = False
    correlation_id: str = field(default_factory=correlation_id)


def open_session(db: Connection, user_id: UUID, request_id: str) -> None:
    """The session is there, and nobody deletes it until the transaction ends."""
    db.execute(
        "insert into media_sessions (user_id, request_id) values (%s, %s)"
        " on conflict (user_id, request_id) do update set updated_at = now()",
        [user_id, request_id],
    )


def add_video(db: Connection, new: NewVideo) -> bool:
    """Write down a new video, queued; False where its session has one of the same identity already.

    Raises Conflict where the session is full.
    """
    open_session(db, new.user_id, new.request_id)
    row = db.execute(
        "insert into video_sessions (id, user_id, request_id, request, makers, max_cost_usd, piece,"
        " piece_index, piece_total, piece_identity, correlation_id, webhook_url, begun_as_job)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " on conflict (user_id, request_id, piece_identity) where piece_identity is not null do nothing"
        " returning (select count(*) from video_sessions v where v.user_id = %s and v.request_id = %s)"
        " as others",
        [
            new.id,
            new.user_id,
            new.request_id,
            Jsonb(new.request.model_dump(mode="json")),
            Jsonb(new.makers.model_dump(mode="json")),
            new.max_cost_usd,
            new.piece,
            new.piece_index,
            new.piece_total,
            new.piece_identity,
            new.correlation_id,
            new.webhook_url,
            new.begun_as_job,
            new.user_id,
            new.request_id,
        ],
    ).fetchone()
    if row is not None and row["others"] >= MAX_SESSION_JOBS:
        raise Conflict(f"The session {new.request_id} has {MAX_SESSION_JOBS} jobs in it. Begin another one.")
    return row is not None


def find_video(db: Connection, video_id: UUID) -> Video | None:
    """One video of the caller's."""
    return video_question(video_id).one(db)


def video_question(video_id: UUID) -> Question[Video]:
    """One video of the caller's."""
    return Question(_VIDEO + " where id = %s", [video_id], _video_row)


def _video_row(cursor: Any) -> Any:
    names = [column.name for column in cursor.description or ()]
    return lambda values: Video.from_row(**dict(zip(names, values, strict=True)))


def video_state(video_id: UUID) -> Question[VideoState]:
    """Only the state: for those who wait."""
    return Question("select state from video_sessions where id = %s", [video_id], scalar_row)


def waiting_for_budget(db: Connection, most: int) -> list[UUID]:
    """The caller's videos that wait for money, the longest waiting first."""
    with db.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(
            "select id from video_sessions where state = 'needs_budget' order by finished_at, id limit %s",
            [most],
        ).fetchall()


def queue_again(
    db: Connection,
    video_id: UUID,
    request: VideoRequest,
    makers: Makers,
    max_cost_usd: Decimal | None,
    correlation_id: str,
) -> None:
    """The video is to be made on."""
    db.execute(
        "update video_sessions set state = 'queued', queued_at = now(), resumes = 0, error = null,"
        " finished_at = null, request = %s, makers = %s, max_cost_usd = coalesce(%s, max_cost_usd),"
        " correlation_id = %s,"
        " updated_at = now() where id = %s",
        [
            Jsonb(request.model_dump(mode="json")),
            Jsonb(makers.model_dump(mode="json")),
            max_cost_usd,
            correlation_id,
            video_id,
        ],
    )


@dataclass(frozen=True, slots=True)
class Finished:
    """A video has just come to an end: see `shared.videos.ending`."""

    state: VideoState
    error_code: str | None
    deliveries: int
    """How many webhooks are to be told, once that is committed."""


def finish(
    db: Connection,
    video_id: UUID,
    state: VideoState,
    error: VideoError | None = None,
    execution: int | None = None,
) -> Finished | None:
    """The video is in a final state; None where it was in one before, which then stays.

    With an `execution`, only if that is still the one that makes it. Nobody waits for a turn any more.
    Webhooks are told of it with the same commit, or not at all.
    """
    row = db.execute(
        "update video_sessions set state = %s, error = %s, finished_at = now(), updated_at = now()"
        " where id = %s and state in ('queued', 'running') and executions = coalesce(%s, executions)"
        " returning request_id, piece",
        [state, _stored(error) if error else None, video_id, execution],
    ).fetchone()
    if row is None:
        return None
    db.execute("delete from provider_turns where video_id = %s", [video_id])
    reason = EventError(code=error.code, message=error.message, scene=error.scene) if error else None
    told = EventVideo(
        id=video_id, request_id=row["request_id"], piece=row["piece"], state=state, error=reason
    )
    deliveries = outbox.tell_of_video(db, told)
    return Finished(state, error.code if error else None, deliveries)


def _stored(error: VideoError) -> Jsonb:
    """Without what it does not say: a field that is new is no trouble to those who do not know it."""
    return Jsonb(error.model_dump(mode="json", exclude_none=True))


def keep_story(db: Connection, user_id: UUID, video_id: UUID, story: Story, durations_ms: list[int]) -> None:
    """Write a story into its video. A second time changes nothing."""
    row = db.execute(
        "update video_sessions set title = %s, overview = %s, sheet = %s, updated_at = now()"
        " where id = %s and sheet is null returning id",
        [story.title, story.overview, Jsonb(story.sheet.model_dump(mode="json")), video_id],
    ).fetchone()
    if row is None:
        return
    with db.cursor() as cursor:
        cursor.executemany(
            "insert into video_scenes (video_id, number, user_id, title, description, prompt, motion,"
            " narration, duration_ms) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                [video_id, number, user_id, *_texts(scene), duration_ms]
                for number, (scene, duration_ms) in enumerate(
                    zip(story.scenes, durations_ms, strict=True), start=1
                )
            ],
        )


def _texts(scene: StoryScene) -> list[str]:
    return [scene.title, scene.description, scene.prompt, scene.motion, scene.narration]


def scenes(db: Connection, video_id: UUID) -> list[Scene]:
    """A video's scenes in order."""
    return scenes_question(video_id).all(db)


def scenes_question(video_id: UUID) -> Question[Scene]:
    """A video's scenes in order."""
    return Question(
        "select s.id, s.number, s.title, s.description, s.prompt, s.motion, s.narration, s.duration_ms,"
        " s.style, s.frame_take, s.clip_take, s.narration_take, s.frame_maker, s.clip_maker,"
        " s.narration_maker, s.last_frame_asset_id, last.sha256 as last_frame_sha256"
        " from video_scenes s left join assets last on last.id = s.last_frame_asset_id"
        " where s.video_id = %s order by s.number",
        [video_id],
        class_row(Scene),
    )


def next_story_take(db: Connection, video_id: UUID, *, after: int) -> None:
    """The story is written anew, if that take is still the current one."""
    db.execute(
        "update video_sessions set story_take = story_take + 1 where id = %s and story_take = %s",
        [video_id, after],
    )


def set_scene_error(db: Connection, video_id: UUID, number: int, error: VideoError | None) -> None:
    """Why a scene could not be made; None when it is tried anew."""
    db.execute(
        "update video_scenes set error = %s where video_id = %s and number = %s",
        [_stored(error) if error else None, video_id, number],
    )


def first_scene_error(db: Connection, video_id: UUID) -> VideoError | None:
    """The error of the first scene that has one."""
    row = db.execute(
        "select error from video_scenes where video_id = %s and error is not null order by number limit 1",
        [video_id],
    ).fetchone()
    return VideoError.model_validate(row["error"], extra="ignore") if row else None

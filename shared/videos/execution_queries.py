"""The SQL of executions: which one makes a video, and which videos have been left without one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from psycopg.rows import class_row

from shared.database import Connection


class NextExecution(NamedTuple):
    """An execution that is about to begin: its number, from 1, and the request that asked for it."""

    number: int
    correlation_id: str


def count_execution(db: Connection, video_id: UUID, after: int | None = None) -> NextExecution | None:
    """The video's next execution.

    None where the video is not to be made, or, with `after`, where another one has begun since.
    """
    row = db.execute(
        "update video_sessions set executions = executions + 1, updated_at = now()"
        " where id = %s and state in ('queued', 'running') and executions = coalesce(%s, executions)"
        " returning executions, correlation_id",
        [video_id, after],
    ).fetchone()
    return None if row is None else NextExecution(row["executions"], row["correlation_id"])


def count_idle_handover(db: Connection, video_id: UUID) -> int:
    """One execution hands the video over to the next: how often in a row nothing was asked for or made.

    Whoever renders the video again begins anew.
    """
    row = db.execute(
        "update video_sessions v set handed_over_at = clock_timestamp(), idle_handovers = case"
        " when v.handed_over_at > v.queued_at"
        "  and not exists (select 1 from assets where video_id = v.id and created_at > v.handed_over_at)"
        "  and not exists (select 1 from provider_calls where video_id = v.id and"
        "   greatest(intended_at, submitted_at, running_at, ended_at, finished_at) > v.handed_over_at)"
        " then v.idle_handovers + 1 else 0 end where v.id = %s returning v.idle_handovers",
        [video_id],
    ).fetchone()
    return row["idle_handovers"] if row else 0


def open_execution(db: Connection, video_id: UUID) -> NextExecution | None:
    """The execution that makes the video and may not have begun; None where it is not in the making."""
    row = db.execute(
        "select executions, correlation_id from video_sessions"
        " where id = %s and state in ('queued', 'running')",
        [video_id],
    ).fetchone()
    return None if row is None else NextExecution(row["executions"], row["correlation_id"])


def begin(db: Connection, video_id: UUID, execution: int) -> bool:
    """The execution is at work; False where the video is not to be made any more, or by another one."""
    row = db.execute(
        "update video_sessions set state = 'running', updated_at = now()"
        " where id = %s and executions = %s and state in ('queued', 'running') returning id",
        [video_id, execution],
    ).fetchone()
    return row is not None


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A video that should be in the making."""

    id: UUID
    user_id: UUID
    executions: int
    resumes: int


def unfinished(db: Connection, quiet_seconds: int) -> list[Unfinished]:
    """Videos in the making that nothing has touched for a while, of every user: the operator's question.

    In any order: those that wait, rightly, must not hide the others for ever.
    """
    with db.cursor(row_factory=class_row(Unfinished)) as cursor:
        return cursor.execute(
            "select id, user_id, executions, resumes from video_sessions"
            " where state in ('queued', 'running')"
            " and updated_at <= now() - make_interval(secs => %s) order by random() limit 500",
            [quiet_seconds],
        ).fetchall()


def count_resume(db: Connection, video_id: UUID) -> None:
    """The video was found without an execution, and gets one more."""
    db.execute("update video_sessions set resumes = resumes + 1 where id = %s", [video_id])

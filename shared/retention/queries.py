"""The SQL of what is deleted for good."""

from __future__ import annotations

from collections.abc import Sequence
from typing import LiteralString, NamedTuple
from uuid import UUID

from psycopg.rows import class_row, scalar_row

from shared.assets.budget import SPENT
from shared.database import Connection, Question

LONGEST_FUNCTION_MINUTES = 20
"""So long after a deletion nobody can be at work any more on what was deleted: Lambda ends at 15."""


RETENTION_DAYS: Question[int | None] = Question(
    "select retention_days from users where id = app_user_id()", (), scalar_row
)
"""The caller's setting."""


def set_retention_days(db: Connection, days: int | None) -> None:
    """Change the caller's setting."""
    db.execute("update users set retention_days = %s where id = app_user_id()", [days])


class Session(NamedTuple):
    """A session, by what it is known by."""

    user_id: UUID
    request_id: str


# Nothing has happened in it for as long as its user wants it kept, and nothing is happening.
_EXPIRED: LiteralString = """
    select m.user_id, m.request_id
    from media_sessions m
    join users u on u.id = m.user_id
    cross join lateral (select now() - make_interval(days => u.retention_days) as since) kept
    where u.retention_days is not null and m.state <> 'making' and m.updated_at < kept.since
      and not exists (
          select 1 from video_sessions v
          where v.user_id = m.user_id and v.request_id = m.request_id
            and (v.state in ('queued', 'running') or v.updated_at >= kept.since))
      and not exists (
          select 1 from uploads l
          where l.user_id = m.user_id and l.request_id = m.request_id and l.created_at >= kept.since)
"""


def expired_sessions(db: Connection, most: int) -> list[Session]:
    """Sessions of all users whose time is over: the operator's question."""
    with db.cursor(row_factory=class_row(Session)) as cursor:
        return cursor.execute(_EXPIRED + " order by m.updated_at limit %s", [most]).fetchall()


def take_if_expired(db: Connection, session: Session) -> bool:
    """Whether it still is; nobody changes it until the transaction ends."""
    row = db.execute(
        _EXPIRED + " and m.user_id = %s and m.request_id = %s for update of m",
        [session.user_id, session.request_id],
    ).fetchone()
    return row is not None


def videos_of(db: Connection, request_id: str) -> list[UUID]:
    """The videos of a session of the caller's; none of them is begun with until the transaction ends."""
    with db.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(
            "select id from video_sessions where user_id = app_user_id() and request_id = %s for update",
            [request_id],
        ).fetchall()


def uploads_of(db: Connection, request_id: str) -> list[UUID]:
    """The uploads of a session of the caller's that may still be looked into, and then stored."""
    with db.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(
            "select id from uploads where user_id = app_user_id() and request_id = %s"
            " and (state = 'open' or finished_at > now() - make_interval(mins => %s))",
            [request_id, LONGEST_FUNCTION_MINUTES],
        ).fetchall()


class Running(NamedTuple):
    """A video that may be at work."""

    video_id: UUID
    executions: int


def running_videos(db: Connection, user_id: UUID) -> list[Running]:
    """A user's videos that are being made: the operator's question."""
    with db.cursor(row_factory=class_row(Running)) as cursor:
        return cursor.execute(
            "select id as video_id, executions from video_sessions"
            " where user_id = %s and state in ('queued', 'running')",
            [user_id],
        ).fetchall()


def delete_user(db: Connection, user_id: UUID) -> bool:
    """Delete a user and all rows that bear the user's id; False where there is none. Needs the operator's.

    What the user spent this month still counts against the deployment's cap.
    """
    return (
        db.execute(
            "with kept as (insert into spending_of_deleted_users (month, spent_usd)"  # noqa: S608 - literals
            " select date_trunc('month', now(), 'UTC'), " + SPENT + " from provider_calls c"
            " where c.user_id = %(user)s and c.intended_at >= date_trunc('month', now(), 'UTC')"
            " having count(*) > 0)"
            " delete from users where id = %(user)s",
            {"user": user_id},
        ).rowcount
        > 0
    )


class Deletion(NamedTuple):
    """Objects that are to be gone."""

    id: int
    prefix: str
    marks: list[str]
    """The keys have one of them in them; where there is none, any key is meant."""
    over: bool
    """Whether nobody can be left who still writes there."""


def note_deletion(db: Connection, prefix: str, marks: Sequence[str] = ()) -> None:
    """Have objects looked for again, until none can be left: those that have one of the marks, or all."""
    db.execute("insert into deletions (prefix, marks) values (%s, %s)", [prefix, list(marks)])


def note_deletions(db: Connection, prefixes: Sequence[str]) -> None:
    """The same for all objects below each of these."""
    if prefixes:
        db.execute("insert into deletions (prefix) select unnest(%s::text[])", [list(prefixes)])


def deletions(db: Connection, most: int) -> list[Deletion]:
    """What is to be looked for again, the oldest first: the operator's question."""
    with db.cursor(row_factory=class_row(Deletion)) as cursor:
        return cursor.execute(
            "select id, prefix, marks, deleted_at < now() - make_interval(mins => %s) as over"
            " from deletions order by deleted_at limit %s",
            [LONGEST_FUNCTION_MINUTES, most],
        ).fetchall()


def forget_deletion(db: Connection, deletion_id: int) -> None:
    """Nothing can be left of it."""
    db.execute("delete from deletions where id = %s", [deletion_id])

"""The SQL of uploads. Every function runs in a transaction of the caller's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from shared.database import Connection, Question
from shared.uploads.models import UploadKind, UploadMethod, UploadState
from shared.videos.queries import open_session

_COLUMNS: LiteralString = (
    "id, user_id, request_id, kind, method,"
    " case when state = 'open' and expires_at < now() then 'expired' else state end as state,"
    " content_type, size_bytes, file_name, multipart_id, storage_key, width, height, duration_ms, error,"
    " expires_at"
)
_FIND: LiteralString = "select " + _COLUMNS + " from uploads where id = %s"  # noqa: S608 - literals

FORGOTTEN_AFTER_DAYS = 7
"""So long after its end it can be asked what became of an upload that came to nothing."""


@dataclass(frozen=True, slots=True)
class NewUpload:
    """What is known of an upload when it begins."""

    id: UUID
    user_id: UUID
    request_id: str
    kind: UploadKind
    method: UploadMethod
    content_type: str
    size_bytes: int
    file_name: str | None
    multipart_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload(NewUpload):
    """One row."""

    state: UploadState
    storage_key: str | None
    width: int | None
    height: int | None
    duration_ms: int | None
    error: dict[str, str] | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """What the bytes turned out to be, and where they were stored."""

    storage_key: str
    content_type: str
    size_bytes: int
    width: int
    height: int
    duration_ms: int | None


def add(db: Connection, new: NewUpload, hours: int) -> Upload:
    """An open upload, in its session."""
    open_session(db, new.user_id, new.request_id)
    db.execute(
        "insert into uploads (id, user_id, request_id, kind, method, content_type, size_bytes, file_name,"
        " multipart_id, expires_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s,"
        " now() + make_interval(hours => %s))",
        [
            new.id,
            new.user_id,
            new.request_id,
            new.kind,
            new.method,
            new.content_type,
            new.size_bytes,
            new.file_name,
            new.multipart_id,
            hours,
        ],
    )
    return _one(db, new.id)


def find(upload_id: UUID) -> Question[Upload]:
    """One upload of the caller's. Its state is what it is now, whether or not that was written down."""
    return Question(_FIND, [upload_id], class_row(Upload))


def count_open(db: Connection, user_id: UUID) -> int:
    """How many uploads of the user are on their way. His other calls count when this transaction is over."""
    db.execute("select pg_advisory_xact_lock(hashtextextended('uploads/' || %s, 0))", [str(user_id)])
    row = db.execute(
        "select count(*) as n from uploads where user_id = %s and state = 'open' and expires_at > now()",
        [user_id],
    ).fetchone()
    return int(row["n"]) if row else 0


def expire(db: Connection, most: int) -> list[Upload]:
    """Close what was left lying, of whoever's rows are seen; returns what may be left of it in storage."""
    with db.cursor(row_factory=class_row(Upload)) as cursor:
        return cursor.execute(
            "update uploads set state = 'expired', finished_at = now() where id in (select id from uploads"  # noqa: S608 - literals
            " where state = 'open' and expires_at < now() limit %s for update skip locked)"
            " returning " + _COLUMNS,
            [most],
        ).fetchall()


_FORGETTABLE: LiteralString = (
    "state in ('refused', 'aborted', 'expired') and finished_at < now() - make_interval(days => %s)"
)


def sessions_to_clear(db: Connection, most: int) -> list[tuple[UUID, str]]:
    """Sessions with uploads that ended without a file, and long ago: the operator's question."""
    rows = db.execute(
        "select user_id, request_id from uploads where "  # noqa: S608 - literals
        + _FORGETTABLE
        + " group by user_id, request_id order by min(finished_at) limit %s",
        [FORGOTTEN_AFTER_DAYS, most],
    ).fetchall()
    return [(row["user_id"], row["request_id"]) for row in rows]


def forget_ended(db: Connection, request_id: str) -> None:
    """Delete the rows of a session of the caller's that ended without a file, and long ago."""
    db.execute(
        "delete from uploads where user_id = app_user_id() and request_id = %s and " + _FORGETTABLE,  # noqa: S608 - literals
        [request_id, FORGOTTEN_AFTER_DAYS],
    )


def complete(db: Connection, upload_id: UUID, found: Found) -> bool:
    """It is there. False where it was ended meanwhile."""
    return _finish(
        db,
        "update uploads set state = 'complete', finished_at = now(), storage_key = %s, content_type = %s,"
        " size_bytes = %s, width = %s, height = %s, duration_ms = %s where id = %s and state = 'open'",
        [
            found.storage_key,
            found.content_type,
            found.size_bytes,
            found.width,
            found.height,
            found.duration_ms,
            upload_id,
        ],
    )


def refuse(db: Connection, upload_id: UUID, code: str, message: str) -> bool:
    """It is not what it has to be."""
    return _finish(
        db,
        "update uploads set state = 'refused', finished_at = now(), error = %s"
        " where id = %s and state = 'open'",
        [Jsonb({"code": code, "message": message}), upload_id],
    )


def abort(db: Connection, upload_id: UUID) -> bool:
    """Its owner does not want it."""
    return _finish(
        db,
        "update uploads set state = 'aborted', finished_at = now() where id = %s and state = 'open'",
        [upload_id],
    )


def _finish(db: Connection, statement: LiteralString, values: list[object]) -> bool:
    return db.execute(statement, values).rowcount == 1


def _one(db: Connection, upload_id: UUID) -> Upload:
    found = find(upload_id).one(db)
    if found is None:
        raise LookupError(f"The upload {upload_id} was there a moment ago.")
    return found

"""What is deleted for good: by its user's setting, or with its user."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar
from uuid import UUID

from shared import storage
from shared.assets.keys import session_prefix, upload_mark, user_prefixes, video_mark
from shared.database import Connection, operator_transaction, reading, transaction
from shared.errors import NotFound
from shared.log import logger
from shared.retention import queries
from shared.retention.models import ChangeRetention, Retention
from shared.retention.queries import Deletion, Session
from shared.videos import deletion_queries, executions, leftovers, queries as video_queries

T = TypeVar("T")

SESSIONS_PER_RUN = 200
DELETIONS_PER_RUN = 1000


def retention(user_id: UUID) -> Retention:
    """How long the user's sessions are kept."""
    with reading(user_id) as read:
        days = read(queries.RETENTION_DAYS)
    return Retention(retention_days=days.one)


def change_retention(user_id: UUID, change: ChangeRetention) -> Retention:
    """Change how long they are."""
    with transaction(user_id) as db:
        queries.set_retention_days(db, change.retention_days)
    return Retention(retention_days=change.retention_days)


def delete_expired(give_up_at: float) -> int:
    """Delete the sessions whose time is over; returns how many were. By `time.monotonic()`, begin with no
    further one after `give_up_at`, and cancel no further task: the next run goes on.
    """
    with operator_transaction() as db:
        found = queries.expired_sessions(db, SESSIONS_PER_RUN)
    return sum(_guarded(partial(_delete_session, each, give_up_at), give_up_at) for each in found)


def _delete_session(session: Session, give_up_at: float) -> bool:
    with transaction(session.user_id) as db:
        if not queries.take_if_expired(db, session):  # somebody has come back to it since it was found
            return False
    leftovers.cancel_before_deletion(session.user_id, give_up_at, session.request_id)
    with transaction(session.user_id) as db:
        if not queries.take_if_expired(db, session):
            return False
        erase_session(db, session, queries.videos_of(db, session.request_id))
    return True


def erase_session(db: Connection, session: Session, video_ids: list[UUID]) -> int:
    """Delete a session with these videos, its rows and all its objects; returns how many objects.

    The transaction holds the session. Where storage fails the rows stay, and the next try finds them.
    """
    prefix = session_prefix(session.user_id, session.request_id)
    marks = [video_mark(video_id) for video_id in video_ids]
    marks += [upload_mark(upload_id) for upload_id in queries.uploads_of(db, session.request_id)]
    if marks:  # whoever names a session so again begins it anew
        queries.note_deletion(db, prefix, marks)
    for video_id in video_ids:
        deletion_queries.delete_video(db, video_id)
    deletion_queries.delete_session(db, session.request_id)
    return storage.delete_all(prefix)


def delete_user(user_id: UUID, cancel_until: float) -> int:
    """Delete a user with everything that is the user's; returns how many objects. Raises NotFound.

    What a provider has not begun with is cancelled there until `cancel_until` (`time.monotonic()`); what it
    is at work on is paid for, and nobody fetches it. Run again after an error: it goes on.
    """
    with operator_transaction() as db:
        running = queries.running_videos(db, user_id)
    for each in running:
        executions.stop(each.video_id, each.executions, "its user is deleted")
        with transaction(user_id) as db:
            video_queries.finish(db, each.video_id, "cancelled")
    leftovers.cancel_before_deletion(user_id, cancel_until)
    with operator_transaction() as db:
        known = queries.delete_user(db, user_id)
        for prefix in user_prefixes(user_id):
            queries.note_deletion(db, prefix)
    deleted = sum(storage.delete_all(prefix) for prefix in user_prefixes(user_id))
    if not known and not deleted:
        raise NotFound("There is no such user.")
    return deleted


def sweep(give_up_at: float) -> int:
    """Delete what functions have stored that learned too late of a deletion; returns how many objects."""
    with operator_transaction() as db:
        found = queries.deletions(db, DELETIONS_PER_RUN)
    return sum(_guarded(partial(_sweep, each), give_up_at) for each in found)


def _sweep(deletion: Deletion) -> int:
    deleted = storage.delete_all(deletion.prefix, having=deletion.marks)
    if deletion.over:
        with operator_transaction() as db:
            queries.forget_deletion(db, deletion.id)
    return deleted


def _guarded(work: Callable[[], int], give_up_at: float) -> int:
    """One's trouble is not the others'; the next run tries again."""
    if time.monotonic() > give_up_at:
        return 0
    try:
        return work()
    except Exception:  # noqa: BLE001 - whatever it is: it must not keep the others waiting
        logger().exception("not deleted yet")
        return 0

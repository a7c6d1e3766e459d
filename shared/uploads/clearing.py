"""Uploads that came to nothing: closed when their time is over, and forgotten a while later."""

from __future__ import annotations

import time

from shared.database import Connection, operator_transaction, transaction
from shared.media_sessions.queries import lock_session
from shared.retention.queries import note_deletion, note_deletions
from shared.uploads import queries
from shared.uploads.keys import incoming_key, kept_prefix
from shared.uploads.queries import Upload
from shared.videos.deletion_queries import delete_empty_session

PER_RUN = 1000


def close_expired(db: Connection, most: int) -> list[Upload]:
    """Close what was left lying: the caller's, or, for the operator, everybody's. Returns what was closed."""
    expired = queries.expire(db, most)
    note_deletions(db, [_kept_prefix(each) for each in expired])
    return expired


def note_upload_deletion(db: Connection, upload: Upload) -> None:
    """Whoever is looking into it may still store it, and never come to delete it."""
    note_deletion(db, _kept_prefix(upload))


def clear_away(give_up_at: float) -> int:
    """Close what users left lying who may never return, and forget what ended long ago without a file.

    Returns how many were closed. By `time.monotonic()`, the next run goes on after `give_up_at`.
    """
    with operator_transaction() as db:
        closed = close_expired(db, PER_RUN)
        # The bucket's lifecycle does the same, and with parts, too.
        note_deletions(db, [incoming_key(each) for each in closed])
        found = queries.sessions_to_clear(db, PER_RUN)
    for user_id, request_id in found:
        if time.monotonic() > give_up_at:
            break
        with transaction(user_id) as db:
            if lock_session(db, request_id):
                queries.forget_ended(db, request_id)
                delete_empty_session(db, request_id)
    return len(closed)


def _kept_prefix(upload: Upload) -> str:
    return kept_prefix(upload.user_id, upload.request_id, upload.kind, upload.id)

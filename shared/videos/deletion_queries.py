"""The SQL of deleting videos and sessions. Every function runs in a transaction of the caller's."""

from __future__ import annotations

from uuid import UUID

from shared.database import Connection


def delete_video(db: Connection, video_id: UUID) -> bool:
    """Delete a video's rows. The ledger keeps its sums, without the recipes' words.

    Nobody will look after a call that is still open: it is over for us, and counts as paid.
    """
    db.execute(
        "update provider_calls set recipe = null, error = null,"
        " finished_at = coalesce(finished_at, now()),"
        " actual_cost_usd = case state when 'submitted' then estimated_cost_usd else actual_cost_usd end,"
        " state = case state when 'submitted' then 'failed' when 'intended' then 'lost' else state end"
        " where video_id = %s",
        [video_id],
    )
    row = db.execute("delete from video_sessions where id = %s returning id", [video_id]).fetchone()
    return row is not None


def delete_empty_session(db: Connection, request_id: str) -> bool:
    """Delete a session that has nothing in it any more; False where it has, or may get, something.

    An upload that came to nothing keeps it, too, until it is forgotten: its user may ask what became of it.
    """
    row = db.execute(
        "delete from media_sessions s where s.user_id = app_user_id() and s.request_id = %s"
        " and not exists (select 1 from video_sessions v"
        "                 where v.user_id = s.user_id and v.request_id = s.request_id)"
        " and not exists (select 1 from uploads u"
        "                 where u.user_id = s.user_id and u.request_id = s.request_id)"
        " returning s.request_id",
        [request_id],
    ).fetchone()
    return row is not None


def delete_session(db: Connection, request_id: str) -> None:
    """Delete a session's row, and with it the rows of all that is left in it."""
    db.execute("delete from media_sessions where user_id = app_user_id() and request_id = %s", [request_id])

"""The counters of requests: one row for each key, and for each user who signs in with tokens."""

from __future__ import annotations

from shared.database import Connection


def forget_counters(db: Connection) -> None:
    """Delete the counters of who was not here for an hour: nothing of it counts. Needs the operator's."""
    db.execute("delete from request_counts where counted_at < now() - interval '61 minutes'")

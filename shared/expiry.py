"""What lies in the database only for a while: deleted when its time is over."""

from __future__ import annotations

from typing import LiteralString

from shared.database import Connection

_EXPIRED: tuple[LiteralString, ...] = (
    # As long as `claim_idempotency_key` knows them.
    "delete from idempotency_keys where created_at < now() - interval '24 hours'",
    # A token of a family that is over is invalid with and without its row: no other family has its id. One
    # that follows from a request is of a day (`RefreshToken.first`), and over weeks later at the earliest.
    "delete from refresh_families where token_expires_at < now()",
    # An address that is known at an account counts for 90 days; a failure for an hour at the most.
    """
    delete from sign_in_attempts where touched_at < now() - interval '1 day'
        and (succeeded_at is null or succeeded_at < now() - interval '90 days')
    """,
    # The log of what webhooks were told goes back a month.
    """
    delete from webhook_deliveries where id in (
        select id from webhook_deliveries where finished_at < now() - interval '30 days'
        order by finished_at limit 10000
    )
    """,
    "delete from webhook_secrets where expires_at < now()",
)


def delete_expired_rows(db: Connection) -> int:
    """Delete it, of every user; returns how many rows. Needs the operator's transaction."""
    return sum(db.execute(statement).rowcount for statement in _EXPIRED)

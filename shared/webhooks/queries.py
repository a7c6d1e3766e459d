"""The SQL of webhooks. Every function runs in a transaction of the caller's, who sees only own rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import sql
from psycopg.rows import class_row

from shared.database import Connection, Question
from shared.paging import Place
from shared.webhooks.models import Delivery, DeliveryState, Failure, Webhook, WebhookEvent

_ENDPOINT: LiteralString = (
    "select id, url, events, description, active, inactive_reason, failing_since, created_at"
    " from webhook_endpoints"
)
_COLUMNS = frozenset({"url", "events", "description", "active"})


def lock_endpoints(db: Connection, user_id: UUID) -> None:
    """Nobody else adds an endpoint for the user until the transaction ends."""
    db.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"webhooks/{user_id}"])


def endpoints() -> Question[Webhook]:
    """The caller's endpoints, newest first."""
    return Question(_ENDPOINT + " order by created_at desc, id desc", [], class_row(Webhook))


def find_endpoint(endpoint_id: UUID) -> Question[Webhook]:
    """One endpoint of the caller's."""
    return Question(_ENDPOINT + " where id = %s", [endpoint_id], class_row(Webhook))


def add_endpoint(
    db: Connection, user_id: UUID, endpoint_id: UUID, url: str, events: Sequence[str], description: str
) -> None:
    """Write an endpoint down."""
    db.execute(
        "insert into webhook_endpoints (id, user_id, url, events, description) values (%s, %s, %s, %s, %s)",
        [endpoint_id, user_id, url, list(events), description],
    )


def update_endpoint(db: Connection, endpoint_id: UUID, fields: dict[str, Any]) -> None:
    """Change some columns. Who changes an endpoint has looked after it: it is not failing any more."""
    names = [name for name in fields if name in _COLUMNS]
    assignments = sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in names)
    db.execute(
        sql.SQL(
            "update webhook_endpoints set {}, failing_since = null, inactive_reason = null where id = %s"
        ).format(assignments),
        [*(fields[name] for name in names), endpoint_id],
    )


def delete_endpoint(db: Connection, endpoint_id: UUID) -> bool:
    """Delete an endpoint, its secrets and its log."""
    row = db.execute("delete from webhook_endpoints where id = %s returning id", [endpoint_id]).fetchone()
    return row is not None


def deactivate(db: Connection, endpoint_id: UUID, reason: str) -> None:
    """Tell an endpoint nothing more."""
    db.execute(
        "update webhook_endpoints set active = false, inactive_reason = %s where id = %s and active",
        [reason, endpoint_id],
    )
    bury_pending(db, endpoint_id)


def bury_pending(db: Connection, endpoint_id: UUID) -> None:
    """What still waits for an endpoint is not sent."""
    db.execute(
        "update webhook_deliveries set state = 'dead', failure = 'inactive', finished_at = now()"
        " where endpoint_id = %s and state = 'pending'",
        [endpoint_id],
    )


def replace_secret(
    db: Connection, user_id: UUID, endpoint_id: UUID | None, sealed: bytes, grace_hours: int
) -> datetime | None:
    """The new current secret of an endpoint, or of one-job webhooks; returns until when the old one signs.

    A secret that was on its way out already goes at once: two sign at the most.
    """
    lock_endpoints(db, user_id)
    db.execute(
        "delete from webhook_secrets where endpoint_id is not distinct from %s and expires_at is not null",
        [endpoint_id],
    )
    old = db.execute(
        "update webhook_secrets set expires_at = now() + make_interval(hours => %s)"
        " where endpoint_id is not distinct from %s returning expires_at",
        [grace_hours, endpoint_id],
    ).fetchone()
    db.execute(
        "insert into webhook_secrets (user_id, endpoint_id, sealed) values (%s, %s, %s)",
        [user_id, endpoint_id, sealed],
    )
    return None if old is None else old["expires_at"]


def secret_in_use(db: Connection, endpoint_id: UUID | None) -> tuple[bytes, datetime | None] | None:
    """The current secret, sealed, of an endpoint or of one-job webhooks, and until when the old one signs."""
    row = db.execute(
        "select s.sealed, old.expires_at from webhook_secrets s left join webhook_secrets old"
        " on old.user_id = s.user_id and old.endpoint_id is not distinct from s.endpoint_id"
        " and old.expires_at is not null"
        " where s.endpoint_id is not distinct from %s and s.expires_at is null",
        [endpoint_id],
    ).fetchone()
    return None if row is None else (row["sealed"], row["expires_at"])


def add_job_secret(db: Connection, user_id: UUID, sealed: bytes) -> None:
    """The first secret of the user's one-job webhooks; nothing where there is one."""
    db.execute(
        "insert into webhook_secrets (user_id, sealed) values (%s, %s)"
        " on conflict (user_id, endpoint_id) where expires_at is null do nothing",
        [user_id, sealed],
    )


def add_delivery(
    db: Connection, user_id: UUID, delivery_id: UUID, endpoint_id: UUID, event: WebhookEvent
) -> None:
    """One event for one endpoint."""
    db.execute(
        "insert into webhook_deliveries (id, user_id, endpoint_id, event_id, event, body)"
        " values (%s, %s, %s, %s, %s, %s)",
        [delivery_id, user_id, endpoint_id, event.id, event.type, event.text],
    )


def replay(db: Connection, delivery_id: UUID, replay_id: UUID) -> None:
    """The same event to the same address once more."""
    db.execute(
        "insert into webhook_deliveries"
        " (id, user_id, endpoint_id, url, video_id, event_id, event, body, replay_of)"
        " select %s, user_id, endpoint_id, url, video_id, event_id, event, body, id"
        " from webhook_deliveries where id = %s",
        [replay_id, delivery_id],
    )


def waiting_for_endpoint(db: Connection, endpoint_id: UUID, most: int) -> int:
    """How many deliveries wait for an endpoint; counts no further than `most`."""
    row = db.execute(
        "select count(*) as waiting from (select 1 from webhook_deliveries"
        " where target = %s and state = 'pending' limit %s) w",
        [endpoint_id, most],
    ).fetchone()
    return int(row["waiting"]) if row else 0


def waiting_with(db: Connection, delivery_id: UUID, most: int) -> int:
    """How many wait for the same address as a delivery does or did; counts no further than `most`."""
    row = db.execute(
        "select count(*) as waiting from (select 1 from webhook_deliveries"
        " where target = (select target from webhook_deliveries where id = %s) and state = 'pending'"
        " limit %s) w",
        [delivery_id, most],
    ).fetchone()
    return int(row["waiting"]) if row else 0


_DELIVERY: LiteralString = """
    select d.id, d.endpoint_id as webhook_id, coalesce(e.url, d.url) as url, d.video_id, d.event_id, d.event,
           d.state, d.attempts, case when d.state = 'pending' then d.next_attempt_at end as next_attempt_at,
           d.attempted_at, d.status_code, d.failure, d.milliseconds, d.replay_of, d.created_at, d.finished_at
    from webhook_deliveries d left join webhook_endpoints e on e.id = d.endpoint_id
"""


def find_delivery(delivery_id: UUID) -> Question[Delivery]:
    """One delivery of the caller's."""
    return Question(_DELIVERY + " where d.id = %s", [delivery_id], class_row(Delivery))


def deliveries_to(
    endpoint_id: UUID, state: DeliveryState | None, before: Place | None, limit: int
) -> Question[Delivery]:
    """An endpoint's deliveries, newest first, after a place."""
    return _page(_DELIVERY + " where d.endpoint_id = %s", endpoint_id, state, before, limit)


def deliveries_about(
    video_id: UUID, state: DeliveryState | None, before: Place | None, limit: int
) -> Question[Delivery]:
    """A video's deliveries, newest first, after a place."""
    return _page(_DELIVERY + " where d.video_id = %s", video_id, state, before, limit)


def _page(
    question: LiteralString, about: UUID, state: DeliveryState | None, before: Place | None, limit: int
) -> Question[Delivery]:
    parameters: list[object] = [about]
    if state is not None:
        question += " and d.state = %s"
        parameters.append(state)
    if before is not None:
        question += " and (d.created_at, d.id) < (%s, %s)"
        parameters += before
    return Question(
        question + " order by d.created_at desc, d.id desc limit %s",
        [*parameters, limit],
        class_row(Delivery),
    )


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is ours to attempt. `attempts` counts this attempt."""

    id: UUID
    user_id: UUID
    endpoint_id: UUID | None
    url: str
    event: str
    body: str
    attempts: int
    sealed_secrets: list[bytes]
    """The newest first."""


def claimed(db: Connection, delivery_ids: Sequence[UUID]) -> list[Claimed]:
    """What was claimed, as far as it is still to be sent."""
    with db.cursor(row_factory=class_row(Claimed)) as cursor:
        return cursor.execute(
            """
            select d.id, d.user_id, d.endpoint_id, coalesce(e.url, d.url) as url, d.event, d.body, d.attempts,
                   array(
                       select s.sealed from webhook_secrets s
                       where s.user_id = d.user_id and s.endpoint_id is not distinct from d.endpoint_id
                         and (s.expires_at is null or s.expires_at > now())
                       order by s.created_at desc
                   ) as sealed_secrets
            from webhook_deliveries d left join webhook_endpoints e on e.id = d.endpoint_id
            where d.id = any(%s) and d.state = 'pending'
            """,
            [list(delivery_ids)],
        ).fetchall()


def note_delivered(db: Connection, claim: Claimed, status_code: int, milliseconds: int) -> None:
    """The address has taken it."""
    db.execute(
        "update webhook_deliveries set state = 'delivered', finished_at = now(), leased_until = null,"
        " status_code = %s, failure = null, milliseconds = %s where id = %s and attempts = %s",
        [status_code, milliseconds, claim.id, claim.attempts],
    )
    db.execute(
        "update webhook_endpoints set failing_since = null where id = %s and failing_since is not null",
        [claim.endpoint_id],
    )


def note_failed(
    db: Connection,
    claim: Claimed,
    failure: Failure,
    status_code: int | None,
    milliseconds: int,
    retry_seconds: float | None,
) -> bool:
    """An attempt was none. The next one is in so many seconds; None: there is no next one.

    False where somebody else has attempted it since, whose word counts.
    """
    row = db.execute(
        "update webhook_deliveries set leased_until = null, failure = %(failure)s, status_code = %(status)s,"
        " milliseconds = %(milliseconds)s,"
        " state = case when state = 'pending' and %(retry)s::float8 is null then 'dead' else state end,"
        " finished_at = case when %(retry)s::float8 is null then coalesce(finished_at, now())"
        "  else finished_at end,"
        " next_attempt_at = now() + make_interval(secs => coalesce(%(retry)s::float8, 0))"
        " where id = %(id)s and attempts = %(attempts)s returning id",
        {
            "failure": failure,
            "status": status_code,
            "milliseconds": milliseconds,
            "retry": retry_seconds,
            "id": claim.id,
            "attempts": claim.attempts,
        },
    ).fetchone()
    return row is not None


def note_failing(db: Connection, endpoint_id: UUID, patience_days: int) -> bool:
    """The endpoint has failed once more; returns whether it has for longer than our patience."""
    row = db.execute(
        "update webhook_endpoints set failing_since = coalesce(failing_since, now()) where id = %s"
        " returning failing_since < now() - make_interval(days => %s) as too_long",
        [endpoint_id, patience_days],
    ).fetchone()
    return bool(row and row["too_long"])

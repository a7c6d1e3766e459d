"""A run of the delivery: claim what is due, send it, write down what came of it, until nothing is due.

At least once: a delivery is claimed for a minute, and whoever claims it and dies leaves it to the next run,
under the same id. In no promised order: what failed is sent later than what came after it.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID, uuid4

from shared.database import Connection, ask_all, transaction
from shared.log import logger
from shared.metrics import WEBHOOK_FAILURES
from shared.net import WayOut
from shared.webhooks import queries
from shared.webhooks.queries import Claimed
from shared.webhooks.secrets import new_secret, seal, unseal
from shared.webhooks.sending import Letter, Outcome, send

RETRY_SECONDS = (10, 60, 300, 900, 1800, 3600, 3 * 3600, 7 * 3600, 12 * 3600)
"""How long after each failed attempt the next one is: ten in all, over a day. Looked after once a minute."""

MAX_ATTEMPTS = len(RETRY_SECONDS) + 1
JITTER = 0.2
"""Up to a fifth longer or shorter, so that what failed together does not come back together."""

LEASE_SECONDS = 60
AT_ONCE = 24
"""Deliveries at a time. The threads wait for the network; the database is the main thread's alone."""

AT_ONCE_EACH = 4
"""To one endpoint, or one address of one user's jobs; and one at a time to an endpoint that fails."""

LOOK_SECONDS = 1.0
"""What becomes due while slow receivers are waited for is looked for so often."""

PATIENCE_DAYS = 5
"""An endpoint that has failed for so long without a success is deactivated."""

_GONE = 410
_CLAIM: LiteralString = (
    "select id, user_id from claim_webhook_deliveries(%s, %s, %s, make_interval(secs => %s))"
)

Send = Callable[[Letter, WayOut], Outcome]


@dataclass(frozen=True, slots=True)
class Tally:
    """What a run came to."""

    delivered: int = 0
    failed: int = 0
    dead: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.delivered + other.delivered, self.failed + other.failed, self.dead + other.dead)


def deliver(way_out: WayOut, seconds: float, send: Send = send) -> Tally:
    """Deliver for so long at the most; what was begun by then is finished. Raises DatabaseUnavailable."""
    give_up_at = time.monotonic() + seconds
    tally = Tally()
    under_way: dict[Future[Outcome], Claimed] = {}
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhook") as senders:
        while True:
            room = AT_ONCE - len(under_way) if time.monotonic() < give_up_at else 0
            for claim in _claim(room) if room else []:
                under_way[senders.submit(_attempt, claim, way_out, send)] = claim
            if not under_way:
                return tally
            done, _ = wait(under_way, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED)
            for each in done:
                tally += _settle(under_way.pop(each), each)


def _attempt(claim: Claimed, way_out: WayOut, send: Send) -> Outcome:
    if claim.attempts > MAX_ATTEMPTS:
        return Outcome("interrupted", None, 0)  # whoever made the last attempt died of it
    secrets = tuple(unseal(each, claim.user_id) for each in claim.sealed_secrets)
    return send(Letter(claim.id, claim.url, claim.event, claim.body.encode(), secrets), way_out)


def _settle(claim: Claimed, attempt: Future[Outcome]) -> Tally:
    error = attempt.exception()
    if error is None:
        return _note(claim, attempt.result())
    # One delivery's trouble is not the others'. It is claimed again when its lease has run out.
    logger().error("delivery broke", exc_info=error, extra={"delivery_id": str(claim.id)})
    return Tally(failed=1)


def retry_seconds(attempts: int, chance: float) -> float | None:
    """How long to wait after so many failed attempts; None: that was the last. `chance` is 0 to 1."""
    if attempts >= MAX_ATTEMPTS:
        return None
    return RETRY_SECONDS[attempts - 1] * (1 + JITTER * (2 * chance - 1))


def _claim(most: int) -> list[Claimed]:
    """What is due, up to so many, each read in its own user's name."""
    rows = ask_all(_CLAIM, [uuid4(), most, AT_ONCE_EACH, LEASE_SECONDS])
    by_user: dict[UUID, list[UUID]] = defaultdict(list)
    for row in rows:
        by_user[row["user_id"]].append(row["id"])
    found: list[Claimed] = []
    for user_id, ids in by_user.items():
        with transaction(user_id) as db:
            mine = queries.claimed(db, ids)
            if any(each.endpoint_id is None and not each.sealed_secrets for each in mine):
                # Nobody has asked for this user's secret yet: what is sent is signed all the same.
                queries.add_job_secret(db, user_id, seal(new_secret(), user_id))
                mine = queries.claimed(db, ids)
        found += mine
    return found


def _note(claim: Claimed, outcome: Outcome) -> Tally:
    if outcome.failure is None:
        with transaction(claim.user_id) as db:
            queries.note_delivered(db, claim, outcome.status_code or 0, outcome.milliseconds)
        return Tally(delivered=1)
    retry = retry_seconds(claim.attempts, random.random())  # noqa: S311 - it keeps no secret
    with transaction(claim.user_id) as db:
        counts = queries.note_failed(
            db, claim, outcome.failure, outcome.status_code, outcome.milliseconds, retry
        )
        if counts and claim.endpoint_id is not None:
            _look_after(db, claim.endpoint_id, outcome)
    if retry is None:
        WEBHOOK_FAILURES.record()
    logger().info(
        "webhook not delivered",
        extra={
            "delivery_id": str(claim.id),
            "user_id": str(claim.user_id),
            "failure": outcome.failure,
            "status": outcome.status_code,
            "attempts": claim.attempts,
            "milliseconds": outcome.milliseconds,
        },
    )
    return Tally(failed=1, dead=int(retry is None))


def _look_after(db: Connection, endpoint_id: UUID, outcome: Outcome) -> None:
    """Deactivate an endpoint that is gone, or that has failed for longer than our patience."""
    too_long = queries.note_failing(db, endpoint_id, PATIENCE_DAYS)
    if outcome.status_code == _GONE:
        queries.deactivate(db, endpoint_id, "It answered 410 Gone: nobody is there any more.")
    elif too_long:
        queries.deactivate(
            db,
            endpoint_id,
            f"Every attempt has failed for {PATIENCE_DAYS} days. The last: {outcome.failure}.",
        )

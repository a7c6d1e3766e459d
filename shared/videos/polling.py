"""Looking after a task that a provider works on."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from decimal import Decimal

from shared.assets.make import note_failure, note_running
from shared.assets.models import Bench, ProviderCall
from shared.assets.recipes import PaidRecipe
from shared.database import transaction
from shared.errors import ProviderBroken, ProviderBusy, ProviderUnavailable
from shared.providers.catalog import DRAFT
from shared.providers.ports import ClipMaker, Narrator, TaskStatus
from shared.settings import ProviderSettings, settings
from shared.videos import call_queries

LONGEST_WAIT_SECONDS = 300
LOOKS_TOO_EARLY = 4
"""A clip takes about a minute: so many looks at its beginning are left out."""

LONGEST_LOOKING_SECONDS = 7 * 24 * 3600

LONGEST_RUN_SECONDS = 20 * 60
"""A task that has been running for so long is stuck: real ones take one to three minutes."""


def wait_seconds(recipe: PaidRecipe, call: ProviderCall | None = None) -> int:
    """How long to wait before the next look: ever longer, the longer the task takes.

    The draft is done at once.
    """
    if recipe.provider == DRAFT:
        return 0
    shortest = math.ceil(settings(ProviderSettings).poll_seconds)
    if call is None or call.submitted_at is None or shortest == 0:
        return shortest
    age = (datetime.now(UTC) - call.submitted_at).total_seconds()
    return round(min(LONGEST_WAIT_SECONDS, max(shortest, age / 8)))


def first_wait_seconds(recipe: PaidRecipe) -> int:
    """How long to wait before the first look at a clip: it is never ready at once, and a look is paid for."""
    return LOOKS_TOO_EARLY * wait_seconds(recipe)


def look(bench: Bench, call: ProviderCall, maker: ClipMaker | Narrator) -> TaskStatus | None:
    """The task's status once it has succeeded; None while it goes on. Raises what made it fail.

    Its time counts from when the provider began: however long its queue is, that is no failure.
    """
    status = maker.check(call.task_id or "")
    if status.state == "succeeded":
        return status
    if status.state in {"failed", "cancelled"}:
        failure = status.failure or ProviderBroken(
            f"{call.provider} cancelled its task.", provider=call.provider
        )
        note_failure(bench, call, failure, _cost_of_failure(bench, call, status))
        raise failure
    if status.state == "running":
        note_running(bench, call)
        _refuse_stuck(bench, call, maker)
    return None


def _cost_of_failure(bench: Bench, call: ProviderCall, status: TaskStatus) -> Decimal | None:
    """What the provider says; of a task that is gone without a word, its estimate: it may have been paid."""
    if status.state == "failed" or status.cost_usd is not None:
        return status.cost_usd
    with transaction(bench.user_id) as db:
        return call_queries.cancelled_cost(db, call.id, "running")


def look_later(recipe: PaidRecipe, call: ProviderCall, error: ProviderBusy | ProviderUnavailable) -> int:
    """In how many seconds to look at a task again whose provider was busy or down just now.

    Never before it says. After a week `error` is raised: what the task makes is fetched all the same, if it
    ever can be.
    """
    age = 0.0 if call.submitted_at is None else (datetime.now(UTC) - call.submitted_at).total_seconds()
    if age > LONGEST_LOOKING_SECONDS:
        raise error
    return max(wait_seconds(recipe, call), math.ceil(error.retry_after_seconds or 0))


def _refuse_stuck(bench: Bench, call: ProviderCall, maker: ClipMaker | Narrator) -> None:
    if call.running_at is None or call.task_id is None:
        return
    running = (datetime.now(UTC) - call.running_at).total_seconds()
    if running <= LONGEST_RUN_SECONDS:
        return
    found = maker.cancel(call.task_id)
    if found == "over":
        return  # it has just ended: the next look finds how
    failure = ProviderBroken(
        f"{call.provider} has not finished its task in {LONGEST_RUN_SECONDS // 60} minutes.",
        provider=call.provider,
    )
    with transaction(bench.user_id) as db:
        cost = call_queries.cancelled_cost(db, call.id, found)
    note_failure(bench, call, failure, cost)
    raise failure

"""Looking after a task that a provider works on."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from decimal import Decimal

from shared.assets.make import note_ended, note_failure, note_loss, note_running
from shared.assets.models import Bench, ProviderCall
from shared.assets.recipes import PaidRecipe
from shared.database import transaction
from shared.errors import ProviderBroken, ProviderBusy, ProviderUnavailable, TaskFailed
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

CANCELLING_SECONDS = 120
"""So long after we have a task cancelled, whoever does it may still be at work on the books."""


def wait_seconds(recipe: PaidRecipe, call: ProviderCall | None = None) -> int:
    """How long to wait before the next look: ever longer, the longer the task takes.

    The draft is done at once.
    """
    if recipe.provider == DRAFT:
        return 0
    shortest = math.ceil(settings(ProviderSettings).poll_seconds)
    if call is None or call.submitted_at is None or shortest == 0:
        return shortest
    return pause_seconds(shortest, (datetime.now(UTC) - call.submitted_at).total_seconds())


def pause_seconds(shortest: int, age: float) -> int:
    """How long after a look at a task of that age the next one is taken."""
    return round(min(LONGEST_WAIT_SECONDS, max(shortest, age / 8)))


def first_wait_seconds(recipe: PaidRecipe) -> int:
    """How long to wait before the first look at a clip: it is never ready at once, and a look is paid for."""
    return LOOKS_TOO_EARLY * wait_seconds(recipe)


def look(bench: Bench, call: ProviderCall, maker: ClipMaker | Narrator) -> TaskStatus | None:
    """The task's status once it has succeeded; None while it goes on. Raises what made it fail.

    Its time counts from when the provider began: however long its queue is, that is no failure. A task
    that has succeeded is not asked after again.
    """
    if call.ended_at is not None:
        return TaskStatus("succeeded", progress=1.0, cost_usd=call.actual_cost_usd)
    status = maker.check(call.task_id or "")
    if status.state == "succeeded":
        note_ended(bench, call, status.cost_usd)
        return status
    if status.state == "failed":
        failure = status.failure or ProviderBroken(
            f"{call.provider} gave its task up.", provider=call.provider
        )
        note_failure(bench, call, failure, status.cost_usd)
        raise failure
    if status.state == "cancelled":
        _refuse_cancelled(bench, call, status)
    if status.state == "running":
        note_running(bench, call)
        _refuse_stuck(bench, call, maker)
    return None


def _refuse_cancelled(bench: Bench, call: ProviderCall, status: TaskStatus) -> None:
    """Raise what follows from a task that is cancelled, or that the provider does not know any more.

    Cancelled by us, it was none of this execution's: the recipe is asked for again. Whoever cancels it
    knows what it cost, and is given the time to write that down. Gone without a word it may have been paid.
    """
    with transaction(bench.user_id) as db:
        seconds = call_queries.seconds_since_cancelled(db, call.id)
    if seconds is None:
        gone = ProviderBroken(f"{call.provider} cancelled its task.", provider=call.provider)
        if status.cost_usd is None:
            note_loss(bench, call, gone)
        else:
            note_failure(bench, call, gone, status.cost_usd)
        raise gone
    if seconds > CANCELLING_SECONDS:
        ours = TaskFailed("The task was cancelled with an earlier order.", provider=call.provider)
        with transaction(bench.user_id) as db:
            booked = call_queries.cancelled_cost(db, call.id, "running")
        cost = booked if status.cost_usd is None else status.cost_usd
        note_failure(bench, call, ours, cost)
        raise ours


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
    """Cancel a task that runs for ever. What it cost is lost: as after a lost answer, whoever renders again
    has it asked for once more at the most, and the history says so.
    """
    if call.running_at is None or call.task_id is None:
        return
    running = (datetime.now(UTC) - call.running_at).total_seconds()
    if running <= LONGEST_RUN_SECONDS:
        return
    found = maker.cancel(call.task_id)
    if found == "over":
        return  # it has just ended: the next look finds how
    minutes = LONGEST_RUN_SECONDS // 60
    if found == "queued":
        idle = ProviderBroken(
            f"{call.provider} has not begun its task in {minutes} minutes.", provider=call.provider
        )
        note_failure(bench, call, idle, Decimal(0))
        raise idle
    stuck = ProviderBroken(
        f"{call.provider} has not finished its task in {minutes} minutes. It was cancelled, and counts as"
        " paid. A render asks for it once more at the most.",
        provider=call.provider,
    )
    note_loss(bench, call, stuck)
    raise stuck

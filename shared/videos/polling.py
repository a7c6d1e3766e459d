"""Looking after a task that a provider works on."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from decimal import Decimal

from shared.assets import queries as asset_queries
from shared.assets.make import note_failure, note_running
from shared.assets.models import Bench, ProviderCall, Turn
from shared.assets.recipes import ClipRecipe, FrameRecipe, NarrationRecipe, PaidRecipe
from shared.database import transaction
from shared.errors import PoorOutput, ProviderBroken, ProviderUnavailable, TaskFailed
from shared.log import logger
from shared.providers.catalog import DRAFT
from shared.providers.ports import ClipMaker, Narrator, TaskStatus
from shared.settings import ProviderSettings, settings
from shared.videos import call_queries, scene_queries

MOST_POOR_TAKES = 2
"""How many unusable takes of one piece are followed by another by itself."""

MOST_FAILED_TASKS = 2
"""How many failed tasks for one recipe are followed by another by themselves."""

LONGEST_WAIT_SECONDS = 60
LOOKS_TOO_EARLY = 4
"""A clip takes about a minute: so many looks at its beginning are left out."""

UNAVAILABLE_BEFORE_FALLBACK = 3
"""How often a maker must have been found down before another steps in, where one is set."""

LONGEST_RUN_SECONDS = 20 * 60
"""A task that has been running for so long is stuck: real ones take one to three minutes."""


def wait_seconds(recipe: PaidRecipe, call: ProviderCall | None = None) -> int:
    """How long to wait before the next look. The draft is done at once.

    The longer a task takes, the rarer the looks: an execution's history has room for 25,000 events, and
    each look takes nine of them.
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


def take_again(bench: Bench, recipe: FrameRecipe | ClipRecipe | NarrationRecipe, error: PoorOutput) -> Turn:
    """Have the scene's next take made after one that the provider itself calls unusable.

    Each take is a call of its own, inside the same caps on spending. Raises `error` after a few. Whoever
    finds the next take ordered already orders no other.
    """
    if bench.scene_id is None:
        raise error
    with transaction(bench.user_id) as db:
        if call_queries.poor_takes(db, bench.scene_id, recipe.kind) > MOST_POOR_TAKES:
            raise error
        scene_queries.next_take(db, bench.scene_id, recipe.kind, after=recipe.take)
    return Turn(wait_seconds=0)


def fall_back(
    bench: Bench,
    recipe: FrameRecipe | ClipRecipe | NarrationRecipe,
    fallback: str | None,
    error: ProviderUnavailable,
) -> Turn:
    """Have somebody else make a scene's piece once its maker stays down. Raises `error` until then."""
    with transaction(bench.user_id) as db:
        failed = asset_queries.times_failed(db, bench.video_id, recipe.identity, type(error).code)
        if bench.scene_id is None or fallback is None or failed < UNAVAILABLE_BEFORE_FALLBACK:
            raise error
        scene_queries.set_maker(db, bench.scene_id, recipe.kind, fallback)
    logger().warning(
        "fallback", extra={"kind": recipe.kind, "maker": fallback, "instead_of": recipe.provider}
    )
    return Turn(wait_seconds=0)


def ask_again(bench: Bench, recipe: PaidRecipe, error: TaskFailed) -> Turn:
    """Have the same recipe submitted anew after a task that failed. Raises `error` after a few."""
    with transaction(bench.user_id) as db:
        failed = asset_queries.times_failed(db, bench.video_id, recipe.identity, TaskFailed.code)
    if failed > MOST_FAILED_TASKS:
        raise error
    return Turn(wait_seconds=wait_seconds(recipe))


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

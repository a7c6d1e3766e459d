"""The one mechanism: what a recipe describes is made at most once.

`make` returns the stored asset if there is one. Else it writes down what it is about to spend, asks
the provider, and stores what comes. Every gap in which a process can die is accounted for:

    nothing written        the next attempt starts afresh
    intended               the maker may still be at work until its lease runs out; then what it
                           stored is adopted, or the call is *lost*, and sent once more at the most
    submitted (task id)    the next attempt collects that task; it never submits again
    lost, and answered     `shared.assets.late`: it is kept all the same
    stored, not recorded   storage keys derive from recipes: the next attempt finds the object
    recorded               done
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias, TypeVar
from uuid import UUID, uuid4

from shared import storage
from shared.assets import budget, counting, late, queries, turns
from shared.assets.keys import name_of, place_of, storage_prefix, suffix_for, unusable_prefix
from shared.assets.models import Asset, Bench, CallEnd, Product, ProviderCall, Turn
from shared.assets.recipes import PaidRecipe, Recipe
from shared.database import Connection, transaction
from shared.errors import (
    AnswersLost,
    NotFound,
    NotInTheMaking,
    ProviderAnswerLost,
    ProviderError,
    ServiceUnavailable,
    StoryreelError,
    WorkInProgress,
)
from shared.log import logger
from shared.providers.catalog import refuse_ended
from shared.providers.ports import Capacity, Submitted

MOST_LOST = 1
"""After so many lost calls for one recipe, the next one is the last."""

PATIENCE_SECONDS = 45
"""How long a result that was paid for is held while our own services are away."""

LAST_SECONDS = 30
"""So much of a function's time is left when it gives up to write down a task: a failover takes a minute
or two, and a task that is not written down is lost. The last try may take as long as `shared.database` waits.
"""

UNLIMITED = Capacity()

T = TypeVar("T")
Start: TypeAlias = Callable[[], Product | Submitted]
Cancel: TypeAlias = Callable[[str], object]
"""Stops a task that is known by its id."""


def find(bench: Bench, recipe: Recipe) -> Asset | None:
    """What the recipe was made into already, if it was."""
    with transaction(bench.user_id) as db:
        return queries.find_asset(db, bench.video_id, recipe.identity)


def find_or_call(bench: Bench, recipe: PaidRecipe) -> Asset | ProviderCall:
    """The asset, or the submitted task that will become it. Raises NotFound where nobody asked for it."""
    with transaction(bench.user_id) as db:
        asset = queries.find_asset(db, bench.video_id, recipe.identity)
        call = queries.open_call(db, bench.video_id, recipe.identity)
    found = asset or call
    if found is None:
        raise NotFound(f"Nobody has asked for this {recipe.kind} yet.")
    return found


def make(
    bench: Bench,
    recipe: PaidRecipe,
    price_usd: Decimal,
    start: Start,
    capacity: Capacity = UNLIMITED,
    *,
    cancel: Cancel | None = None,
) -> Asset | ProviderCall | Turn:
    """The asset, the provider's task that will become it, or when to come back for a turn.

    `start` asks the provider; it is called only when nobody has asked for this recipe before, and when
    the provider takes one more call. `cancel` stops the task that it began if its video is deleted by
    then. Raises WorkInProgress while another attempt holds the recipe, OverBudget where the price would
    pass a cap, and whatever `start` raises.
    """
    give_up_at = time.monotonic() + max(PATIENCE_SECONDS, bench.lease_seconds - LAST_SECONDS)
    found = _claim(bench, recipe, price_usd, capacity)
    if not isinstance(found, UUID):
        return found
    call_id = found
    if _was_lost(bench, recipe):
        adopted = _adopt(bench, recipe, call_id)  # written off, and yet it had stored its result
        if adopted is not None:
            return adopted
    try:
        started = start()
    except Exception as error:
        _note_failure(bench, call_id, error)
        raise
    if isinstance(started, Submitted):
        return _note_task(bench, recipe, call_id, started.task_id, cancel, give_up_at)
    return _keep_own(bench, recipe, started, call_id)


def keep(bench: Bench, recipe: Recipe, product: Product, call_id: UUID | None = None) -> Asset:
    """Store what was made and record it, together with the end of the call that paid for it."""
    stored = _patiently(lambda: store(bench, recipe, product))
    return _patiently(lambda: _record(bench, recipe, stored, call_id, product.cost_usd))


def store(bench: Bench, recipe: Recipe, product: Product) -> Asset:
    """Store what was made; whoever calls records it. Raises StorageUnavailable."""
    key = storage_prefix(bench, recipe) + suffix_for(product.content_type)
    storage.put(key, product.content, product.content_type)
    return Asset(
        id=uuid4(),
        scene_id=bench.scene_id,
        kind=recipe.kind,
        identity=recipe.identity,
        sha256=sha256_of(product.content),
        storage_key=key,
        content_type=product.content_type,
        size_bytes=_size(product.content),
    )


def note_running(bench: Bench, call: ProviderCall) -> None:
    """The provider has begun with a task."""
    if call.running_at is None:
        with transaction(bench.user_id) as db:
            queued = queries.mark_running(db, call.id)
        counting.count_queue(call.provider, queued)


def note_failure(bench: Bench, call: ProviderCall, error: ProviderError, cost_usd: Decimal | None) -> None:
    """The provider gave a task up. A later attempt at the recipe is a new call."""
    with transaction(bench.user_id) as db:
        end = queries.finish_call(db, call.id, "failed", cost_usd, _described(error))
    counting.count_failure(end, error)


def note_loss(bench: Bench, call: ProviderCall, error: ProviderError) -> None:
    """A task is gone, and may have been paid. As after a lost answer, the recipe is asked for once more
    at the most.
    """
    with transaction(bench.user_id) as db:
        end = queries.finish_call(db, call.id, "lost", None, _described(error))
    counting.count_loss(end)


def note_ended(bench: Bench, call: ProviderCall, cost_usd: Decimal | None) -> None:
    """The provider has finished a task: what it made is to be fetched, and nothing else."""
    with transaction(bench.user_id) as db:
        queries.mark_ended(db, call.id, cost_usd)


def note_unusable(bench: Bench, call: ProviderCall, error: ProviderError) -> None:
    """What a task made cannot be used. It is paid for, so the call stays open, and nobody asks again."""
    with transaction(bench.user_id) as db:
        queries.mark_unusable(db, call.id, _described(error))


def note_uncollected(bench: Bench, call: ProviderCall, error: ProviderError) -> None:
    """A task could not be looked at or fetched: the history says why."""
    with transaction(bench.user_id) as db:
        queries.mark_uncollected(db, call.id, _described(error))


def keep_unusable(bench: Bench, recipe: PaidRecipe, product: Product) -> None:
    """Store what was paid for and cannot be used, out of reach of whoever looks for assets."""
    key = unusable_prefix(bench, recipe) + suffix_for(product.content_type)
    _patiently(lambda: storage.put(key, product.content, product.content_type))


def _claim(
    bench: Bench, recipe: PaidRecipe, price_usd: Decimal, capacity: Capacity
) -> Asset | ProviderCall | Turn | UUID:
    """The asset, the task to collect, a turn to wait for, or the id of an intent that is ours."""
    with transaction(bench.user_id) as db:
        found = queries.find_asset(db, bench.video_id, recipe.identity)
        call = None if found else queries.open_call(db, bench.video_id, recipe.identity)
        claimed = found or (None if call else _intend(db, bench, recipe, price_usd, capacity))
        if claimed is not None:
            return claimed
    if call is None:
        raise WorkInProgress("Another attempt at this has just ended. Try again.", retry_after_seconds=1)
    if call.state == "submitted":
        return call
    return _take_over(bench, recipe, price_usd, capacity, call)


def _take_over(
    bench: Bench, recipe: PaidRecipe, price_usd: Decimal, capacity: Capacity, call: ProviderCall
) -> Asset | Turn | UUID:
    """Follow an attempt that left an intent and no answer."""
    adopted = _adopt(bench, recipe, call.id)
    if adopted is not None:
        return adopted
    with transaction(bench.user_id) as db:
        lost = queries.lose_expired(db, call.id)
    if lost is None:
        raise WorkInProgress("Another attempt at this is still running.", retry_after_seconds=5)
    counting.count_loss(lost)
    logger().warning("a provider call was lost", extra={"call_id": str(call.id), "kind": recipe.kind})
    with transaction(bench.user_id) as db:
        claimed = _intend(db, bench, recipe, price_usd, capacity)
    if claimed is None:
        raise WorkInProgress("Another attempt at this is still running.", retry_after_seconds=5)
    return claimed


def _intend(
    db: Connection, bench: Bench, recipe: PaidRecipe, price_usd: Decimal, capacity: Capacity
) -> Asset | Turn | UUID | None:
    """Claim the recipe and its price; None where another call for it is open.

    Raises OverBudget, and InvalidRequest for a model that has ended.

    Only then look at what was there: an attempt that ends between a look and a claim would go unseen,
    and its recipe would be paid twice.
    """
    if bench.execution is not None and not queries.is_in_the_making(db, bench.video_id, bench.execution):
        raise NotInTheMaking("The video is not being made any more.")
    refuse_ended(recipe.provider, recipe.model)
    turn = turns.take(db, bench, recipe, capacity)
    if turn is not None:
        return turn
    call_id = queries.intend(db, bench, recipe, price_usd)
    if call_id is None:
        return None
    asset = queries.find_asset(db, bench.video_id, recipe.identity)
    if asset is not None:
        queries.withdraw(db, call_id)
        return asset
    budget.check(db, bench, price_usd)
    if queries.times_lost(db, bench.video_id, recipe.identity) > MOST_LOST:
        # Raised inside the transaction: the claim is taken back with it.
        raise AnswersLost(
            f"{recipe.provider} was asked twice for this {recipe.kind} and both answers were lost."
            " It is not asked a third time, since each may have been paid. A retake asks for another.",
            provider=recipe.provider,
        )
    return call_id


def _was_lost(bench: Bench, recipe: PaidRecipe) -> bool:
    with transaction(bench.user_id) as db:
        return queries.times_lost(db, bench.video_id, recipe.identity) > 0


def _adopt(bench: Bench, recipe: PaidRecipe, call_id: UUID) -> Asset | None:
    """Record an object that a dead attempt stored and could not record."""
    # By the recipe alone: the scene may have another number by now.
    found = storage.find(place_of(bench, recipe), name_of(bench.video_id, recipe))
    if found is None:
        return None
    content = storage.read(found.key)
    stored = Asset(
        id=uuid4(),
        scene_id=bench.scene_id,
        kind=recipe.kind,
        identity=recipe.identity,
        sha256=sha256_of(content),
        storage_key=found.key,
        content_type=storage.content_type(found.key),
        size_bytes=found.size_bytes,
    )
    return _record(bench, recipe, stored, call_id, None)


def _record(
    bench: Bench, recipe: Recipe, stored: Asset, call_id: UUID | None, cost_usd: Decimal | None
) -> Asset:
    with transaction(bench.user_id) as db:
        asset = queries.add_asset(db, bench, recipe, stored)
        end = None if call_id is None else queries.finish_call(db, call_id, "succeeded", cost_usd)
    counting.count_success(end)
    return asset


def _keep_own(bench: Bench, recipe: PaidRecipe, product: Product, call_id: UUID) -> Asset:
    """Keep what has just been made. Raises WorkInProgress where somebody else was asked for it meanwhile."""
    own = _patiently(lambda: late.hold(bench, recipe, call_id))
    if own is None:
        raise NotInTheMaking("The video is deleted.")
    asset = keep(bench, own, product, call_id)
    if own != recipe:
        raise WorkInProgress("This was asked for again meanwhile. Try again.", retry_after_seconds=1)
    return asset


def _note_task(
    bench: Bench, recipe: PaidRecipe, call_id: UUID, task_id: str, cancel: Cancel | None, give_up_at: float
) -> Asset | ProviderCall:
    """Write the task down. Returns it, or what took its place if the call was given up meanwhile."""

    def note() -> tuple[Asset | ProviderCall | None, bool]:
        with transaction(bench.user_id) as db:
            if not queries.mark_submitted(db, call_id, task_id):
                late.reopen(db, bench, recipe, call_id, task_id)
            call = queries.open_call(db, bench.video_id, recipe.identity)
            found = call or queries.find_asset(db, bench.video_id, recipe.identity)
            return found, found is not None or queries.hold_video(db, bench.video_id)

    task = {"provider": recipe.provider, "task_id": task_id, "call_id": str(call_id)}
    logger().info("a task was begun", extra=task)  # if it can never be written down, it is known from here
    found, is_wanted = _patiently(note, give_up_at)
    if not is_wanted:
        logger().warning("a task of a deleted video", extra=task)
        _cancel_unowned(task_id, cancel)
        raise NotInTheMaking("The video is deleted.")
    if found is None or (isinstance(found, ProviderCall) and found.state != "submitted"):
        raise WorkInProgress("This was asked for again, or has ended. Try again.", retry_after_seconds=1)
    return found


def _cancel_unowned(task_id: str, cancel: Cancel | None) -> None:
    """Stop a task that nobody looks after. Where that fails it goes on, and the log names it."""
    if cancel is None:
        return
    try:
        cancel(task_id)
    except ProviderError as error:
        logger().warning("task not cancelled", extra={"task_id": task_id, "code": error.code})


def _note_failure(bench: Bench, call_id: UUID, error: Exception) -> None:
    """After an error of ours the call is over: it was not sent, or it was answered. Else, who knows.

    Not sent, for example, because storage was away when the frame was to be read. An answer that is of
    no use may have its price all the same: the error says.
    """
    known = isinstance(error, StoryreelError) and not isinstance(error, ProviderAnswerLost)
    cost = error.cost_usd if isinstance(error, ProviderError) else None

    def note() -> CallEnd | None:
        with transaction(bench.user_id) as db:
            return queries.finish_call(db, call_id, "failed" if known else "lost", cost, _described(error))

    end = _patiently(note)
    if known:
        counting.count_failure(end, error)
    else:
        counting.count_loss(end)


def _described(error: Exception) -> dict[str, str]:
    if isinstance(error, StoryreelError):
        return {"code": error.code, "message": error.message}
    return {"code": "internal_error", "message": type(error).__name__}


def _patiently(act: Callable[[], T], give_up_at: float | None = None) -> T:
    """Do it, however long our own services are away, within reason: it was paid for."""
    if give_up_at is None:
        give_up_at = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return act()
        except ServiceUnavailable:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(1)


def sha256_of(content: bytes | Path) -> str:
    """64 hexadecimal digits."""
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    with content.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _size(content: bytes | Path) -> int:
    return len(content) if isinstance(content, bytes) else content.stat().st_size

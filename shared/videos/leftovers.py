"""Tasks that a provider still has for a video that is not being made any more."""

from __future__ import annotations

import time
from collections import deque
from contextlib import suppress
from threading import Thread
from uuid import UUID

from shared.assets import queries
from shared.assets.make import note_failure
from shared.assets.models import Bench
from shared.assets.recipes import ClipRecipe
from shared.database import close_connections, transaction
from shared.errors import InvalidRequest, ProviderBroken, ProviderError
from shared.log import logger
from shared.providers.ports import ClipMaker, Narrator
from shared.videos import call_queries, makers
from shared.videos.call_queries import OpenTask

BEFORE_DELETION_SECONDS = 10
"""How long a request that deletes tries to cancel tasks that nobody can fetch any more."""

AT_ONCE = 4
"""So many tasks are cancelled at a time: each takes a few requests, one after the other."""


def cancel_queued(user_id: UUID, video_id: UUID, execution: int, deadline: float) -> int:
    """Cancel what the provider has not begun with for a video that is over; returns how many tasks.

    Nothing, as soon as another execution than `execution` has a say: what it finds is its own. What runs
    is paid for already, and is fetched when it is done. After `deadline` (`time.monotonic()`) the rest is
    left to that, too. Trouble with one task is logged, and is not the others'.
    """
    return _cancel_all([(task, execution) for task in open_tasks(user_id, video_id)], deadline)


def cancel_before_deletion(user_id: UUID, deadline: float, request_id: str | None = None) -> int:
    """The same for all videos of the user that are over, or for those in one session."""
    with transaction(user_id) as db:
        tasks = call_queries.own_open_tasks(db, request_id)
    return _cancel_all([(task, task.execution) for task in tasks], deadline)


def cancel_if_over(bench: Bench, deadline: float) -> None:
    """Cancel tasks that were begun while their video came to its end: nobody waits for them."""
    execution = bench.execution
    if execution is None:
        return
    with transaction(bench.user_id) as db:
        current = queries.is_in_the_making(db, bench.video_id, execution)
    if not current:
        cancel_queued(bench.user_id, bench.video_id, execution, deadline)


def open_tasks(user_id: UUID, video_id: UUID) -> list[OpenTask]:
    """The tasks that providers have for a video."""
    with transaction(user_id) as db:
        return call_queries.open_tasks(db, video_id)


def maker_of(task: OpenTask) -> ClipMaker | Narrator:
    """Whoever is at work on a task."""
    recipe = task.recipe
    return makers.clip_maker_of(recipe) if isinstance(recipe, ClipRecipe) else makers.narrator_of(recipe)


def _cancel_all(tasks: list[tuple[OpenTask, int]], deadline: float) -> int:
    """Who is still waiting for a silent provider at the deadline is left behind, and tells nobody."""
    waiting = deque(each for each in tasks if each[0].may_be_queued)
    cancelled: list[int] = []

    def work() -> None:
        try:
            while waiting and time.monotonic() < deadline:
                with suppress(IndexError):  # another one has taken the last
                    cancelled.append(_guarded(*waiting.popleft()))
        finally:
            close_connections()

    workers = [Thread(target=work, daemon=True) for _ in range(min(AT_ONCE, len(waiting)))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(max(0.0, deadline - time.monotonic()))
    return sum(cancelled)


def _guarded(task: OpenTask, execution: int) -> int:
    try:
        return _cancel(task, execution)
    except (ProviderError, InvalidRequest) as error:  # or it is of a maker that this version does not know
        logger().warning("task not cancelled", extra={"task_id": task.task_id, "code": error.code})
    except Exception:  # noqa: BLE001 - whatever it is: it must not keep anybody from deleting
        logger().exception("task not cancelled", extra={"task_id": task.task_id})
    return 0


def _cancel(task: OpenTask, execution: int) -> int:
    bench = task.bench(0)
    maker = maker_of(task)
    if maker.check(task.task_id).state != "queued":
        return 0
    with transaction(bench.user_id) as db:
        ours = call_queries.begin_cancelling(db, task.call.id, execution)
    if not ours:
        return 0
    found = maker.cancel(task.task_id)
    if found == "over":
        return 0  # it has just ended: what it made is fetched
    begun = "before" if found == "queued" else "just after"
    failure = ProviderBroken(f"Cancelled {begun} the provider began with it.", provider=task.recipe.provider)
    with transaction(bench.user_id) as db:
        cost = call_queries.cancelled_cost(db, task.call.id, found)
    note_failure(bench, task.call, failure, cost)
    return 1

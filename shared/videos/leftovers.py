"""Tasks that a provider still has for a video that is not being made any more."""

from __future__ import annotations

import time
from uuid import UUID

from shared.assets import queries
from shared.assets.make import note_failure
from shared.assets.models import Bench
from shared.assets.recipes import ClipRecipe
from shared.database import transaction
from shared.errors import InvalidRequest, ProviderBroken, ProviderError
from shared.log import logger
from shared.providers.ports import ClipMaker, Narrator
from shared.videos import call_queries, makers
from shared.videos.call_queries import OpenTask

BEFORE_DELETION_SECONDS = 10
"""How long tasks are tried to be cancelled that nobody can fetch any more."""


def cancel_queued(user_id: UUID, video_id: UUID, execution: int, deadline: float) -> int:
    """Cancel what the provider has not begun with for a video that is over; returns how many tasks.

    Nothing, as soon as another execution than `execution` has a say: what it finds is its own. What runs
    is paid for already, and is fetched when it is done. After `deadline` (`time.monotonic()`) the rest is
    left to that, too.
    """
    cancelled = 0
    for task in open_tasks(user_id, video_id):
        if time.monotonic() > deadline:
            break
        cancelled += _cancel(task, execution)
    return cancelled


def cancel_before_deletion(user_id: UUID, request_id: str | None = None) -> int:
    """Cancel what providers have not begun with for the user, or in one session; returns how many tasks.

    Nothing of a video that is being made.
    """
    deadline = time.monotonic() + BEFORE_DELETION_SECONDS
    with transaction(user_id) as db:
        videos = call_queries.own_videos_with_tasks(db, request_id)
    return sum(cancel_queued(user_id, video_id, execution, deadline) for video_id, execution in videos)


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


def _cancel(task: OpenTask, execution: int) -> int:
    bench = task.bench(0)
    try:
        maker = maker_of(task)
        if maker.check(task.task_id).state != "queued":
            return 0
        with transaction(bench.user_id) as db:
            ours = call_queries.begin_cancelling(db, task.call.id, execution)
        if not ours:
            return 0
        found = maker.cancel(task.task_id)
    except (ProviderError, InvalidRequest) as error:  # or it is of a maker that this version does not know
        logger().warning("task not cancelled", extra={"task_id": task.task_id, "code": error.code})
        return 0
    if found == "over":
        return 0  # it has just ended: what it made is fetched
    begun = "before" if found == "queued" else "just after"
    failure = ProviderBroken(f"Cancelled {begun} the provider began with it.", provider=task.recipe.provider)
    with transaction(bench.user_id) as db:
        cost = call_queries.cancelled_cost(db, task.call.id, found)
    note_failure(bench, task.call, failure, cost)
    return 1

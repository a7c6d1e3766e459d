"""Answers that come after their call was given up for lost.

A function is ended before its lease runs out, and then nobody answers any more. But the lease is counted by
the database's clock and the function's time by its own machine: a laptop that slept, or a clock that was
set, lets a function go on that was given up. What it brings is paid for, and is kept.
"""

from __future__ import annotations

from uuid import UUID

from shared.assets import queries
from shared.assets.models import Bench
from shared.assets.recipes import PaidRecipe
from shared.database import Connection

SPARE_TAKES = 1_000_000
"""So far behind the takes that somebody orders are those that nobody ordered."""


def kept_as(db: Connection, bench: Bench, recipe: PaidRecipe, call_id: UUID) -> PaidRecipe:
    """The recipe that a call's answer is kept under, until the transaction ends: its own.

    Unless the call was given up and somebody has asked again: then it is a take that nobody ordered, and
    that can be chosen like any other.
    """
    if not queries.is_lost(db, call_id):
        return recipe
    queries.hold_video(db, bench.video_id)  # nobody claims the recipe meanwhile
    spare = recipe
    while _is_taken(db, bench.video_id, spare):
        spare = spare.model_copy(update={"take": spare.take + SPARE_TAKES})
    return spare


def note_task(db: Connection, bench: Bench, recipe: PaidRecipe, call_id: UUID, task_id: str) -> None:
    """Write down the task of a call that was given up: it is collected or cancelled like any other."""
    queries.reopen_call(db, call_id, task_id, kept_as(db, bench, recipe, call_id))


def _is_taken(db: Connection, video_id: UUID, recipe: PaidRecipe) -> bool:
    found = queries.find_asset(db, video_id, recipe.identity)
    return found is not None or queries.open_call(db, video_id, recipe.identity) is not None

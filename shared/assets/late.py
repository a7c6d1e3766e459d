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
from shared.database import Connection, reading, transaction

SPARE_TAKES = 1_000_000
"""So far behind the takes that somebody orders are those that nobody ordered."""


def hold(bench: Bench, recipe: PaidRecipe, call_id: UUID) -> PaidRecipe | None:
    """The recipe that a call's answer is kept under; None where its video is deleted.

    The call is open then, and its lease begins anew: nobody else asks for the recipe while the answer is
    stored.
    """
    with reading(bench.user_id) as read:
        held = read(queries.renew_lease(call_id, bench.lease_seconds))
    if held.one is not None:
        return recipe.model_copy(update={"take": held.one})
    with transaction(bench.user_id) as db:
        return reopen(db, bench, recipe, call_id)


def reopen(
    db: Connection, bench: Bench, recipe: PaidRecipe, call_id: UUID, task_id: str | None = None
) -> PaidRecipe | None:
    """Take a call up again that was given up, with the task that it has after all, if it has one.

    Returns the recipe that it is for now: its own, unless somebody has asked again; then a take that nobody
    ordered, and that can be chosen like any other. None where it was not given up, or its video is deleted.
    """
    queries.hold_video(db, bench.video_id)  # nobody claims a recipe meanwhile
    spare = recipe
    while _is_taken(db, bench.video_id, spare):
        spare = spare.model_copy(update={"take": spare.take + SPARE_TAKES})
    return spare if queries.reopen_call(db, call_id, spare, bench.lease_seconds, task_id) else None


def _is_taken(db: Connection, video_id: UUID, recipe: PaidRecipe) -> bool:
    found = queries.find_asset(db, video_id, recipe.identity)
    return found is not None or queries.open_call(db, video_id, recipe.identity) is not None

"""What follows when a provider could not do what it was asked for: it depends on the kind of failure.

busy, down       nothing was accepted: the same again, ever more slowly, and never before it says
task failed      accepted, and given up by its own fault: the same again, a few times
poor output      made, and unusable: the next take, a few times, inside the same caps on spending
anything else    is for the caller to mend: it is raised

What is counted is what happened since the video was last ordered or rendered: whoever renders again is
served anew.
"""

from __future__ import annotations

import math
import random

from shared.assets import queries as asset_queries
from shared.assets.models import Bench, Turn
from shared.assets.recipes import PaidRecipe
from shared.database import transaction
from shared.errors import PoorOutput, ProviderBusy, ProviderError, ProviderUnavailable, TaskFailed
from shared.log import logger
from shared.videos import call_queries, queries, scene_queries
from shared.videos.polling import wait_seconds

MOST_POOR_TAKES = 2
"""How many unusable takes of one piece are followed by another by itself."""

MOST_FAILED_TASKS = 2
"""How many failed tasks for one recipe are followed by another by themselves."""

UNAVAILABLE_BEFORE_FALLBACK = 3
"""How often a maker must have been found down before another steps in, where one is set."""

MOST_REFUSALS = 300
"""About two days of a provider that is busy or down."""

SHORTEST_BACKOFF_SECONDS = 4
LONGEST_BACKOFF_SECONDS = 600


def again(bench: Bench, recipe: PaidRecipe, error: ProviderError, *, fallback: str | None = None) -> Turn:
    """When to ask for a recipe again. Raises `error` where that is of no use, or was done often enough.

    `fallback` is who steps in where the recipe's maker stays down.
    """
    if isinstance(error, PoorOutput):
        return _take_again(bench, recipe, error)
    if isinstance(error, TaskFailed):
        return _ask_again(bench, recipe, error)
    if isinstance(error, ProviderUnavailable) and _fell_back(bench, recipe, fallback):
        return Turn(wait_seconds=0)
    if isinstance(error, ProviderBusy | ProviderUnavailable):
        return _come_back(bench, recipe, error)
    raise error


def backoff_seconds(refusals: int, asked_seconds: float | None) -> int:
    """How long to wait after so many refusals: ever longer, and at least as long as the provider asks for.

    With jitter, so that not everybody who was refused comes back at once.
    """
    grown = min(LONGEST_BACKOFF_SECONDS, SHORTEST_BACKOFF_SECONDS * 2.0 ** min(refusals - 1, 10))
    asked = (asked_seconds or 0) * random.uniform(1, 1.1)  # noqa: S311 - no secret
    return math.ceil(max(grown * random.uniform(0.5, 1), asked))  # noqa: S311 - no secret


def _take_again(bench: Bench, recipe: PaidRecipe, error: PoorOutput) -> Turn:
    """Have the next take made. After a few it is the next render that begins with it.

    Whoever finds the next take ordered already orders no other.
    """
    with transaction(bench.user_id) as db:
        poor = call_queries.poor_takes(db, bench.video_id, recipe)
        if recipe.kind == "story":
            queries.next_story_take(db, bench.video_id, after=recipe.take)
        elif bench.scene_id is not None:
            scene_queries.next_take(db, bench.scene_id, recipe.kind, after=recipe.take)
    if poor > MOST_POOR_TAKES:
        raise error
    return Turn(wait_seconds=0)


def _ask_again(bench: Bench, recipe: PaidRecipe, error: TaskFailed) -> Turn:
    """Have the same recipe submitted anew."""
    with transaction(bench.user_id) as db:
        failed = asset_queries.times_failed(db, bench.video_id, recipe.identity, TaskFailed.code)
    if failed > MOST_FAILED_TASKS:
        raise error
    return Turn(wait_seconds=wait_seconds(recipe))


def _fell_back(bench: Bench, recipe: PaidRecipe, fallback: str | None) -> bool:
    """Have somebody else make a scene's piece once its maker stays down."""
    if fallback is None or bench.scene_id is None or recipe.kind == "story":
        return False
    if fallback == f"{recipe.provider}/{recipe.model}":
        return False  # it is the one that is down
    with transaction(bench.user_id) as db:
        down = asset_queries.times_failed(db, bench.video_id, recipe.identity, ProviderUnavailable.code)
        if down < UNAVAILABLE_BEFORE_FALLBACK:
            return False
        scene_queries.set_maker(db, bench.scene_id, recipe.kind, fallback)
    logger().warning(
        "fallback", extra={"kind": recipe.kind, "maker": fallback, "instead_of": recipe.provider}
    )
    return True


def _come_back(bench: Bench, recipe: PaidRecipe, error: ProviderBusy | ProviderUnavailable) -> Turn:
    with transaction(bench.user_id) as db:
        refusals = asset_queries.times_failed(
            db, bench.video_id, recipe.identity, ProviderBusy.code, ProviderUnavailable.code
        )
    if refusals > MOST_REFUSALS:
        raise error
    return Turn(backoff_seconds(refusals, error.retry_after_seconds))

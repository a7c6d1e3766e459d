"""Turns at a provider: no more calls at work than it takes, over all videos and users.

Whoever has to wait keeps a place in a line in the database, and comes back: no Lambda waits. The
provider's own queue would do the same for one account, but it knows nothing of our users: one with a
hundred scenes would make everybody wait.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime

from shared.assets.models import Bench, Turn
from shared.assets.recipes import PaidRecipe
from shared.database import Connection
from shared.errors import NotFound
from shared.providers.ports import Capacity

SECONDS_PER_TURN = 20
"""Roughly how long a call is at work: how soon those further back look again depends on it.

In a line that does not move all look ever more rarely.
"""

SHORTEST_WAIT_SECONDS = 3
LONGEST_WAIT_SECONDS = 600
SHORTEST_DAILY_WAIT_SECONDS = 300
"""The day lets one more pass at a time, and all who wait are told the same moment."""

LONGEST_DAILY_WAIT_SECONDS = 3600


def take(db: Connection, bench: Bench, recipe: PaidRecipe, capacity: Capacity) -> Turn | None:
    """None when it is this recipe's turn: claim it in the same transaction. Else when to come back."""
    if capacity.max_concurrent is None and capacity.max_daily is None:
        return None
    row = db.execute(
        "select before, unmoved, allowed_at"
        " from take_turn(%s, %s, %s, %s, %s, %s, %s, %s, make_interval(secs => %s))",
        [
            bench.video_id,
            bench.scene_id,
            recipe.kind,
            recipe.identity,
            recipe.provider,
            recipe.model,
            capacity.max_concurrent,
            capacity.max_daily,
            LONGEST_WAIT_SECONDS * 2,
        ],
    ).fetchone()
    if row is None:
        raise NotFound("There is no such video.")
    if row["allowed_at"] is not None:
        seconds = (row["allowed_at"] - datetime.now(UTC)).total_seconds()
        return Turn(min(LONGEST_DAILY_WAIT_SECONDS, max(SHORTEST_DAILY_WAIT_SECONDS, math.ceil(seconds))))
    if row["before"] == 0:
        return None
    expected = row["before"] * SECONDS_PER_TURN / (capacity.max_concurrent or 1)
    stalled = row["unmoved"].total_seconds()
    wait = max(SHORTEST_WAIT_SECONDS, expected / 2, stalled / 8)
    return Turn(round(min(LONGEST_WAIT_SECONDS, wait)))

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

UNKNOWN_SECONDS_PER_TURN = 5
"""How long a call is at work where none has ended yet: rather too little. Who looks too early looks again
when more is known; who looks too late leaves the turn empty.
"""

LOOKS_PER_TURN = 20
SHORTEST_WAIT_SECONDS = 1
"""Those at the front look so often, while a call is at work, that hardly any of its time goes unused."""

LONGEST_FIRST_WAIT_SECONDS = 3
LONGEST_WAIT_SECONDS = 600
SHORTEST_DAILY_WAIT_SECONDS = 300
"""The day lets one more pass at a time, and all who wait are told the same moment."""

LONGEST_DAILY_WAIT_SECONDS = 3600


def take(db: Connection, bench: Bench, recipe: PaidRecipe, capacity: Capacity) -> Turn | None:
    """None when it is this recipe's turn: claim it in the same transaction. Else when to come back."""
    if capacity.max_concurrent is None and capacity.max_daily is None:
        return None
    row = db.execute(
        "select before, unmoved, allowed_at,"
        " case when before > 0 then seconds_at_work(%s, %s) end as seconds_per_turn"
        " from take_turn(%s, %s, %s, %s, %s, %s, %s, %s, make_interval(secs => %s))",
        [
            recipe.provider,
            recipe.model,
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
    per_turn = row["seconds_per_turn"] or UNKNOWN_SECONDS_PER_TURN
    return Turn(wait_for_turn(row["before"], per_turn, row["unmoved"].total_seconds(), capacity))


def wait_for_turn(before: int, per_turn: float, stalled: float, capacity: Capacity) -> int:
    """In how many seconds to look again, with `before` calls before one that take `per_turn` seconds each.

    Half of what they will take at this pace: whoever is early waits for half of the rest. In a line that
    has been stalled for a while all look ever more rarely.
    """
    expected = before * per_turn / (capacity.max_concurrent or 1)
    shortest = min(LONGEST_FIRST_WAIT_SECONDS, max(SHORTEST_WAIT_SECONDS, per_turn / LOOKS_PER_TURN))
    return round(min(LONGEST_WAIT_SECONDS, max(shortest, expected / 2, stalled / 8)))

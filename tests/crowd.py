"""Many videos at once before one provider's limit: what the ledger says of how it held."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.database import admin_transaction
from tests.running_stack import FINAL_STATES, Api, RunningStack

PATIENCE = 3
"""So many calls of one other user may go before a call that waits: it may not have joined the line yet."""


@dataclass(frozen=True, slots=True)
class Span:
    """One clip at work at the provider."""

    user_id: UUID
    asked_at: datetime
    """When the line was joined: the scene's frame was there."""
    began_at: datetime
    submitted_at: datetime
    """When the provider had taken it."""
    ended_at: datetime
    """When it was seen that the provider was done."""


def start(stack: RunningStack, users: int, videos: int, **order: object) -> list[tuple[Api, str]]:
    """So many users begin so many videos, turn by turn."""
    callers = [stack.new_caller(f"user {number}")[0] for number in range(users)]
    begun = []
    for number in range(videos):
        caller = callers[number % users]
        begun.append((caller, str(caller.create(**order)["id"])))
    return begun


def states(begun: Iterable[tuple[Api, str]], seconds: float) -> list[str]:
    """The videos' final states. Each is asked for now and then, as so many clients would.

    An answer that says that it can be asked for again is: a machine may have more to do than it can.
    """
    give_up_at = time.monotonic() + seconds
    found: list[str] = []
    for api, video_id in begun:
        while True:
            status, answer = api.call("GET", f"/api/videos/{video_id}")
            assert status == 200 or answer["retryable"], answer
            if status == 200 and answer["video"]["state"] in FINAL_STATES:
                break
            assert time.monotonic() < give_up_at, answer
            time.sleep(1)
        found.append(answer["video"]["state"])
    return found


def spans(videos: Iterable[str]) -> list[Span]:
    """Every clip's time at the provider, as the ledger has it, in the order of beginning."""
    with admin_transaction() as db:
        rows = db.execute(
            "select c.user_id, f.created_at as asked_at, c.intended_at as began_at, c.submitted_at,"
            " coalesce(c.ended_at, c.finished_at) as ended_at"
            " from provider_calls c"
            " join assets f on f.scene_id = c.scene_id and f.kind = 'frame'"
            " where c.kind = 'clip' and c.video_id = any(%s) order by c.intended_at",
            [[UUID(each) for each in videos]],
        ).fetchall()
    return [Span(**row) for row in rows]


def most_at_once(found: list[Span]) -> int:
    """The largest number of clips that were at work at the same moment."""
    # Of two events at the same moment the end counts first: the place was free.
    events = sorted([(s.began_at, 1) for s in found] + [(s.ended_at, -1) for s in found])
    most = now = 0
    for _, change in events:
        now += change
        most = max(most, now)
    return most


def starved(found: list[Span], patience: int) -> list[Span]:
    """Clips whose user waited, and was given nothing, while one other user began more than `patience`.

    Turns are shared among users, not among clips: a user's tenth clip lets the first of one who comes later
    go before it.
    """
    late: list[Span] = []
    for position, span in enumerate(found):
        before = found[:position]
        given = [each.began_at for each in before if each.user_id == span.user_id]
        since = max([span.asked_at, *given])
        others = Counter(
            each.user_id for each in before if each.user_id != span.user_id and each.began_at > since
        )
        if max(others.values(), default=0) > patience:
            late.append(span)
    return late

"""Many videos at once before one provider's limit: what the ledger says of how it held."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from shared.database import admin_transaction, close_connections
from tests.running_stack import FINAL_STATES, Api, RunningStack

_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Span:
    """One clip at work at the provider."""

    user_id: UUID
    asked_at: datetime
    """When the line was joined; where none was seen to be, when the call began."""
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


class Line:
    """Looks on while calls wait for their turns: the ledger does not tell how long they did."""

    def __init__(self) -> None:
        self.joined: dict[tuple[UUID, str], datetime] = {}
        """By video and recipe."""
        self._over = threading.Event()
        self._looker = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._looker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._looker.join()

    def _look(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            with admin_transaction() as db:
                rows = db.execute("select video_id, identity, since from provider_turns").fetchall()
            self.joined.update({(row["video_id"], row["identity"]): row["since"] for row in rows})
        close_connections()  # this thread's own


def spans(videos: Iterable[str], line: Line) -> list[Span]:
    """Every clip's time at the provider, as the ledger has it, in the order of beginning."""
    with admin_transaction() as db:
        rows = db.execute(
            "select video_id, identity, user_id, intended_at, submitted_at,"
            " coalesce(ended_at, finished_at) as ended_at from provider_calls"
            " where kind = 'clip' and video_id = any(%s) order by intended_at",
            [[UUID(each) for each in videos]],
        ).fetchall()
    return [
        Span(
            user_id=row["user_id"],
            asked_at=line.joined.get((row["video_id"], row["identity"]), row["intended_at"]),
            began_at=row["intended_at"],
            submitted_at=row["submitted_at"],
            ended_at=row["ended_at"],
        )
        for row in rows
    ]


def most_at_once(found: list[Span]) -> int:
    """The largest number of clips that were at work at the same moment."""
    # Of two events at the same moment the end counts first: the place was free.
    events = sorted([(s.began_at, 1) for s in found] + [(s.ended_at, -1) for s in found])
    most = now = 0
    for _, change in events:
        now += change
        most = max(most, now)
    return most


def most_before(found: list[Span]) -> int:
    """The most calls of one other user that began while a user waited and was given nothing.

    Turns are shared among users, not among clips: a user's tenth clip lets the first of one who comes later
    go before it. Who waits looks for the turn now and then, so that some of another's may pass; if nobody
    kept the order it would be all that the other has.
    """
    most = 0
    for position, span in enumerate(found):
        before = found[:position]
        given = [each.began_at for each in before if each.user_id == span.user_id]
        since = max([span.asked_at, *given])
        others = Counter(
            each.user_id for each in before if each.user_id != span.user_id and each.began_at > since
        )
        most = max([most, *others.values()])
    return most

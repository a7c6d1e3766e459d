"""What a page of the media library costs one user with 10,000 sessions, and another with 1,000,000.

    python -m tests.benchmarks.bench_sessions

Both share the tables, so the second one's page is found among all of them. Timed in this process: the
whole question, with the counts of the page's sessions, from the connection that a function keeps open.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.database import admin_transaction, reading
from shared.media_sessions import queries
from tests.benchmarks.simulation import in_this_process, simulated_stack
from tests.fakes.providers.server import FakeProviders

FEW, MANY = 10_000, 1_000_000
ROUNDS, WARM_UP = 300, 20
LIMIT = 21
GOAL = 1.5
NEWEST = datetime(2026, 11, 1, tzinfo=UTC)
"""Sessions are a second apart, from here back. Twelve have the rare word, of each size alike."""

EXPECTED = {"narwhal": 12, "submarine": 0}
"""How many sessions a page has, where it is not full."""

NOTHING: dict[str, Any] = {
    "state": None,
    "kind": None,
    "since": None,
    "until": None,
    "words": None,
    "before_created": None,
    "before_request": None,
    "most": LIMIT,
}


def main() -> None:
    """Fill, ask, print."""
    with FakeProviders() as fake, simulated_stack(fake) as stack, in_this_process(stack):
        users = {}
        for count in (FEW, MANY):
            users[count] = UUID(stack.invoke("create_api_key", {"name": f"{count} sessions"})["userId"])
            fill(users[count], count)
        report(measure(users))


def fill(user_id: UUID, count: int) -> None:
    """So many sessions of a video of two scenes each."""
    started = time.monotonic()
    with admin_transaction() as db:
        db.execute("set local session_replication_role = replica")  # no triggers: all is given here
        db.execute("set local synchronous_commit = off")
        db.execute("set local statement_timeout = 0")
        parameters = {"user": user_id, "count": count, "newest": NEWEST, "every": count // 12}
        db.execute(
            """
            insert into media_sessions
                (user_id, request_id, title, prompts, state, kind, created_at, updated_at)
            select %(user)s, 'session-' || n, 'The lighthouse keeper, part ' || n,
                   'A keeper finds ' || case when n %% %(every)s = 7 then 'a narwhal' else 'a whale' end,
                   (array['done', 'failed', 'done', 'done'])[n %% 4 + 1],
                   (array['video', 'clips', 'video', 'story'])[n %% 4 + 1],
                   %(newest)s::timestamptz - n * interval '1 second', now()
            from generate_series(1, %(count)s) n
            """,
            parameters,
        )
        db.execute(
            """
            insert into video_sessions (user_id, request_id, request, makers, state, title, created_at)
            select user_id, request_id, '{"prompt": "A keeper"}', '{}', 'succeeded', title, created_at
            from media_sessions where user_id = %(user)s
            """,
            parameters,
        )
        db.execute(
            """
            insert into video_scenes
                (video_id, number, user_id, title, description, prompt, motion, narration, duration_ms)
            select id, n, user_id, '', '', '', '', '', 5000 from video_sessions, generate_series(1, 2) n
            where user_id = %(user)s
            """,
            parameters,
        )
    with admin_transaction() as db:
        db.execute("set local statement_timeout = 0")
        db.execute("analyze media_sessions, video_sessions, video_scenes")
    print(f"   {count:,} sessions written in {time.monotonic() - started:.0f} s", flush=True)


def measure(users: dict[int, UUID]) -> dict[str, dict[int, float]]:
    """Median milliseconds of each kind of page, for each user in turn: what else runs meets both alike."""
    measured: dict[str, dict[int, float]] = {}
    for name, asked in pages().items():
        taken: dict[int, list[float]] = {count: [] for count in users}
        for number in range(WARM_UP + ROUNDS):
            for count, user_id in users.items():
                milliseconds = timed(user_id, {**NOTHING, **asked(count)})
                if number >= WARM_UP:
                    taken[count].append(milliseconds)
        measured[name] = {count: statistics.median(each) for count, each in taken.items()}
    return measured


def pages() -> dict[str, Callable[[int], dict[str, Any]]]:
    """What is asked for, of a user with so many sessions."""

    def middle(count: int) -> datetime:
        return NEWEST - timedelta(seconds=count // 2)

    return {
        "the first page": lambda _: {},
        "a page in the middle": lambda n: {"before_created": middle(n), "before_request": "session-0"},
        "by state": lambda _: {"state": "failed"},
        "by kind": lambda _: {"kind": "story"},
        "of a time": lambda n: {"since": middle(n) - timedelta(hours=1), "until": middle(n)},
        "with a rare word": lambda _: {"words": "narwhal"},
        "with a word that all have": lambda _: {"words": "lighthouse keep"},
        "with a word that none has": lambda _: {"words": "submarine"},
    }


def timed(user_id: UUID, parameters: dict[str, Any]) -> float:
    """Milliseconds of one question."""
    started = time.perf_counter()
    with reading(user_id) as read:
        found = read(queries.page(**parameters))
    milliseconds = (time.perf_counter() - started) * 1000
    expected = EXPECTED.get(parameters["words"], LIMIT)
    if len(found.all) != expected:
        raise SystemExit(f"A page of {len(found.all)} sessions where {expected} were to come: {parameters}")
    return milliseconds


def report(measured: dict[str, dict[int, float]]) -> None:
    """The table, and the worst ratio beside the goal."""
    print(f"\n   {'':28}{FEW:>12,}{MANY:>14,}   ratio")
    for name, by_count in measured.items():
        few, many = by_count[FEW], by_count[MANY]
        print(f"   {name:28}{few:9.2f} ms{many:11.2f} ms{many / few:8.2f}")
    worst = max(each[MANY] / each[FEW] for each in measured.values())
    print(f"\n   The worst ratio is {worst:.2f}; the goal is {GOAL} at the most.")


if __name__ == "__main__":
    main()

"""The line before a provider, on a real Postgres: its limit holds, and nobody is passed over."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import pytest

from shared.accounts.service import NewKey
from shared.assets.make import keep, make
from shared.assets.models import Asset, Bench, Product, ProviderCall, Turn
from shared.assets.recipes import NarrationRecipe
from shared.database import admin_transaction, close_connections
from shared.providers.ports import Capacity, Submitted
from tests.integration.conftest import video_bench


class Line:
    """One provider that nobody else uses, and who asks it."""

    def __init__(self, *, at_once: int | None = None, daily: int | None = None) -> None:
        self.model = f"m-{uuid4()}"
        self.capacity = Capacity(at_once, daily)

    def recipe(self, text: str = "x") -> NarrationRecipe:
        return NarrationRecipe(provider="acme", model=self.model, text=text, voice="v", window_ms=1000)

    def ask(self, bench: Bench, text: str = "x") -> Asset | ProviderCall | Turn:
        return make(bench, self.recipe(text), Decimal(0), lambda: Submitted(str(uuid4())), self.capacity)

    def finish(self, bench: Bench, call: object, text: str = "x") -> None:
        assert isinstance(call, ProviderCall)
        keep(bench, self.recipe(text), Product(b"sound", "audio/wav"), call.id)


@pytest.fixture
def bench_of(new_user: Callable[[], NewKey]) -> Callable[..., Bench]:
    """A new video's bench, of a new user or of the one given."""

    def make_one(like: Bench | None = None) -> Bench:
        user_id = like.user_id if like else new_user().user_id
        return video_bench(user_id)

    return make_one


def test_no_more_calls_are_at_work_than_the_provider_takes(bench_of: Callable[..., Bench]) -> None:
    line = Line(at_once=2)
    benches = [bench_of() for _ in range(4)]
    outcomes = [type(line.ask(bench)) for bench in benches]
    assert outcomes == [ProviderCall, ProviderCall, Turn, Turn]


def test_a_finished_call_makes_room_for_who_came_first(bench_of: Callable[..., Bench]) -> None:
    line = Line(at_once=1)
    first, second, third = (bench_of() for _ in range(3))
    call = line.ask(first)
    assert isinstance(line.ask(second), Turn)
    assert isinstance(line.ask(third), Turn)
    line.finish(first, call)
    assert isinstance(line.ask(third), Turn)  # it asks first, and is not first
    assert isinstance(line.ask(second), ProviderCall)


def test_a_user_with_many_videos_does_not_keep_another_waiting(bench_of: Callable[..., Bench]) -> None:
    line = Line(at_once=2)
    busy = [bench_of()]
    busy += [bench_of(busy[0]) for _ in range(5)]
    calls = [line.ask(bench) for bench in busy]
    late = bench_of()
    assert isinstance(line.ask(late), Turn)
    line.finish(busy[0], calls[0])
    assert isinstance(line.ask(busy[2]), Turn)
    assert isinstance(line.ask(late), ProviderCall)


def test_within_a_user_it_is_first_come_first_served(bench_of: Callable[..., Bench]) -> None:
    line = Line(at_once=1)
    benches = [bench_of()]
    benches += [bench_of(benches[0]) for _ in range(3)]
    served: list[int] = []
    calls = {index: line.ask(bench) for index, bench in enumerate(benches)}
    at_work = 0
    while len(served) < len(benches):
        served.append(at_work)
        line.finish(benches[at_work], calls[at_work])
        for index in (3, 2, 1):
            if index not in served and isinstance(calls[index], Turn):
                calls[index] = line.ask(benches[index])
                if isinstance(calls[index], ProviderCall):
                    at_work = index
    assert served == [0, 1, 2, 3]


def test_of_many_who_ask_at_once_only_as_many_go_through(bench_of: Callable[..., Bench]) -> None:
    line = Line(at_once=5)
    benches = [bench_of() for _ in range(12)]
    together = threading.Barrier(len(benches))

    def ask(bench: Bench) -> str:
        together.wait()
        try:
            return type(line.ask(bench)).__name__
        finally:
            close_connections()

    with ThreadPoolExecutor(len(benches)) as pool:
        outcomes = list(pool.map(ask, benches))
    assert sorted(outcomes) == ["ProviderCall"] * 5 + ["Turn"] * 7


def test_who_does_not_come_back_lets_others_pass(bench_of: Callable[..., Bench]) -> None:
    line = Line(at_once=1)
    first, gone, third = (bench_of() for _ in range(3))
    call = line.ask(first)
    line.ask(gone)
    line.ask(third)
    with admin_transaction() as db:
        db.execute(
            "update provider_turns set seen_at = now() - interval '1 hour' where video_id = %s",
            [gone.video_id],
        )
    line.finish(first, call)
    assert isinstance(line.ask(third), ProviderCall)


def test_a_dead_attempt_does_not_hold_a_place_for_ever(bench_of: Callable[..., Bench]) -> None:
    line = Line(at_once=1)
    dead = replace(bench_of(), lease_seconds=-1)

    def die() -> Submitted:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(dead, line.recipe(), Decimal(0), die, line.capacity)
    assert isinstance(line.ask(bench_of()), ProviderCall)


def test_over_the_days_limit_the_wait_says_until_when(bench_of: Callable[..., Bench]) -> None:
    line = Line(daily=2)
    for _ in range(2):
        bench = bench_of()
        line.finish(bench, line.ask(bench))
    late = bench_of()
    turn = line.ask(late)
    assert isinstance(turn, Turn)
    assert turn.wait_seconds == 3600  # looked at again each hour
    with admin_transaction() as db:
        db.execute(
            "update provider_calls set intended_at = now() - interval '25 hours' where model = %s",
            [line.model],
        )
    assert isinstance(line.ask(late), ProviderCall)


def test_what_is_at_work_already_is_found_without_a_turn(bench_of: Callable[..., Bench]) -> None:
    line = Line(at_once=1)
    bench = bench_of()
    first = line.ask(bench)
    again = line.ask(bench)
    assert isinstance(first, ProviderCall)
    assert isinstance(again, ProviderCall)
    assert first.id == again.id


def test_one_call_that_was_found_hours_late_makes_nobody_wait(bench_of: Callable[..., Bench]) -> None:
    line, bench = Line(at_once=1), bench_of()
    for number in range(3):
        line.finish(bench, line.ask(bench, str(number)), str(number))
    with admin_transaction() as db:
        db.execute(
            "update provider_calls set finished_at = intended_at + interval '40 seconds' where model = %s",
            [line.model],
        )
        db.execute(  # a laptop that slept
            "update provider_calls set finished_at = intended_at + interval '9 hours'"
            " where id = (select id from provider_calls where model = %s limit 1)",
            [line.model],
        )
    line.ask(bench, "now at work")
    turn = line.ask(bench_of())
    assert turn == Turn(20)

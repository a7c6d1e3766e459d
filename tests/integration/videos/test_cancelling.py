"""Tasks that are cancelled: what the ledger books, and what is left to be collected."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from shared.assets.make import find_or_call, keep, make, note_failure, note_loss
from shared.assets.models import Bench, Product, ProviderCall, Turn
from shared.assets.recipes import ClipRecipe
from shared.database import admin_transaction, transaction
from shared.errors import AnswersLost, ProviderBroken, TaskFailed
from shared.providers.ports import (
    Cancellation,
    Capacity,
    ClipLimits,
    Picture,
    ReadPicture,
    Submitted,
    TaskStatus,
)
from shared.stories.models import Shot
from shared.videos import call_queries, capacities, leftovers, makers, polling, queries, retries, service

PRICE = Decimal("0.25")
RECIPE = ClipRecipe(
    provider="acme", model="m", prompt="Push in.", frame="0" * 64, ratio="1280:720", duration_ms=5_000, seed=1
)


class Maker:
    """Has one task, which is found in one state when it is looked at and in another when cancelled."""

    provider = "acme"
    model = "m"
    limits = ClipLimits(frozenset({"1280:720"}), (5_000,), 1_000)

    def __init__(self, status: TaskStatus, found: Cancellation) -> None:
        self.status = status
        self.found = found
        self.cancelled = 0
        self.says: Capacity | ProviderBroken = Capacity(3, 100)

    def prompt(self, shot: Shot) -> str:
        return shot.scene.motion

    def capacity(self) -> Capacity:
        if isinstance(self.says, ProviderBroken):
            raise self.says
        return self.says

    def price(self, recipe: ClipRecipe) -> Decimal:
        return PRICE * recipe.duration_ms / 5_000

    def submit(self, recipe: ClipRecipe, frame: Picture, last_frame: Picture | None = None) -> Submitted:
        assert last_frame is None
        return Submitted(f"{recipe.identity[:8]}-{len(frame.content)}")

    def check(self, task_id: str) -> TaskStatus:
        assert task_id == "task-1"
        return self.status

    def collect(self, task_id: str, recipe: ClipRecipe, read: ReadPicture, into: Path) -> None:
        into.write_bytes(f"{task_id}{recipe.seed}".encode() + read(recipe.frame).content)

    def cancel(self, task_id: str) -> Cancellation:
        assert task_id == "task-1"
        self.cancelled += 1
        return self.found


def ledger(bench: Bench) -> list[tuple[str, Decimal | None]]:
    with admin_transaction() as db:
        rows = db.execute(
            "select state, actual_cost_usd from provider_calls where video_id = %s", [bench.video_id]
        ).fetchall()
    return [(row["state"], row["actual_cost_usd"]) for row in rows]


def end(bench: Bench) -> None:
    """The video is cancelled."""
    with transaction(bench.user_id) as db:
        queries.finish(db, bench.video_id, "cancelled")


def call_now(bench: Bench) -> ProviderCall:
    found = find_or_call(bench, RECIPE)
    assert isinstance(found, ProviderCall)
    return found


@pytest.fixture
def call(bench: Bench) -> ProviderCall:
    """A task that was submitted."""
    made = make(bench, RECIPE, PRICE, lambda: Submitted("task-1"))
    assert isinstance(made, ProviderCall)
    return made


@pytest.fixture
def no_capacities(parts: None) -> Iterator[None]:  # noqa: ARG001 - the database must be up
    """Leaves nothing of what the provider says of its capacity."""
    yield
    with admin_transaction() as db:
        db.execute("delete from provider_capacities where provider = 'acme'")


@pytest.mark.usefixtures("call")
@pytest.mark.parametrize(
    ("found", "count", "booked"),
    [
        ("queued", 1, ("failed", Decimal(0))),
        ("running", 1, ("failed", PRICE)),
        ("over", 0, ("submitted", None)),
    ],
)
def test_a_queued_task_is_booked_by_what_cancelling_found(
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
    found: Cancellation,
    count: int,
    booked: tuple[str, Decimal | None],
) -> None:
    maker = Maker(TaskStatus("queued"), found)
    monkeypatch.setattr(makers, "clip_maker_of", lambda _: maker)

    end(bench)
    cancelled = leftovers.cancel_queued(bench.user_id, bench.video_id, 0, time.monotonic() + 60)

    assert (cancelled, maker.cancelled) == (count, 1)
    assert ledger(bench) == [booked]


@pytest.mark.usefixtures("call")
def test_a_running_task_is_left_alone(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    maker = Maker(TaskStatus("running"), "running")
    monkeypatch.setattr(makers, "clip_maker_of", lambda _: maker)

    end(bench)
    assert leftovers.cancel_queued(bench.user_id, bench.video_id, 0, time.monotonic() + 60) == 0
    assert maker.cancelled == 0
    assert ledger(bench) == [("submitted", None)]


def _stuck(call: ProviderCall) -> ProviderCall:
    begun = datetime.now(UTC) - timedelta(seconds=polling.LONGEST_RUN_SECONDS + 1)
    return replace(call, running_at=begun)


def test_a_stuck_task_is_stopped_and_booked_with_its_estimate(bench: Bench, call: ProviderCall) -> None:
    maker = Maker(TaskStatus("running"), "running")

    with pytest.raises(ProviderBroken, match="once more at the most"):
        polling.look(bench, _stuck(call), maker)

    assert ledger(bench) == [("lost", None)]
    assert service.budget(bench.user_id).spent_usd == PRICE


def test_a_second_stuck_task_is_the_last_that_is_paid_for(bench: Bench, call: ProviderCall) -> None:
    maker = Maker(TaskStatus("running"), "running")
    with pytest.raises(ProviderBroken):
        polling.look(bench, _stuck(call), maker)
    again = make(bench, RECIPE, PRICE, lambda: Submitted("task-1"))
    assert isinstance(again, ProviderCall)
    with pytest.raises(ProviderBroken):
        polling.look(bench, _stuck(again), maker)

    with pytest.raises(AnswersLost):
        make(bench, RECIPE, PRICE, lambda: pytest.fail("The provider was asked."))
    assert isinstance(
        make(bench, RECIPE.model_copy(update={"take": 2}), PRICE, lambda: Submitted("task-2")), ProviderCall
    )


def test_a_stuck_task_that_had_not_begun_costs_nothing(bench: Bench, call: ProviderCall) -> None:
    with pytest.raises(ProviderBroken):
        polling.look(bench, _stuck(call), Maker(TaskStatus("running"), "queued"))

    assert ledger(bench) == [("failed", Decimal(0))]


@pytest.mark.usefixtures("call")
def test_cancelling_leaves_alone_what_a_render_has_taken_over(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker = Maker(TaskStatus("queued"), "queued")
    monkeypatch.setattr(makers, "clip_maker_of", lambda _: maker)
    end(bench)
    with admin_transaction() as db:
        db.execute(
            "update video_sessions set state = 'queued', executions = 1 where id = %s", [bench.video_id]
        )
    for state in ("queued", "failed"):  # and when the render is over, too
        with admin_transaction() as db:
            db.execute("update video_sessions set state = %s where id = %s", [state, bench.video_id])
        assert leftovers.cancel_queued(bench.user_id, bench.video_id, 0, time.monotonic() + 60) == 0

    assert maker.cancelled == 0
    assert ledger(bench) == [("submitted", None)]


def test_a_task_that_was_cancelled_with_an_earlier_order_is_asked_for_again(
    bench: Bench, call: ProviderCall
) -> None:
    end(bench)
    with transaction(bench.user_id) as db:
        assert call_queries.begin_cancelling(db, call.id, 0)
    gone = Maker(TaskStatus("cancelled"), "over")

    assert polling.look(bench, call, gone) is None  # whoever cancels it writes down what it cost
    assert ledger(bench) == [("submitted", None)]

    with admin_transaction() as db:  # nobody has
        db.execute(
            "update provider_calls set cancelled_at = now() - interval '1 hour' where id = %s", [call.id]
        )
    with pytest.raises(TaskFailed) as failed:
        polling.look(bench, call, gone)
    assert isinstance(retries.again(bench, RECIPE, failed.value), Turn)
    assert ledger(bench) == [("failed", PRICE)]


def test_a_task_that_is_gone_without_a_word_may_have_been_paid(bench: Bench, call: ProviderCall) -> None:
    with pytest.raises(ProviderBroken):
        polling.look(bench, call, Maker(TaskStatus("cancelled"), "over"))

    assert ledger(bench) == [("lost", None)]
    assert service.budget(bench.user_id).spent_usd == PRICE


def test_a_task_that_has_ended_is_not_asked_after_again(bench: Bench, call: ProviderCall) -> None:
    cost = Decimal("0.20")
    assert polling.look(bench, call, Maker(TaskStatus("succeeded", cost_usd=cost), "over")) is not None

    status = polling.look(bench, call_now(bench), Maker(TaskStatus("failed"), "over"))

    assert (status and status.state, status and status.cost_usd) == ("succeeded", cost)


def test_what_is_written_of_a_call_that_is_over_stays(bench: Bench, call: ProviderCall) -> None:
    late = ProviderBroken("Late.", provider="acme")
    note_failure(bench, call, late, Decimal(0))
    note_loss(bench, call, late)
    note_failure(bench, call, late, PRICE)
    assert ledger(bench) == [("failed", Decimal(0))]


def test_a_lost_call_is_only_found_again_by_its_result(bench: Bench, call: ProviderCall) -> None:
    late = ProviderBroken("Late.", provider="acme")
    note_loss(bench, call, late)
    note_failure(bench, call, late, Decimal(0))
    assert ledger(bench) == [("lost", None)]
    keep(bench, RECIPE, Product(b"clip", "video/mp4", PRICE), call.id)
    assert ledger(bench) == [("succeeded", PRICE)]


@pytest.mark.usefixtures("call")
def test_a_task_of_a_cancelled_video_is_cancelled_by_the_next_look(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker = Maker(TaskStatus("queued"), "queued")
    monkeypatch.setattr(makers, "clip_maker_of", lambda _: maker)
    bench = replace(bench, execution=0)

    leftovers.cancel_if_over(bench, time.monotonic() + 60)
    assert maker.cancelled == 0

    end(bench)
    leftovers.cancel_if_over(bench, time.monotonic() + 60)
    assert maker.cancelled == 1
    assert ledger(bench) == [("failed", Decimal(0))]


def test_a_task_that_ends_as_it_is_found_stuck_is_left_for_the_next_look(
    bench: Bench, call: ProviderCall
) -> None:
    maker = Maker(TaskStatus("running"), "over")

    assert polling.look(bench, _stuck(call), maker) is None

    assert ledger(bench) == [("submitted", None)]
    assert find_or_call(bench, RECIPE) == call


@pytest.mark.usefixtures("no_capacities")
def test_a_broken_answer_about_the_capacity_leaves_what_was_said_last(bench: Bench) -> None:
    maker = Maker(TaskStatus("queued"), "queued")
    assert capacities.capacity_of(bench.user_id, maker) == Capacity(3, 100)
    with admin_transaction() as db:
        db.execute(
            "update provider_capacities set read_at = read_at - interval '1 day' where provider = 'acme'"
        )
    maker.says = ProviderBroken("Nonsense.", provider="acme")

    assert capacities.capacity_of(bench.user_id, maker) == Capacity(3, 100)

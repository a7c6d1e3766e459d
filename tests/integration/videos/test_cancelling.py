"""Tasks that are cancelled: what the ledger books, and what is left to be collected."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from shared.assets.make import find_or_call, make
from shared.assets.models import Bench, ProviderCall
from shared.assets.recipes import ClipRecipe
from shared.database import admin_transaction
from shared.errors import ProviderBroken
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
from shared.videos import capacities, leftovers, makers, polling

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

    def collect(self, task_id: str, recipe: ClipRecipe, frame: ReadPicture, into: Path) -> None:
        into.write_bytes(f"{task_id}{recipe.seed}".encode() + frame().content)

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

    cancelled = leftovers.cancel_queued(bench.user_id, bench.video_id, time.monotonic() + 60)

    assert (cancelled, maker.cancelled) == (count, 1)
    assert ledger(bench) == [booked]


@pytest.mark.usefixtures("call")
def test_a_running_task_is_left_alone(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    maker = Maker(TaskStatus("running"), "running")
    monkeypatch.setattr(makers, "clip_maker_of", lambda _: maker)

    assert leftovers.cancel_queued(bench.user_id, bench.video_id, time.monotonic() + 60) == 0
    assert maker.cancelled == 0
    assert ledger(bench) == [("submitted", None)]


def _stuck(call: ProviderCall) -> ProviderCall:
    begun = datetime.now(UTC) - timedelta(seconds=polling.LONGEST_RUN_SECONDS + 1)
    return replace(call, running_at=begun)


def test_a_stuck_task_is_stopped_and_booked_with_its_estimate(bench: Bench, call: ProviderCall) -> None:
    maker = Maker(TaskStatus("running"), "running")

    with pytest.raises(ProviderBroken):
        polling.look(bench, _stuck(call), maker)

    assert ledger(bench) == [("failed", PRICE)]


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

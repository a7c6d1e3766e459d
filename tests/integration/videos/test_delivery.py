"""What is delivered and cannot be used: it is paid for, so it is kept, and never asked for again."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest

from shared import storage
from shared.assets.keys import unusable_prefix
from shared.assets.make import find_or_call, make
from shared.assets.models import Asset, Bench, ProviderCall
from shared.assets.recipes import ClipRecipe
from shared.database import admin_transaction
from shared.errors import MediaError, ProviderBroken
from shared.providers.ports import Capacity, ReadPicture, Submitted, TaskStatus
from shared.videos import call_queries, collecting, delivery, makers, production
from tests.integration.conftest import video_bench
from tests.integration.videos.test_cancelling import PRICE, RECIPE, Maker, call_now, end, ledger

GARBAGE = b"\0\0\0\x18ftypmp42" + bytes(500)


class Sender(Maker):
    """Has finished its task, and sends what cannot be used; or nothing any more."""

    def __init__(self) -> None:
        super().__init__(TaskStatus("succeeded", cost_usd=PRICE), "over")
        self.sent = 0
        self.has_it = True

    def collect(
        self,
        task_id: str,  # noqa: ARG002 - the port's
        recipe: ClipRecipe,  # noqa: ARG002 - the port's
        read: ReadPicture,  # noqa: ARG002 - the port's
        into: Path,
    ) -> None:
        if not self.has_it:
            raise ProviderBroken("Gone.", provider=self.provider)
        self.sent += 1
        into.write_bytes(GARBAGE)


@pytest.fixture
def sender(monkeypatch: pytest.MonkeyPatch) -> Sender:
    sender = Sender()
    monkeypatch.setattr(makers, "clip_maker_of", lambda _: sender)
    monkeypatch.setattr(production, "read_picture", lambda _: pytest.fail("The frame was read."))
    return sender


@pytest.fixture
def call(bench: Bench) -> ProviderCall:
    made = make(bench, RECIPE, PRICE, lambda: Submitted("task-1"))
    assert isinstance(made, ProviderCall)
    return made


def fetch(bench: Bench, call: ProviderCall, sender: Sender, into: Path) -> None:
    delivery.fetch_clip(bench, call, sender, RECIPE, lambda _: pytest.fail("The frame was read."), into)


def never_asked() -> Submitted:
    raise AssertionError("The provider was asked.")


def test_an_unusable_clip_is_kept_and_its_call_stays_open(
    bench: Bench, call: ProviderCall, sender: Sender, tmp_path: Path
) -> None:
    with pytest.raises(ProviderBroken, match="a retake asks for another") as refused:
        fetch(bench, call, sender, tmp_path / "clip")

    assert sender.sent == delivery.DOWNLOADS
    assert isinstance(refused.value.__cause__, MediaError)
    kept = storage.find(unusable_prefix(bench, RECIPE), "")
    assert kept is not None
    assert storage.read(kept.key) == GARBAGE
    assert ledger(bench) == [("submitted", None)]
    assert make(bench, RECIPE, PRICE, never_asked) == replace(call, unusable_fetches=1)


def test_what_the_provider_does_not_have_any_more_is_taken_from_what_was_kept(
    bench: Bench, call: ProviderCall, sender: Sender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ProviderBroken):
        fetch(bench, call, sender, tmp_path / "clip")
    sender.has_it = False
    monkeypatch.setattr(delivery, "probe_video", lambda _: None)  # ours was the mistake, and it is mended

    fetch(bench, call_now(bench), sender, tmp_path / "again")

    assert (tmp_path / "again").read_bytes() == GARBAGE


def test_what_cannot_be_used_is_collected_a_few_times_and_then_left_to_a_render(
    bench: Bench, call: ProviderCall, sender: Sender
) -> None:
    end(bench)
    for _ in range(call_queries.MOST_UNUSABLE_FETCHES):
        assert _is_left_over(bench)
        assert collecting.collect(bench.user_id, bench.video_id, 60) == 0
    assert not _is_left_over(bench)
    sent = sender.sent
    assert collecting.collect(bench.user_id, bench.video_id, 60) == 0
    assert sender.sent == sent

    with admin_transaction() as db:
        row = db.execute(
            "select state, error, ended_at from provider_calls where id = %s", [call.id]
        ).fetchone()
    assert row is not None
    assert (row["state"], row["error"]["code"], row["ended_at"] is None) == (
        "submitted",
        "provider_broken",
        False,
    )
    assert isinstance(find_or_call(bench, RECIPE), ProviderCall)


def test_a_task_that_nobody_could_look_at_for_a_week_is_left_to_a_render(
    bench: Bench, call: ProviderCall
) -> None:
    end(bench)
    assert _is_left_over(bench)
    with admin_transaction() as db:
        db.execute(
            "update provider_calls set submitted_at = now() - interval '8 days' where id = %s", [call.id]
        )
    assert not _is_left_over(bench)


def _is_left_over(bench: Bench) -> bool:
    with admin_transaction() as db:
        left = call_queries.videos_with_tasks(db)
    return bench.video_id in {each.video_id for each in left}


@pytest.mark.parametrize("change", ["ended_at = now()", "submitted_at = now() - interval '8 days'"])
def test_a_task_that_is_not_at_work_holds_no_place(bench: Bench, change: str) -> None:
    one = Capacity(max_concurrent=1)
    recipe = RECIPE.model_copy(update={"model": f"m-{uuid4()}"})
    first = make(bench, recipe, PRICE, lambda: Submitted("task-1"), one)
    other = video_bench(bench.user_id)
    waiting = make(other, recipe, Decimal(0), never_asked, one)
    assert not isinstance(waiting, Asset | ProviderCall)
    assert isinstance(first, ProviderCall)
    with admin_transaction() as db:
        db.execute(
            "update provider_calls set " + change + " where id = %s",
            [first.id],
        )
    assert isinstance(make(other, recipe, PRICE, lambda: Submitted("task-2"), one), ProviderCall)

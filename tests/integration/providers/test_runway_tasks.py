from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from shared.assets.recipes import ClipRecipe
from shared.errors import (
    InputRefused,
    PoorOutput,
    ProviderBroken,
    ProviderBusy,
    ProviderError,
    ProviderUnavailable,
    TaskFailed,
)
from shared.media.models import Picture
from shared.providers.ports import TaskStatus
from shared.providers.runway.clips import RunwayClipMaker
from tests.fakes.providers import FakeProviders, ManualClock


def _states(clips: RunwayClipMaker, *task_ids: str) -> list[str]:
    return [clips.check(task_id).state for task_id in task_ids]


def test_clips_over_the_concurrency_wait_in_order_and_are_no_failure(
    fake: FakeProviders,
    clock: ManualClock,
    clips: RunwayClipMaker,
    clip_recipe: ClipRecipe,
    frame: Picture,
) -> None:
    fake.settings.concurrency = 1
    fake.settings.latencies["image_to_video"] = 10.0
    first, second, third = (clips.submit(clip_recipe, frame).task_id for _ in range(3))

    before = _states(clips, first, second, third)
    clock.advance(10.0)
    after = _states(clips, first, second, third)
    clips.cancel(second)
    last = _states(clips, first, second, third)

    assert before == ["running", "queued", "queued"]
    assert after == ["succeeded", "running", "queued"]
    assert last == ["succeeded", "cancelled", "running"]


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("SAFETY.INPUT.IMAGE", InputRefused),
        ("INTERNAL.BAD_OUTPUT.CODE01", PoorOutput),
        ("THIRD_PARTY.UNAVAILABLE", TaskFailed),
    ],
)
def test_a_failed_task_says_why_in_our_terms_and_costs_nothing(
    fake: FakeProviders,
    clips: RunwayClipMaker,
    clip_recipe: ClipRecipe,
    frame: Picture,
    tmp_path: Path,
    code: str,
    meaning: type[ProviderError],
) -> None:
    fake.fail("image_to_video", f"task_failed:{code}")

    task_id = clips.submit(clip_recipe, frame).task_id
    status = clips.check(task_id)

    assert (status.state, status.cost_usd) == ("failed", Decimal(0))
    assert type(status.failure) is meaning
    with pytest.raises(meaning):
        clips.collect(task_id, clip_recipe, lambda _: frame, tmp_path / "clip.mp4")


def test_an_unknown_status_is_a_task_that_goes_on(
    fake: FakeProviders,
    clips: RunwayClipMaker,
    clip_recipe: ClipRecipe,
    frame: Picture,
    caplog: pytest.LogCaptureFixture,
) -> None:
    task_id = clips.submit(clip_recipe, frame).task_id
    fake.fail("tasks_get", "unknown_status")

    assert clips.check(task_id).state == "running"
    assert "status that we do not know" in caplog.text
    assert clips.check(task_id).state == "succeeded"


def test_a_success_without_a_cost_is_a_success(
    fake: FakeProviders, clips: RunwayClipMaker, clip_recipe: ClipRecipe, frame: Picture
) -> None:
    task_id = clips.submit(clip_recipe, frame).task_id
    fake.fail("tasks_get", "missing_cost")

    assert clips.check(task_id) == TaskStatus("succeeded", progress=1.0)


@pytest.mark.parametrize(
    ("fault", "meaning"),
    [
        ("status_500", ProviderUnavailable),
        ("status_429", ProviderBusy),
        ("cut_before_accept", ProviderUnavailable),
        ("malformed", ProviderUnavailable),
        ("html", ProviderUnavailable),
    ],
)
def test_a_failed_check_never_says_that_something_was_lost(
    fake: FakeProviders,
    clips: RunwayClipMaker,
    clip_recipe: ClipRecipe,
    frame: Picture,
    fault: str,
    meaning: type[ProviderError],
) -> None:
    task_id = clips.submit(clip_recipe, frame).task_id
    fake.fail("tasks_get", fault)

    with pytest.raises(ProviderError) as caught:
        clips.check(task_id)

    assert type(caught.value) is meaning


def test_a_cancelled_clip_is_cancelled(
    fake: FakeProviders, clips: RunwayClipMaker, clip_recipe: ClipRecipe, frame: Picture
) -> None:
    fake.fail("image_to_video", "task_stuck")
    task_id = clips.submit(clip_recipe, frame).task_id

    found = clips.cancel(task_id)

    assert found == "running"
    assert clips.check(task_id).state == "cancelled"
    assert len(fake.seen("tasks_delete")) == 1


def test_what_never_began_is_cancelled_for_free(
    fake: FakeProviders, clips: RunwayClipMaker, clip_recipe: ClipRecipe, frame: Picture
) -> None:
    before = fake.settings.credit_balance
    fake.settings.pending_seconds = 60.0
    task_id = clips.submit(clip_recipe, frame).task_id

    assert clips.cancel(task_id) == "queued"
    assert fake.settings.credit_balance == before
    assert clips.cancel(task_id) == "over"


def test_what_began_between_the_look_and_the_deletion_was_running(
    fake: FakeProviders, clips: RunwayClipMaker, clip_recipe: ClipRecipe, frame: Picture
) -> None:
    fake.settings.pending_seconds = 60.0
    task_id = clips.submit(clip_recipe, frame).task_id
    fake.fail("tasks_delete", "begins_to_run")

    assert clips.cancel(task_id) == "running"


@pytest.mark.parametrize("skip", [0, 1])
def test_where_the_balance_is_unknown_what_was_cancelled_counts_as_running(
    fake: FakeProviders, clips: RunwayClipMaker, clip_recipe: ClipRecipe, frame: Picture, skip: int
) -> None:
    fake.settings.pending_seconds = 60.0
    task_id = clips.submit(clip_recipe, frame).task_id
    fake.fail("organization", "status_503", skip=skip)

    assert clips.cancel(task_id) == "running"
    assert clips.check(task_id).state == "cancelled"


def test_a_deletion_whose_answer_is_lost_is_one_all_the_same(
    fake: FakeProviders, clips: RunwayClipMaker, clip_recipe: ClipRecipe, frame: Picture
) -> None:
    fake.fail("image_to_video", "task_stuck")
    task_id = clips.submit(clip_recipe, frame).task_id
    fake.fail("tasks_delete", "cut_before_accept")
    with pytest.raises(ProviderUnavailable):
        clips.cancel(task_id)
    fake.fail("tasks_delete", "cut_after_accept")

    assert clips.cancel(task_id) == "running"


@pytest.mark.parametrize("concurrency", [0, -1, 1_000_001])
def test_a_capacity_that_cannot_be_is_a_broken_answer(
    fake: FakeProviders, clips: RunwayClipMaker, concurrency: int
) -> None:
    fake.settings.concurrency = concurrency

    with pytest.raises(ProviderBroken):
        clips.capacity()


def test_cancelling_what_is_over_deletes_nothing(
    fake: FakeProviders, clips: RunwayClipMaker, clip_recipe: ClipRecipe, frame: Picture
) -> None:
    task_id = clips.submit(clip_recipe, frame).task_id

    found = clips.cancel(task_id), clips.cancel("00000000-0000-4000-8000-000000000000")

    assert found == ("over", "over")
    assert fake.seen("tasks_delete") == []
    assert clips.check(task_id).state == "succeeded"


@pytest.mark.parametrize("task_id", ["", "../organization", "a/b", "x" * 65, "a?b"])
def test_an_id_that_is_none_never_reaches_an_address(
    fake: FakeProviders, clips: RunwayClipMaker, task_id: str
) -> None:
    with pytest.raises(ProviderBroken):
        clips.check(task_id)

    assert fake.requests == []

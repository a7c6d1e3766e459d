"""Answers of calls that were given up for lost: nothing that was paid for is dropped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from shared import storage
from shared.assets.make import find, keep, make
from shared.assets.models import Asset, Bench, Product, ProviderCall, SceneRef
from shared.assets.recipes import ClipRecipe
from shared.database import admin_transaction, transaction
from shared.errors import NotInTheMaking, ProviderUnavailable, WorkInProgress
from shared.providers.ports import Submitted
from shared.stories.models import Sheet, Story, StoryScene
from shared.videos import call_queries, deletion_queries, queries, scene_queries

PRICE = Decimal("0.25")
RECIPE = ClipRecipe(
    provider="acme", model="m", prompt="Push in.", frame="0" * 64, ratio="1280:720", duration_ms=5_000, seed=1
)


@pytest.fixture
def bench(make_bench: Callable[[], Bench]) -> Bench:
    """In a scene."""
    bench = make_bench()
    scene = StoryScene(title="t", description="d", prompt="p", motion="m", narration="n")
    sheet = Sheet(characters=(), setting="s", palette="p")
    story = Story(title="t", overview="o", sheet=sheet, scenes=(scene,))
    with transaction(bench.user_id) as db:
        queries.keep_story(db, bench.user_id, bench.video_id, story, [5_000])
        (known,) = queries.scenes(db, bench.video_id)
    return replace(bench, scene=SceneRef(known.id, 1))


def ledger(bench: Bench) -> list[tuple[str, str | None, bool]]:
    """The state of each call, its task, and whether it was given up once."""
    with admin_transaction() as db:
        rows = db.execute(
            "select state, task_id, lost_at is not null as was_lost from provider_calls"
            " where user_id = %s order by intended_at",
            [bench.user_id],
        ).fetchall()
    return [(row["state"], row["task_id"], row["was_lost"]) for row in rows]


def give_up(bench: Bench) -> None:
    """The lease runs out while whoever has it is still alive."""
    with admin_transaction() as db:
        db.execute(
            "update provider_calls set lease_expires_at = now() - interval '1 second' where video_id = %s",
            [bench.video_id],
        )


def write_off(bench: Bench) -> None:
    """What the reconciler does, in a video that nobody makes."""
    give_up(bench)
    with admin_transaction() as db:
        db.execute("update video_sessions set state = 'cancelled' where id = %s", [bench.video_id])
        call_queries.lose_expired(db)


def never_asked() -> Product:
    raise AssertionError("Nobody is to be asked.")


def test_a_task_that_becomes_known_late_is_collected_and_not_asked_for_again(bench: Bench) -> None:
    def slow() -> Submitted:
        write_off(bench)
        return Submitted("task-1")

    made = make(bench, RECIPE, PRICE, slow)
    assert isinstance(made, ProviderCall)
    assert ledger(bench) == [("submitted", "task-1", True)]
    again = make(bench, RECIPE, PRICE, never_asked)
    assert isinstance(again, ProviderCall)
    assert again.task_id == "task-1"


def test_a_task_that_becomes_known_after_another_was_submitted_is_a_take_of_its_own(bench: Bench) -> None:
    def slow() -> Submitted:
        give_up(bench)
        made = make(bench, RECIPE, PRICE, lambda: Submitted("task-2"))
        assert isinstance(made, ProviderCall)
        return Submitted("task-1")

    made = make(bench, RECIPE, PRICE, slow)
    assert isinstance(made, ProviderCall)
    assert made.task_id == "task-2"  # which the video goes on with
    assert ledger(bench) == [("submitted", "task-1", True), ("submitted", "task-2", False)]

    with transaction(bench.user_id) as db:
        left = call_queries.open_tasks(db, bench.video_id)
    for task in left:
        content = task.task_id.encode()
        keep(task.bench(60), task.recipe, Product(content, "video/mp4", PRICE), task.call.id)
    used = find(bench, RECIPE)
    assert used is not None
    assert storage.read(used.storage_key) == b"task-2"
    with transaction(bench.user_id) as db:
        takes = scene_queries.takes(bench.video_id, 1).all(db)
    assert {storage.read(take.storage_key) for take in takes} == {b"task-1", b"task-2"}
    assert [state for state, _, _ in ledger(bench)] == ["succeeded", "succeeded"]


def test_what_comes_late_does_not_overwrite_what_was_made_meanwhile(bench: Bench) -> None:
    def slow() -> Product:
        give_up(bench)
        made = make(bench, RECIPE, PRICE, lambda: Product(b"second", "video/mp4", PRICE))
        assert isinstance(made, Asset)
        return Product(b"first", "video/mp4", PRICE)

    with pytest.raises(WorkInProgress):
        make(bench, RECIPE, PRICE, slow)
    used = make(bench, RECIPE, PRICE, never_asked)
    assert isinstance(used, Asset)
    assert storage.read(used.storage_key) == b"second"
    with transaction(bench.user_id) as db:
        takes = scene_queries.takes(bench.video_id, 1).all(db)
    assert {storage.read(take.storage_key) for take in takes} == {b"first", b"second"}
    assert ledger(bench) == [("succeeded", None, True), ("succeeded", None, False)]


@pytest.mark.parametrize("trouble", [None, ProviderUnavailable("Down.", provider="acme")])
def test_a_task_of_a_video_that_was_deleted_meanwhile_is_cancelled(
    bench: Bench, trouble: ProviderUnavailable | None
) -> None:
    cancelled = []

    def slow() -> Submitted:
        with transaction(bench.user_id) as db:
            deletion_queries.delete_video(db, bench.video_id)
        return Submitted("task-1")

    def cancel(task_id: str) -> None:
        cancelled.append(task_id)
        if trouble is not None:
            raise trouble

    with pytest.raises(NotInTheMaking):
        make(bench, RECIPE, PRICE, slow, cancel=cancel)
    assert cancelled == ["task-1"]
    assert ledger(bench) == [("lost", "task-1", False)]

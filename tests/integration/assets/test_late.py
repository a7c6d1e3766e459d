"""Answers of calls that were given up for lost: nothing that was paid for is dropped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from shared import storage
from shared.assets import queries as asset_queries
from shared.assets.make import find, find_or_call, keep, make, note_failure
from shared.assets.models import Asset, Bench, CallEnd, Product, ProviderCall, SceneRef
from shared.assets.recipes import ClipRecipe
from shared.database import Connection, admin_transaction, transaction
from shared.errors import DatabaseUnavailable, NotInTheMaking, ProviderUnavailable, TaskFailed, WorkInProgress
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


def die() -> Product:
    raise KeyboardInterrupt


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


@pytest.mark.parametrize("given_up", [give_up, write_off])
def test_nobody_asks_again_while_what_came_late_is_stored(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, given_up: Callable[[Bench], None]
) -> None:
    put, refused = storage.put, []

    def slow_put(key: str, content: bytes | Path, content_type: str) -> None:
        try:
            make(bench, RECIPE, PRICE, never_asked)
        except WorkInProgress as error:
            refused.append(error)
        put(key, content, content_type)

    def slow() -> Product:
        given_up(bench)
        return Product(b"first", "video/mp4", PRICE)

    monkeypatch.setattr(storage, "put", slow_put)
    made = make(bench, RECIPE, PRICE, slow)
    assert isinstance(made, Asset)
    assert len(refused) == 1
    assert storage.read(made.storage_key) == b"first"
    assert ledger(bench) == [("succeeded", None, given_up is write_off)]


def test_a_task_that_becomes_known_while_another_is_asked_for_is_a_take_of_its_own(bench: Bench) -> None:
    def slow() -> Submitted:
        give_up(bench)
        with pytest.raises(KeyboardInterrupt):  # the process dies: its intent stays
            make(bench, RECIPE, PRICE, die)
        return Submitted("task-1")

    with pytest.raises(WorkInProgress):
        make(bench, RECIPE, PRICE, slow)
    assert ledger(bench) == [("submitted", "task-1", True), ("intended", None, False)]


def test_what_is_stored_late_and_deleted_meanwhile_is_not_kept(bench: Bench) -> None:
    def slow() -> Product:
        with transaction(bench.user_id) as db:
            deletion_queries.delete_video(db, bench.video_id)
        return Product(b"first", "video/mp4", PRICE)

    with pytest.raises(NotInTheMaking):
        make(bench, RECIPE, PRICE, slow)
    assert ledger(bench) == [("lost", None, False)]


def test_a_task_that_failed_before_its_maker_heard_of_it_is_no_task_of_a_deleted_video(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = asset_queries.mark_submitted
    marked: list[bool] = []

    def unheard(db: Connection, call_id: UUID, task_id: str) -> bool:
        if marked:
            return mark(db, call_id, task_id)
        marked.append(mark(db, call_id, task_id))
        db.execute("commit")
        call = find_or_call(bench, RECIPE)
        assert isinstance(call, ProviderCall)
        note_failure(bench, call, TaskFailed("Broke.", provider="acme"), None)
        raise DatabaseUnavailable("The answer to the commit was lost.")

    def cancel(task_id: str) -> None:
        raise AssertionError(f"{task_id} is over.")

    monkeypatch.setattr("shared.assets.queries.mark_submitted", unheard)
    with pytest.raises(WorkInProgress):
        make(bench, RECIPE, PRICE, lambda: Submitted("task-1"), cancel=cancel)
    assert ledger(bench) == [("failed", "task-1", False)]


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


def test_what_is_answered_late_counts_as_spent_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    ends: list[CallEnd] = []
    monkeypatch.setattr("shared.assets.counting.count_success", ends.append)

    def slow() -> Product:
        write_off(bench)  # and its estimate is counted
        return Product(b"first", "video/mp4", PRICE - Decimal("0.05"))

    make(bench, RECIPE, PRICE, slow)
    assert [end.cost_usd for end in ends] == [Decimal("-0.05")]

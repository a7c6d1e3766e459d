"""A deletion tries to cancel what is queued, for so long and no longer, and then deletes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from shared.accounts.service import NewKey
from shared.assets.make import find_or_call, make, note_ended, note_running
from shared.assets.models import Bench, ProviderCall
from shared.database import admin_transaction
from shared.errors import NotFound
from shared.media_sessions import service as media_sessions
from shared.providers.ports import Cancellation, Submitted, TaskStatus
from shared.retention import service as retention
from shared.videos import leftovers, makers, service
from tests.integration.videos.test_cancelling import PRICE, RECIPE, Maker, end

WAIT_SECONDS = 30


class Queue(Maker):
    """Has any number of queued tasks, and says which ones it was asked about."""

    def __init__(self) -> None:
        super().__init__(TaskStatus("queued"), "queued")
        self.checked: list[str] = []
        self.stopped: list[str] = []

    def check(self, task_id: str) -> TaskStatus:
        self.checked.append(task_id)
        return self.status

    def cancel(self, task_id: str) -> Cancellation:
        self.stopped.append(task_id)
        return self.found


class Silent(Queue):
    """Answers nobody until it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.speaks = threading.Event()

    def check(self, task_id: str) -> TaskStatus:
        self.speaks.wait(WAIT_SECONDS)
        return super().check(task_id)


class Slow(Queue):
    """Answers when it is asked twice at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.both = threading.Barrier(2, timeout=WAIT_SECONDS)

    def check(self, task_id: str) -> TaskStatus:
        self.both.wait()
        return super().check(task_id)


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Callable[[Maker], None]:
    def install(maker: Maker) -> None:
        monkeypatch.setattr(makers, "clip_maker_of", lambda _: maker)

    return install


@pytest.fixture
def silent(install: Callable[[Maker], None], monkeypatch: pytest.MonkeyPatch) -> Iterator[Silent]:
    maker = Silent()
    install(maker)
    monkeypatch.setattr(leftovers, "BEFORE_DELETION_SECONDS", 0.2)
    yield maker
    maker.speaks.set()


def submit(bench: Bench, *tasks: str) -> list[ProviderCall]:
    """Tasks of different takes, in a video that is over."""
    calls = []
    for number, task_id in enumerate(tasks, start=1):
        recipe = RECIPE.model_copy(update={"take": number})
        made = make(bench, recipe, PRICE, lambda task_id=task_id: Submitted(task_id))  # type: ignore[misc]
        assert isinstance(made, ProviderCall)
        calls.append(made)
    end(bench)
    return calls


def soon() -> float:
    return time.monotonic() + WAIT_SECONDS


def delete_video(bench: Bench) -> None:
    service.delete_video(bench.user_id, bench.video_id)


def delete_session(bench: Bench) -> None:
    media_sessions.delete_session(bench.user_id, bench.request_id)


def delete_user(bench: Bench) -> None:
    retention.delete_user(bench.user_id, time.monotonic() + leftovers.BEFORE_DELETION_SECONDS)


@pytest.mark.parametrize("delete", [delete_video, delete_session, delete_user])
def test_a_provider_that_says_nothing_keeps_nobody_from_deleting(
    bench: Bench, silent: Silent, delete: Callable[[Bench], None]
) -> None:
    submit(bench, "task-1", "task-2")
    delete(bench)
    assert not silent.speaks.is_set()
    with pytest.raises(NotFound):
        service.view_video(bench.user_id, bench.video_id)


@pytest.mark.parametrize("delete", [delete_video, delete_session, delete_user])
def test_a_task_that_nobody_can_read_keeps_nobody_from_deleting(
    bench: Bench, install: Callable[[Maker], None], delete: Callable[[Bench], None]
) -> None:
    maker = Queue()
    install(maker)
    unreadable, _ = submit(bench, "task-1", "task-2")
    with admin_transaction() as db:
        db.execute(
            "update provider_calls set recipe = recipe || '{\"ofTomorrow\": 1}' where id = %s",
            [unreadable.id],
        )
    delete(bench)
    assert maker.stopped == ["task-2"]
    with pytest.raises(NotFound):
        service.view_video(bench.user_id, bench.video_id)


def test_tasks_are_cancelled_side_by_side(bench: Bench, install: Callable[[Maker], None]) -> None:
    maker = Slow()
    install(maker)
    submit(bench, "task-1", "task-2")
    assert leftovers.cancel_before_deletion(bench.user_id, soon()) == 2
    assert sorted(maker.stopped) == ["task-1", "task-2"]


def test_a_bug_with_one_task_is_not_the_others(bench: Bench, install: Callable[[Maker], None]) -> None:
    class Broken(Queue):
        def check(self, task_id: str) -> TaskStatus:
            if task_id == "task-1":
                raise RuntimeError("A bug.")
            return super().check(task_id)

    maker = Broken()
    install(maker)
    submit(bench, "task-1", "task-2")
    assert leftovers.cancel_before_deletion(bench.user_id, soon()) == 1
    assert maker.stopped == ["task-2"]


def test_what_has_begun_or_ended_is_not_asked_after(bench: Bench, install: Callable[[Maker], None]) -> None:
    maker = Queue()
    install(maker)
    running, ended, _ = submit(bench, "task-1", "task-2", "task-3")
    note_running(bench, running)
    note_ended(bench, ended, None)
    assert leftovers.cancel_before_deletion(bench.user_id, soon()) == 1
    assert maker.checked == ["task-3"]


def test_after_the_deadline_nothing_is_begun_with(bench: Bench, install: Callable[[Maker], None]) -> None:
    maker = Queue()
    install(maker)
    submit(bench, "task-1")
    assert leftovers.cancel_before_deletion(bench.user_id, time.monotonic()) == 0
    assert maker.checked == []


def test_another_users_tasks_are_left_alone(
    bench: Bench, install: Callable[[Maker], None], new_user: Callable[[], NewKey]
) -> None:
    maker = Queue()
    install(maker)
    submit(bench, "task-1")
    assert leftovers.cancel_before_deletion(new_user().user_id, soon()) == 0
    assert isinstance(find_or_call(bench, RECIPE), ProviderCall)

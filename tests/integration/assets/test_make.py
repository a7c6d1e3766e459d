"""The one mechanism, on a real Postgres and a real S3: a crash is simulated at every gap."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from shared import storage
from shared.assets import queries
from shared.assets.make import find, find_or_call, keep, make, note_failure
from shared.assets.models import Asset, Bench, Product, ProviderCall
from shared.assets.recipes import NarrationRecipe, SegmentRecipe
from shared.database import (
    CONNECT_SECONDS,
    RECONNECT_SECONDS,
    Connection,
    admin_transaction,
    close_connections,
)
from shared.errors import (
    AnswersLost,
    DatabaseUnavailable,
    InputRefused,
    NotFound,
    OverBudget,
    PoorOutput,
    ProviderAnswerLost,
    ProviderUnavailable,
    StorageUnavailable,
    TaskFailed,
    WorkInProgress,
)
from shared.providers.ports import Submitted
from shared.videos import retries

PRICE = Decimal("0.25")


def recipe(text: str = "Once upon a time.") -> NarrationRecipe:
    return NarrationRecipe(provider="acme", model="m", text=text, voice="v", window_ms=5000)


class Provider:
    """Counts how often it was asked for money."""

    def __init__(self, *answers: Product | Submitted | BaseException) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self) -> Product | Submitted:
        self.asked += 1
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer


def spoken(content: bytes = b"sound", cost: str = "0.20") -> Product:
    return Product(content, "audio/wav", Decimal(cost))


def ledger(bench: Bench) -> list[tuple[str, Decimal | None]]:
    with admin_transaction() as db:
        rows = db.execute(
            "select state, actual_cost_usd from provider_calls where video_id = %s order by intended_at",
            [bench.video_id],
        ).fetchall()
    return [(row["state"], row["actual_cost_usd"]) for row in rows]


def expire_leases(bench: Bench) -> None:
    with admin_transaction() as db:
        db.execute(
            "update provider_calls set lease_expires_at = now() - interval '1 second' where video_id = %s",
            [bench.video_id],
        )


def test_what_was_made_is_found_and_not_asked_for_again(bench: Bench) -> None:
    provider = Provider(spoken())
    first = make(bench, recipe(), PRICE, provider)
    second = make(bench, recipe(), PRICE, provider)
    assert isinstance(first, Asset)
    assert first == second
    assert provider.asked == 1
    assert storage.read(first.storage_key) == b"sound"
    assert ledger(bench) == [("succeeded", Decimal("0.200000"))]


def test_another_take_is_another_asset(bench: Bench) -> None:
    provider = Provider(spoken(b"one"), spoken(b"two"))
    first = make(bench, recipe(), PRICE, provider)
    second = make(bench, recipe().model_copy(update={"take": 2}), PRICE, provider)
    assert isinstance(first, Asset)
    assert isinstance(second, Asset)
    assert first.storage_key != second.storage_key
    assert (storage.read(first.storage_key), storage.read(second.storage_key)) == (b"one", b"two")


def test_an_intent_is_written_down_before_the_provider_is_asked(bench: Bench) -> None:
    seen: list[list[tuple[str, Decimal | None]]] = []

    def ask() -> Product:
        seen.append(ledger(bench))
        return spoken()

    make(bench, recipe(), PRICE, ask)
    assert seen == [[("intended", None)]]


def test_a_submitted_task_is_collected_and_never_submitted_again(bench: Bench) -> None:
    provider = Provider(Submitted("task-1"))
    first = make(bench, recipe(), PRICE, provider)
    second = make(bench, recipe(), PRICE, provider)
    assert isinstance(first, ProviderCall)
    assert isinstance(second, ProviderCall)
    assert (first.task_id, second.task_id, provider.asked) == ("task-1", "task-1", 1)

    kept = keep(bench, recipe(), spoken(cost="0.30"), first.id)
    assert find_or_call(bench, recipe()) == kept
    assert ledger(bench) == [("succeeded", Decimal("0.300000"))]


def test_a_failed_answer_is_booked_with_what_it_costs(bench: Bench) -> None:
    unusable = PoorOutput("Cut off.", provider="acme", cost_usd=Decimal("0.12"))
    free = InputRefused("No.", provider="acme")
    for failure in (unusable, free):
        with pytest.raises(type(failure)):
            make(bench, recipe(), PRICE, Provider(failure))
    assert ledger(bench) == [("failed", Decimal("0.120000")), ("failed", None)]


def test_failed_answers_that_cost_something_count_against_the_cap(bench: Bench) -> None:
    with admin_transaction() as db:
        db.execute("update video_sessions set max_cost_usd = 0.30 where id = %s", [bench.video_id])
    failure = PoorOutput("Cut off.", provider="acme", cost_usd=Decimal("0.12"))
    with pytest.raises(PoorOutput):
        make(bench, recipe(), PRICE, Provider(failure))
    second = Provider(spoken())
    with pytest.raises(OverBudget):
        make(bench, recipe(), PRICE, second)
    assert second.asked == 0


def test_while_a_lease_holds_a_second_attempt_waits(bench: Bench) -> None:
    with pytest.raises(KeyboardInterrupt):  # stands for kill -9: nothing after it is written down
        make(bench, recipe(), PRICE, Provider(KeyboardInterrupt()))
    second = Provider(spoken())
    with pytest.raises(WorkInProgress):
        make(bench, recipe(), PRICE, second)
    assert second.asked == 0


def test_after_a_crash_without_an_answer_the_call_is_lost_and_asked_once_more(bench: Bench) -> None:
    with pytest.raises(KeyboardInterrupt):
        make(bench, recipe(), PRICE, Provider(KeyboardInterrupt()))
    expire_leases(bench)
    assert isinstance(make(bench, recipe(), PRICE, Provider(spoken())), Asset)
    assert [state for state, _ in ledger(bench)] == ["lost", "succeeded"]


def test_after_two_lost_answers_nobody_is_asked_a_third_time(bench: Bench) -> None:
    lost = ProviderAnswerLost("No answer came.", provider="acme")
    provider = Provider(lost, lost, spoken())
    for _ in range(2):
        with pytest.raises(ProviderAnswerLost):
            make(bench, recipe(), PRICE, provider)
    with pytest.raises(AnswersLost):
        make(bench, recipe(), PRICE, provider)
    assert provider.asked == 2
    assert [state for state, _ in ledger(bench)] == ["lost", "lost"]


def test_after_two_crashes_without_an_answer_both_are_shown_as_lost(bench: Bench) -> None:
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            make(bench, recipe(), PRICE, Provider(KeyboardInterrupt()))
        expire_leases(bench)
    third = Provider(spoken())
    with pytest.raises(AnswersLost):
        make(bench, recipe(), PRICE, third)
    assert (third.asked, [state for state, _ in ledger(bench)]) == (0, ["lost", "lost"])


def test_a_crash_between_storing_and_recording_is_mended_without_asking_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = Provider(spoken(b"paid for"))
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("shared.assets.queries.add_asset", _die)
        make(bench, recipe(), PRICE, provider)
    made = make(bench, recipe(), PRICE, provider)  # at once: no lease has to run out for this
    assert isinstance(made, Asset)
    assert storage.read(made.storage_key) == b"paid for"
    assert made.content_type == "audio/wav"
    assert (provider.asked, [state for state, _ in ledger(bench)]) == (1, ["succeeded"])


def test_a_crash_before_the_task_id_is_noted_is_shown_as_lost(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("shared.assets.queries.mark_submitted", _die)
        make(bench, recipe(), PRICE, Provider(Submitted("task-1")))
    expire_leases(bench)
    made = make(bench, recipe(), PRICE, Provider(Submitted("task-2")))
    assert isinstance(made, ProviderCall)
    assert made.task_id == "task-2"
    assert [state for state, _ in ledger(bench)] == ["lost", "submitted"]


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (InputRefused("No.", provider="acme"), "failed"),
        (ProviderUnavailable("Down.", provider="acme"), "failed"),
        (ProviderAnswerLost("Cut.", provider="acme"), "lost"),
        (StorageUnavailable("Away before anything was sent."), "failed"),
        (RuntimeError("a bug of ours, after the request perhaps"), "lost"),
    ],
)
def test_an_error_ends_the_call_as_what_is_known_of_it(bench: Bench, error: Exception, state: str) -> None:
    with pytest.raises(type(error)):
        make(bench, recipe(), PRICE, Provider(error))
    assert ledger(bench) == [(state, None)]


def test_a_failed_call_may_be_tried_again_as_often_as_one_likes(bench: Bench) -> None:
    down = ProviderUnavailable("Down.", provider="acme")
    provider = Provider(down, down, down, spoken())
    for _ in range(3):
        with pytest.raises(ProviderUnavailable):
            make(bench, recipe(), PRICE, provider)
    assert isinstance(make(bench, recipe(), PRICE, provider), Asset)


def test_a_task_that_fails_by_the_providers_fault_is_followed_by_two_others(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "wait_seconds", lambda _: 7)
    broke = TaskFailed("Broke.", provider="acme")
    for number in (1, 2, 3):
        call = make(bench, recipe(), PRICE, Provider(Submitted(f"task-{number}")))
        assert isinstance(call, ProviderCall)
        note_failure(bench, call, broke, None)
        if number <= retries.MOST_FAILED_TASKS:
            assert retries.again(bench, recipe(), broke).wait_seconds == 7
    with pytest.raises(TaskFailed):
        retries.again(bench, recipe(), broke)


def test_of_many_attempts_at_once_one_asks(bench: Bench) -> None:
    asked = []
    together = threading.Barrier(8)

    def ask() -> Product:
        asked.append(1)
        return spoken()

    def attempt(_: int) -> str:
        together.wait()
        try:
            return type(make(bench, recipe(), PRICE, ask)).__name__
        except WorkInProgress:
            return "WorkInProgress"
        finally:
            close_connections()

    with ThreadPoolExecutor(8) as pool:  # a connection each, as each Lambda has one
        outcomes = list(pool.map(attempt, range(8)))
    assert len(asked) == 1
    assert set(outcomes) <= {"Asset", "WorkInProgress"}
    assert "Asset" in outcomes


def test_free_work_is_stored_without_a_call(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "segment.mp4"
    path.write_bytes(b"video")
    segment = SegmentRecipe(clip="0" * 64, ratio="1280:720", frames=120)
    assert find(bench, segment) is None
    kept = keep(bench, segment, Product(path, "video/mp4"))
    assert find(bench, segment) == kept
    assert ledger(bench) == []


def test_the_same_recipe_in_another_video_is_made_again(
    bench: Bench, make_bench: Callable[[], Bench]
) -> None:
    provider = Provider(spoken(), spoken())
    make(bench, recipe(), PRICE, provider)
    make(make_bench(), recipe(), PRICE, provider)
    assert provider.asked == 2


def test_another_user_can_neither_find_nor_claim_what_is_not_theirs(
    bench: Bench, make_bench: Callable[[], Bench]
) -> None:
    make(bench, recipe(), PRICE, Provider(spoken()))
    stranger = replace(bench, user_id=make_bench().user_id)
    assert find(stranger, recipe()) is None
    with pytest.raises(NotFound):
        find_or_call(stranger, recipe())


class Clock:
    """Time that passes by sleeping alone."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_a_task_is_written_down_however_long_the_database_is_away_within_the_functions_time(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, mark = Clock(), queries.mark_submitted

    def away(db: Connection, call_id: UUID, task_id: str) -> bool:
        if clock.now < 80:
            raise DatabaseUnavailable("A failover.")
        return mark(db, call_id, task_id)

    monkeypatch.setattr("shared.assets.make.time", clock)
    monkeypatch.setattr("shared.assets.queries.mark_submitted", away)
    slow = replace(bench, lease_seconds=120)
    made = make(slow, recipe(), PRICE, Provider(Submitted("task-1")))
    assert isinstance(made, ProviderCall)
    assert made.task_id == "task-1"
    with pytest.raises(DatabaseUnavailable):
        clock.now = -1000
        make(slow, recipe("Another."), PRICE, Provider(Submitted("task-2")))
    assert clock.now + RECONNECT_SECONDS + CONNECT_SECONDS < -1000 + 120  # so long one more try may last


def test_a_task_is_named_in_the_log_before_anything_can_go_wrong_with_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("shared.assets.queries.mark_submitted", _die)
    with caplog.at_level("INFO", "storyreel"), pytest.raises(KeyboardInterrupt):
        make(bench, recipe(), PRICE, Provider(Submitted("task-1")))
    said = [vars(record) for record in caplog.records]
    assert [(each["task_id"], each["provider"]) for each in said if "task_id" in each] == [("task-1", "acme")]

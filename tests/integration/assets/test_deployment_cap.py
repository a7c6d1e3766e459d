"""The deployment's own cap: what all users together can spend in a month."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from shared import settings
from shared.assets import budget
from shared.assets.make import make
from shared.assets.models import Asset, Bench
from shared.database import close_connections, transaction
from shared.errors import OverBudget
from shared.providers.ports import Submitted
from shared.retention.service import delete_user
from tests.integration.assets.test_make import PRICE, Provider, recipe, spoken

SetCap = Callable[[Decimal | None], None]


@pytest.fixture
def left(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> SetCap:
    """Sets the cap, as far above what is spent already as is said; None takes it away."""

    def set_left(usd: Decimal | None) -> None:
        with transaction(bench.user_id) as db:
            spent = budget.deployment_spending(db)
        cap = settings.NOT_SET if usd is None else str(spent + usd)
        monkeypatch.setenv("PROVIDERS_MONTHLY_CAP_USD", cap)
        settings._read.cache_clear()

    return set_left


def test_two_users_together_do_not_pass_the_deployments_cap(
    make_bench: Callable[[], Bench], left: SetCap
) -> None:
    left(PRICE * Decimal("1.5"))
    assert isinstance(make(make_bench(), recipe(), PRICE, Provider(spoken(cost=str(PRICE)))), Asset)
    second = Provider(spoken())
    with pytest.raises(OverBudget) as refused:
        make(make_bench(), recipe(), PRICE, second)
    assert second.asked == 0
    # What others have spent is not told.
    assert refused.value.details == {"scope": "deployment", "priceUsd": str(PRICE)}
    left(None)
    assert isinstance(make(make_bench(), recipe(), PRICE, Provider(spoken())), Asset)


def test_two_users_at_once_do_not_share_the_last_dollar(
    make_bench: Callable[[], Bench], left: SetCap
) -> None:
    benches = [make_bench() for _ in range(8)]
    left(PRICE * 2)
    asked = []

    def attempt(bench: Bench) -> bool:
        provider = Provider(spoken(cost=str(PRICE)))
        try:
            make(bench, recipe(), PRICE, provider)
        except OverBudget:
            return False
        finally:
            asked.append(provider.asked)
            close_connections()
        return True

    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(attempt, benches))
    assert made.count(True) == 2
    assert sum(asked) == 2


def test_what_a_user_has_spent_who_was_deleted_still_counts(
    bench: Bench, make_bench: Callable[[], Bench]
) -> None:
    def spent() -> Decimal:
        with transaction(bench.user_id) as db:
            return budget.deployment_spending(db)

    leaver, before = make_bench(), spent()
    make(leaver, recipe(), PRICE, Provider(spoken(cost=str(PRICE))))
    make(leaver, recipe("Another."), PRICE, Provider(Submitted("task-1")))
    assert spent() == before + 2 * PRICE
    delete_user(leaver.user_id, time.monotonic())
    assert spent() == before + 2 * PRICE


def test_what_costs_nothing_is_made_although_the_cap_is_reached(bench: Bench, left: SetCap) -> None:
    left(Decimal(0))
    assert isinstance(make(bench, recipe(), Decimal(0), Provider(spoken(cost="0"))), Asset)


def test_what_the_cap_does_not_let_begin_is_refused_at_once(bench: Bench, left: SetCap) -> None:
    left(PRICE / 2)
    with transaction(bench.user_id) as db, pytest.raises(OverBudget):
        budget.refuse_unaffordable(db, bench.video_id, lambda: PRICE)
    left(PRICE)
    with transaction(bench.user_id) as db:
        budget.refuse_unaffordable(db, bench.video_id, lambda: PRICE)

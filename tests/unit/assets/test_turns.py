from __future__ import annotations

from hypothesis import given, strategies as st

from shared.assets.turns import LONGEST_WAIT_SECONDS, wait_for_turn
from shared.providers.ports import Capacity

FIVE = Capacity(max_concurrent=5)


@given(st.integers(1, 10_000), st.floats(0.1, 3600), st.floats(0, 1e6))
def test_a_wait_is_bounded(before: int, per_turn: float, stalled: float) -> None:
    assert 1 <= wait_for_turn(before, per_turn, stalled, FIVE) <= LONGEST_WAIT_SECONDS


@given(st.integers(2, 200), st.floats(10, 120))
def test_who_waits_is_back_before_the_turn_comes(before: int, per_turn: float) -> None:
    waited = 0.0
    left = before * per_turn / 5
    for _ in range(20):
        waited += wait_for_turn(max(1, round((left - waited) * 5 / per_turn)), per_turn, 0, FIVE)
        if left - waited < per_turn / 5:
            break
    assert waited <= left + 3


def test_those_at_the_front_leave_little_of_a_turn_empty() -> None:
    for per_turn in (20, 60, 180):
        assert wait_for_turn(1, per_turn, 0, FIVE) <= max(per_turn / 10, 3)


def test_who_is_in_a_line_that_does_not_move_looks_ever_more_rarely() -> None:
    waits = [wait_for_turn(1, 5, stalled, FIVE) for stalled in (0, 60, 600, 6000)]
    assert waits == sorted(set(waits))

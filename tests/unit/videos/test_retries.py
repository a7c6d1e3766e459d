from __future__ import annotations

from hypothesis import given, strategies as st

from shared.videos.retries import LONGEST_BACKOFF_SECONDS, backoff_seconds

refusals = st.integers(1, 1000)
asked = st.none() | st.floats(0, 3600)


@given(refusals, asked)
def test_nobody_comes_back_before_the_provider_says(times: int, seconds: float | None) -> None:
    assert backoff_seconds(times, seconds) >= (seconds or 0)


@given(refusals, asked)
def test_the_longest_wait_is_bounded(times: int, seconds: float | None) -> None:
    assert 1 <= backoff_seconds(times, seconds) <= max(LONGEST_BACKOFF_SECONDS, 1.1 * (seconds or 0)) + 1


def test_the_waits_grow() -> None:
    waits = [max(backoff_seconds(times, None) for _ in range(50)) for times in (1, 4, 12)]
    assert waits == sorted(waits)
    assert waits[0] * 4 < waits[1] < waits[2]

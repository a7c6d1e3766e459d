from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from tests.crowd import Span, most_at_once, most_before

START = datetime(2026, 11, 20, tzinfo=UTC)
MINE, OTHER = UUID(int=1), UUID(int=2)


def span(user: UUID, asked: float, began: float) -> Span:
    moments = [START + timedelta(seconds=each) for each in (asked, began, began, began + 4)]
    return Span(user, *moments)


def test_what_another_user_begins_while_one_waits_is_counted() -> None:
    found = [*(span(OTHER, 0, second) for second in (1, 2, 3, 4)), span(MINE, 0.5, 5)]
    assert most_before(found) == 4


def test_who_was_given_something_meanwhile_waits_anew() -> None:
    found = [span(OTHER, 0, 1), span(OTHER, 0, 2), span(MINE, 0, 2.5), span(OTHER, 0, 3), span(OTHER, 0, 4)]
    found.append(span(MINE, 0, 5))
    assert most_before(found) == 2


def test_a_place_that_is_free_at_that_moment_counts_as_free() -> None:
    assert most_at_once([span(MINE, 0, 0), span(MINE, 0, 4), span(MINE, 0, 6)]) == 2

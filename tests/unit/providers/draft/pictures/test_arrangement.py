from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, strategies as st

from shared.providers.draft.camera import SAFE_MARGIN
from shared.providers.draft.pictures.arrangement import OVERLAP, Room, arranged, kept_below, room_of
from shared.providers.draft.pictures.reading import Actor
from shared.providers.draft.pictures.subjects import ACTORS

RED = (200, 60, 60)
SHARES = st.floats(0.05, 2.5)
ROOMS = st.builds(Room, st.floats(-1, 3), st.floats(0.05, 2), SHARES, SHARES, SHARES)


def ends(room: Room) -> tuple[float, float]:
    return room.x - room.left * room.height, room.x + room.right * room.height


def overlap(rooms: list[Room]) -> float:
    """How much of the narrower of two is hidden, 0–1."""
    (left, right), (other_left, other_right) = map(ends, rooms)
    shared = min(right, other_right) - max(left, other_left)
    return max(0.0, shared) / min(room.width for room in rooms)


@given(st.lists(ROOMS, min_size=1, max_size=2), st.sampled_from([0.5625, 1.0, 16 / 9, 2.36]))
def test_everyone_is_seen_whole_and_side_by_side(rooms: list[Room], aspect: float) -> None:
    result = arranged(rooms, aspect)
    for before, after in zip(rooms, result, strict=True):
        left, right = ends(after)
        assert aspect * SAFE_MARGIN < left < right < aspect * (1 - SAFE_MARGIN)
        assert after.height <= before.height
    if len(result) == 2:
        assert overlap(result) <= OVERLAP + 1e-6


@pytest.mark.parametrize("aspect", [0.5625, 16 / 9])
def test_any_two_actors_find_room(aspect: float) -> None:
    bodies = [draw(Actor(kind, RED, RED, RED, RED), "stand") for kind, (draw, _) in ACTORS.items()]
    sides = (
        [room_of(parts, aspect * x, 0.42, flip=x > 0.5) for parts in bodies]  # facing each other
        for x in (0.67, 0.33)
    )
    for rooms in product(*sides):
        result = arranged(rooms, aspect)
        assert overlap(result) <= OVERLAP + 1e-6
        assert result[0].x > result[1].x
        assert min(ends(result[1])[0], aspect - ends(result[0])[1]) > aspect * SAFE_MARGIN


def test_who_has_room_already_stays_where_they_are() -> None:
    rooms = [Room(1.2, 0.4, 0.2, 0.2, 1.0), Room(0.6, 0.4, 0.2, 0.2, 1.0)]
    assert arranged(rooms, 16 / 9) == rooms


def test_a_tall_subject_does_not_reach_out_of_sight() -> None:
    room = kept_below(Room(0.5, 2.0, 0.1, 0.1, 1.1), 0.8)
    assert 0.8 - room.above * room.height >= SAFE_MARGIN
    assert kept_below(Room(0.5, 0.2, 0.1, 0.1, 1.1), 0.8).height == 0.2

from __future__ import annotations

from uuid import UUID

from hypothesis import given, strategies as st

from shared.media.formats import FRAMES_PER_SECOND
from shared.videos.production import scene_durations_ms, scene_frames
from shared.videos.queries import Scene


def scene(number: int, duration_ms: int) -> Scene:
    return Scene(
        id=UUID(int=number),
        number=number,
        title="",
        description="",
        prompt="",
        motion="",
        narration="",
        duration_ms=duration_ms,
        style=None,
        frame_take=1,
        clip_take=1,
        narration_take=1,
        frame_maker=None,
        clip_maker=None,
        narration_maker=None,
        last_frame_asset_id=None,
        last_frame_sha256=None,
    )


@given(st.integers(min_value=1, max_value=120), st.integers(min_value=1, max_value=20))
def test_scenes_are_even_and_last_exactly_as_long_as_the_video(seconds: int, count: int) -> None:
    durations = scene_durations_ms(seconds, count)
    assert (len(durations), sum(durations)) == (count, seconds * 1000)
    assert max(durations) - min(durations) <= 1


@given(st.integers(min_value=1, max_value=120), st.integers(min_value=1, max_value=20))
def test_frames_of_the_scenes_add_up_to_the_video(seconds: int, count: int) -> None:
    scenes = [scene(n, ms) for n, ms in enumerate(scene_durations_ms(seconds, count), start=1)]
    frames = scene_frames(scenes)
    assert sum(frames.values()) == seconds * FRAMES_PER_SECOND

from __future__ import annotations

from typing import get_args

from shared.videos.models import ACTIVE_STATES, VideoState
from shared.webhooks.models import VideoEvent


def test_there_is_an_event_for_each_state_in_which_nothing_happens_by_itself() -> None:
    assert set(get_args(VideoEvent)) == {
        f"video.{state}" for state in set(get_args(VideoState)) - ACTIVE_STATES
    }

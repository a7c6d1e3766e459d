"""Many videos at once through one provider that takes few."""

from __future__ import annotations

import pytest

from tests import crowd
from tests.fakes.providers.server import FakeProviders
from tests.running_stack import RunningStack

LIMIT = 2
USERS = 3
VIDEOS = 6


@pytest.mark.usefixtures("parts")
def test_all_finish_the_limit_holds_and_no_user_starves(stack: RunningStack, fake: FakeProviders) -> None:
    fake.settings.concurrency = LIMIT
    fake.settings.latencies["image_to_video"] = 0.5
    stack.forget_capacities()
    begun = crowd.start(
        stack, USERS, VIDEOS, prompt="A lamp", frameCount=1, duration=2, stopAfter="clips", narration=False
    )
    states = {api.finished(video_id)["state"] for api, video_id in begun}
    found = crowd.spans(video_id for _, video_id in begun)
    stack.forget_capacities()
    assert states == {"stopped"}
    assert len(found) == VIDEOS
    assert crowd.most_at_once(found) <= LIMIT
    assert crowd.starved(found, patience=crowd.PATIENCE) == []

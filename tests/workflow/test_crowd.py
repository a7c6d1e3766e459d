"""Many videos at once through one provider that takes few."""

from __future__ import annotations

import pytest

from tests import crowd
from tests.fakes.providers.server import FakeProviders
from tests.running_stack import RunningStack

LIMIT = 2
EARLY = 7
"""So many videos one user begins, before another begins one."""


@pytest.mark.usefixtures("parts")
def test_all_finish_the_limit_holds_and_no_user_starves(stack: RunningStack, fake: FakeProviders) -> None:
    fake.settings.concurrency = LIMIT
    fake.settings.latencies["image_to_video"] = 2.0
    stack.forget_capacities()
    order = {"prompt": "A lamp", "frameCount": 1, "duration": 2, "stopAfter": "clips", "narration": False}
    with crowd.Line() as line:
        begun = [each for videos in (EARLY, 1) for each in crowd.start(stack, 1, videos, **order)]
        states = {api.finished(video_id)["state"] for api, video_id in begun}
    found = crowd.spans([video_id for _, video_id in begun], line)
    stack.forget_capacities()
    assert states == {"stopped"}
    assert len(found) == EARLY + 1
    assert line.joined
    assert crowd.most_at_once(found) <= LIMIT
    assert crowd.most_before(found) <= LIMIT + 1

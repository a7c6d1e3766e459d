"""A video that waits for money says whose cap is reached, and who can raise it."""

from __future__ import annotations

import json

import pytest

from functions.make_video.mark_failed import mark_failed
from shared.accounts.service import NewKey
from shared.database import transaction
from shared.errors import Cap, OverBudget, OverDeploymentCap, OverMonthlyCap, OverVideoCap
from shared.videos import execution_queries, service
from shared.videos.tasks import Failure
from tests.integration.conftest import add_video


@pytest.mark.parametrize(
    ("error", "cap", "told"),
    [
        (OverVideoCap, "video", "maxCostUsd"),
        (OverMonthlyCap, "month", "PUT /api/budget"),
        (OverDeploymentCap, "deployment", "whoever runs it"),
        (OverBudget, None, "Raise the cap"),  # noted by a version that did not know whose
    ],
)
def test_the_cap_that_is_reached_is_named(
    user: NewKey, error: type[OverBudget], cap: Cap | None, told: str
) -> None:
    video_id = add_video(user.user_id)
    with transaction(user.user_id) as db:
        execution = execution_queries.count_execution(db, video_id)
    assert execution is not None
    cause = {"Error": error.__name__, "Cause": json.dumps({"errorMessage": "It costs too much."})}
    mark_failed.code(
        Failure(user_id=user.user_id, video_id=video_id, execution=execution.number, error=cause)
    )
    video = service.view_video(user.user_id, video_id)
    assert (video.state, video.error and video.error.code) == ("needs_budget", "over_budget")
    assert video.needs is not None
    assert (video.needs.what, video.needs.cap) == ("budget", cap)
    assert told in video.needs.how
    assert f"POST /api/videos/{video_id}/render" in video.needs.how

"""A video that waits for money says whose cap is reached, and who can raise it."""

from __future__ import annotations

import json

import pytest

from functions.make_video.mark_failed import mark_failed
from shared.accounts.service import NewKey
from shared.database import admin_transaction, transaction
from shared.errors import Cap, OverBudget, OverDeploymentCap, OverMonthlyCap, OverVideoCap
from shared.videos import execution_queries, service
from shared.videos.models import Needs, VideoView
from shared.videos.tasks import Failure
from tests.integration.conftest import add_video


def needs_of(user: NewKey, error: type[OverBudget]) -> tuple[VideoView, Needs]:
    """A video that came to its end with an error, and what it says that it needs."""
    video_id = add_video(user.user_id)
    with transaction(user.user_id) as db:
        execution = execution_queries.count_execution(db, video_id)
    assert execution is not None
    cause = {"Error": error.__name__, "Cause": json.dumps({"errorMessage": "It costs too much."})}
    mark_failed.code(
        Failure(user_id=user.user_id, video_id=video_id, execution=execution.number, error=cause)
    )
    video = service.view_video(user.user_id, video_id)
    assert video.needs is not None
    return video, video.needs


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
    video, needs = needs_of(user, error)
    assert (video.state, video.error and video.error.code) == ("needs_budget", "over_budget")
    assert (needs.what, needs.cap) == ("budget", cap)
    assert told in needs.how
    assert f"POST /api/videos/{video.id}/render" in needs.how


@pytest.mark.parametrize(("cap", "may_raise"), [("4.99", True), ("5", False)])
def test_who_cannot_raise_the_cap_is_not_told_to(user: NewKey, cap: str, *, may_raise: bool) -> None:
    with admin_transaction() as db:
        db.execute(
            "update users set spending_limit_usd = 5, monthly_cap_usd = %s where id = %s", [cap, user.user_id]
        )
    _, needs = needs_of(user, OverMonthlyCap)
    assert ("PUT /api/budget" in needs.how) is may_raise
    assert ("whoever runs this API" in needs.how) is not may_raise


def test_the_deployments_own_settings_are_told_to_nobody(user: NewKey) -> None:
    _, needs = needs_of(user, OverDeploymentCap)
    assert "PROVIDERS_MONTHLY_CAP_USD" not in needs.how

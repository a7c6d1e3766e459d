"""Waiting: for a provider that says how long, for money, and for longer than one execution can."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.aws import client
from shared.database import admin_transaction
from shared.settings import WorkflowSettings, settings
from tests.fakes.providers.server import FakeProviders
from tests.running_stack import Api

ORDER = {"prompt": "A lamp in the rain", "frameCount": 2, "duration": 4, "narration": False}


def asked(fake: FakeProviders) -> dict[str, int]:
    """What was accepted, and so paid, by route."""
    return dict(Counter(entry.route for entry in fake.ledger))


def calls(api: Api, video_id: str) -> list[dict[str, Any]]:
    status, history = api.call("GET", f"/api/videos/{video_id}/history")
    assert status == 200
    items: list[dict[str, Any]] = history["items"]
    return items


def test_an_unusable_story_is_written_anew(api: Api, fake: FakeProviders) -> None:
    fake.fail("responses", "story_short", times=1)
    video = api.make(**ORDER, stopAfter="story")
    assert (video["state"], len(video["scenes"])) == ("stopped", 2)
    assert [call["recipe"]["take"] for call in calls(api, video["id"])] == [1, 2]
    assert asked(fake) == {"responses": 2}


def test_a_busy_provider_is_asked_again_when_it_says_and_not_before(api: Api, fake: FakeProviders) -> None:
    fake.fail("responses", "status_429", times=1)  # with Retry-After: 7
    video = api.make(**ORDER, stopAfter="story")
    assert video["state"] == "stopped"
    refused, written = calls(api, video["id"])
    waited = datetime.fromisoformat(written["intendedAt"]) - datetime.fromisoformat(refused["finishedAt"])
    assert waited >= timedelta(seconds=7)


def test_what_no_cap_lets_begin_is_refused_and_nothing_is_written_down(api: Api, fake: FakeProviders) -> None:
    status, answer = api.call("POST", "/api/videos", {**ORDER, "maxCostUsd": 0})
    assert (status, answer["code"], answer["details"]["scope"]) == (402, "over_budget", "video")
    api.call("PUT", "/api/budget", {"monthlyCapUsd": 0})
    status, answer = api.call("POST", "/api/videos", ORDER)
    assert (status, answer["code"], answer["details"]["scope"]) == (402, "over_budget", "month")
    assert api.call("GET", "/api/videos")[1]["items"] == []
    assert api.call("POST", "/api/videos?dryRun=true", ORDER)[0] == 200
    assert api.make(**ORDER, draft=True, stopAfter="story")["state"] == "stopped"  # which costs nothing
    assert asked(fake) == {}


def test_a_video_without_money_says_what_it_needs_and_a_render_without_more_is_refused(
    api: Api, fake: FakeProviders
) -> None:
    video = api.make(**ORDER, maxCostUsd=0.05)
    render = f"/api/videos/{video['id']}/render"
    assert (video["state"], video["needs"]["what"]) == ("needs_budget", "budget")
    assert f"POST {render}" in video["needs"]["how"]
    status, answer = api.call("POST", render, {})
    assert (status, answer["code"]) == (402, "over_budget")
    assert api.call("POST", f"{render}?dryRun=true", {})[0] == 200
    assert api.video(video["id"])["state"] == "needs_budget"
    again = api.render(video["id"], maxCostUsd=3)
    assert (again["state"], again["needs"]) == ("succeeded", None)
    assert asked(fake) == {"responses": 1, "images_generations": 1, "images_edits": 1, "image_to_video": 2}


@pytest.mark.usefixtures("parts")
def test_a_wait_that_is_too_long_for_one_execution_goes_on_in_the_next(api: Api, fake: FakeProviders) -> None:
    video = api.make(**ORDER, stopAfter="story")
    fake.settings.pending_seconds = 3.0
    with admin_transaction() as db:
        row = db.execute(
            "update video_sessions set state = 'queued', executions = executions + 1,"
            """ request = request || '{"stop_after": "final"}' where id = %s returning user_id, executions""",
            [video["id"]],
        ).fetchone()
    assert row is not None
    _start_impatient(row["user_id"], video["id"], row["executions"])
    assert api.finished(video["id"])["state"] == "succeeded"
    with admin_transaction() as db:
        later = db.execute(
            "select executions, resumes from video_sessions where id = %s", [video["id"]]
        ).fetchone()
    assert later is not None
    assert (later["executions"] > row["executions"], later["resumes"]) == (True, 0)
    assert asked(fake) == {"responses": 1, "images_generations": 1, "images_edits": 1, "image_to_video": 2}
    assert {call["state"] for call in calls(api, video["id"])} == {"succeeded"}


def _start_impatient(user_id: UUID, video_id: str, number: int) -> None:
    """An execution whose branches look twice in vain."""
    task = {"userId": str(user_id), "videoId": video_id, "execution": number, "looksLeft": 2}
    client("stepfunctions").start_execution(
        stateMachineArn=settings(WorkflowSettings).arn, name=f"{video_id}-{number}", input=json.dumps(task)
    )

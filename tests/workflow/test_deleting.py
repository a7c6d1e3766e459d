"""What is deleted costs no more: what a provider has not begun with is cancelled there."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from shared.database import admin_transaction
from tests.fakes.providers.server import FakeProviders
from tests.running_stack import Api, RunningStack

ORDER: dict[str, Any] = {"prompt": "A lamp in the rain", "frameCount": 2, "duration": 4, "narration": False}
PATIENCE_SECONDS = 60

Delete = Callable[[RunningStack, Api, UUID, dict[str, Any]], None]


def delete_video(stack: RunningStack, api: Api, user_id: UUID, video: dict[str, Any]) -> None:  # noqa: ARG001
    assert api.call("DELETE", f"/api/videos/{video['id']}")[0] == 200


def delete_session(stack: RunningStack, api: Api, user_id: UUID, video: dict[str, Any]) -> None:  # noqa: ARG001
    assert api.call("DELETE", f"/api/sessions/{video['id']}")[0] == 200


def delete_expired(stack: RunningStack, api: Api, user_id: UUID, video: dict[str, Any]) -> None:
    assert api.call("PUT", "/api/retention", {"retentionDays": 1})[0] == 200
    with admin_transaction() as db:
        db.execute("set local session_replication_role = replica")  # no trigger sets the time again
        for table in ("video_sessions", "media_sessions"):
            db.execute(
                f"update {table} set updated_at = now() - interval '2 days' where user_id = %s",
                [user_id],
            )
    assert stack.invoke("delete_expired", {})["sessions"] >= 1
    assert api.call("GET", f"/api/videos/{video['id']}")[0] == 404


def delete_user(stack: RunningStack, api: Api, user_id: UUID, video: dict[str, Any]) -> None:
    stack.invoke("delete_user", {"userId": str(user_id)})
    assert api.call("GET", f"/api/videos/{video['id']}")[0] == 401


@pytest.mark.usefixtures("parts")
@pytest.mark.parametrize("delete", [delete_video, delete_session, delete_expired, delete_user])
def test_what_waits_at_the_provider_is_cancelled_with_what_it_was_for(
    stack: RunningStack, fake: FakeProviders, delete: Delete
) -> None:
    video, api, user_id = _with_queued_tasks(stack, fake)
    with admin_transaction() as db:  # it ends in a way that leaves its tasks to the reconciler
        db.execute("update video_sessions set state = 'failed' where id = %s", [video["id"]])
    delete(stack, api, user_id, video)
    assert _states(fake) == ["CANCELLED", "CANCELLED"]
    assert sum(entry.credits for entry in _tasks(fake)) == 0


@pytest.mark.usefixtures("parts")
def test_a_user_who_is_deleted_while_videos_are_made_pays_no_more(
    stack: RunningStack, fake: FakeProviders
) -> None:
    video, api, user_id = _with_queued_tasks(stack, fake)
    delete_user(stack, api, user_id, video)
    assert _states(fake) == ["CANCELLED", "CANCELLED"]


def _with_queued_tasks(stack: RunningStack, fake: FakeProviders) -> tuple[dict[str, Any], Api, UUID]:
    """A video in the making whose two clips the provider has not begun with, and whose it is."""
    fake.settings.pending_seconds = 600.0
    api, user_id = stack.new_caller("leaver")
    video = api.create(**ORDER)
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while len(_submitted(api, video)) < ORDER["frameCount"]:
        assert time.monotonic() < give_up_at, api.video(video["id"])
        time.sleep(0.1)
    return video, api, user_id


def _submitted(api: Api, video: dict[str, Any]) -> list[dict[str, Any]]:
    status, history = api.call("GET", f"/api/videos/{video['id']}/history")
    assert status == 200
    return [call for call in history["items"] if call["kind"] == "clip" and call["state"] == "submitted"]


def _tasks(fake: FakeProviders) -> list[Any]:
    found = [fake.tasks.find(entry.task_id or "") for entry in fake.ledger.of("image_to_video")]
    return [task for task in found if task is not None]


def _states(fake: FakeProviders) -> list[str]:
    return [fake.tasks.state(task, fake.clock.now())[0] for task in _tasks(fake)]

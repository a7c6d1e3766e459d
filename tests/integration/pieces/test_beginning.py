"""How a piece begins: what is written down together, and what is done while no row is locked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.generation.generate_single_image import generate_single_image
from functions.generation.generate_single_video_clip import generate_single_video_clip
from shared import storage
from shared.accounts.service import NewKey
from shared.database import admin_transaction, close_connections, transaction
from shared.lambdas.endpoint import Endpoint
from tests.unit.lambdas.events import Context, proxy_event

pytestmark = pytest.mark.usefixtures("parts")

FRAME = {"prompt": "A lighthouse", "requestId": "s", "draft": True}


class Killed(BaseException):
    """The end of a Lambda: nothing of ours runs after it."""


def post(user: NewKey, function: Endpoint, body: dict[str, Any]) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {user.api_key}"}
    event = proxy_event("POST", function.path, body=body, headers=headers)
    response = function(event, Context())
    assert response["statusCode"] == 200, response["body"]
    answer: dict[str, Any] = json.loads(response["body"])
    return answer


def test_a_piece_whose_start_died_is_started_by_the_same_request(
    user: NewKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("shared.videos.executions.start", die)
        with pytest.raises(Killed):
            post(user, generate_single_image, FRAME)
    with transaction(user.user_id) as db:
        (row,) = db.execute("select id, state, executions from video_sessions").fetchall()
    assert (row["state"], row["executions"]) == ("queued", 1)
    assert post(user, generate_single_image, FRAME)["jobId"] == str(row["id"])
    with transaction(user.user_id) as db:
        (row,) = db.execute("select executions from video_sessions").fetchall()
    assert row["executions"] == 1


def test_nothing_of_the_session_is_locked_while_storage_copies(
    user: NewKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = post(user, generate_single_image, FRAME)
    copied: list[str] = []
    copy = storage.copy

    def watched(source: str, key: str, content_type: str) -> None:
        with admin_transaction() as db:  # raises where somebody holds a row
            db.execute(
                "select 1 from media_sessions where user_id = %s for update nowait", [user.user_id]
            ).fetchall()
        close_connections()  # this thread's, which ends
        copied.append(source)
        copy(source, key, content_type)

    monkeypatch.setattr(storage, "copy", watched)
    body = {**FRAME, "startImage": frame["s3Key"], "duration": 2}
    post(user, generate_single_video_clip, body)
    assert copied == [frame["s3Key"]]

"""One thing is changed, and only what depends on it is made again; the fake's ledger is the judge."""

from __future__ import annotations

import base64
import io
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from shared.media.ffmpeg import ffmpeg_path
from tests.fakes.providers.server import FakeProviders
from tests.running_stack import Api
from tests.uploading import send_form

ORDER = {"prompt": "A lighthouse keeper finds a lost whale", "frameCount": 3, "duration": 9}


def asked(fake: FakeProviders) -> Counter[str]:
    """What was accepted since the ledger was emptied, by route."""
    return Counter(entry.route for entry in fake.ledger)


def edit(api: Api, method: str, path: str, body: Any = None) -> dict[str, int]:
    """Change a video; how many calls of each kind the next render would make."""
    status, answer = api.call(method, f"/api/videos/{path}", body)
    assert status == 200, answer
    return {kind: total["count"] for kind, total in answer["plan"]["byKind"].items()}


@pytest.fixture
def video(api: Api, fake: FakeProviders) -> dict[str, Any]:
    """A finished video, and a ledger that is empty again."""
    made = api.make(**ORDER)
    assert made["state"] == "succeeded", made["error"]
    fake.ledger.clear()
    return made


def test_each_change_makes_again_what_depends_on_it_and_nothing_else(
    api: Api, fake: FakeProviders, video: dict[str, Any]
) -> None:
    scene = f"{video['id']}/scenes/3"
    assert edit(api, "PATCH", scene, {"narration": "And then it sang."}) == {"narration": 1}
    assert edit(api, "PATCH", scene, {"title": "The song"}) == {"narration": 1}
    assert edit(api, "PATCH", scene, {"motion": "Slow pan left."}) == {"narration": 1, "clip": 1}
    assert edit(api, "PATCH", scene, {"prompt": "A whale leaps."}) == {"narration": 1, "clip": 1, "frame": 1}
    rendered = api.render(video["id"])
    assert rendered["state"] == "succeeded"
    assert asked(fake) == {"images_edits": 1, "image_to_video": 1, "text_to_speech": 1}
    assert rendered["final"]["videoUrl"].split("?")[0] != video["final"]["videoUrl"].split("?")[0]


def test_a_render_without_a_change_makes_nothing(
    api: Api, fake: FakeProviders, video: dict[str, Any]
) -> None:
    again = api.render(video["id"])
    assert again["state"] == "succeeded"
    assert asked(fake) == {}
    assert again["final"]["videoUrl"].split("?")[0] == video["final"]["videoUrl"].split("?")[0]


def test_another_style_for_one_scene_draws_that_scene(api: Api, video: dict[str, Any]) -> None:
    assert edit(api, "PATCH", f"{video['id']}/scenes/2", {"style": "noir"}) == {"frame": 1, "clip": 1}


def test_every_take_stays_and_an_earlier_one_is_used_again_at_no_cost(
    api: Api, fake: FakeProviders, video: dict[str, Any]
) -> None:
    scene = f"{video['id']}/scenes/2"
    assert edit(api, "POST", f"{scene}/retake", {"piece": "clip"}) == {"clip": 1}
    api.render(video["id"])
    assert asked(fake) == {"image_to_video": 1}
    _, takes = api.call("GET", f"/api/videos/{scene}/takes")
    clips = [take for take in takes["items"] if take["piece"] == "clip"]
    assert [take["used"] for take in clips] == [False, True]
    assert edit(api, "POST", f"{scene}/takes/{clips[0]['take']}/use") == {}
    fake.ledger.clear()
    again = api.render(video["id"])
    assert asked(fake) == {}
    assert again["final"]["videoUrl"].split("?")[0] == video["final"]["videoUrl"].split("?")[0]


def test_scenes_are_put_in_taken_out_and_moved_for_the_price_of_what_is_new(
    api: Api, fake: FakeProviders, video: dict[str, Any]
) -> None:
    new = {"number": 1, "title": "Before", "prompt": "An empty sea.", "narration": "Once.", "duration": 2}
    one = {"frame": 1, "clip": 1, "narration": 1}
    assert edit(api, "POST", f"{video['id']}/scenes", new) == one
    assert edit(api, "PUT", f"{video['id']}/scenes/order", {"order": [2, 1, 4, 3]}) == one
    assert edit(api, "DELETE", f"{video['id']}/scenes/4") == one
    changed = api.render(video["id"])
    assert changed["state"] == "succeeded"
    assert [scene["title"] for scene in changed["scenes"]][1] == "Before"
    assert changed["final"]["duration"] == 8.0
    assert asked(fake) == {"images_edits": 1, "image_to_video": 1, "text_to_speech": 1}


def test_a_picture_of_the_users_takes_a_frames_place(
    api: Api, fake: FakeProviders, video: dict[str, Any]
) -> None:
    content = io.BytesIO()
    Image.new("RGB", (1280, 720), "teal").save(content, "PNG")
    image = base64.b64encode(content.getvalue()).decode()
    assert edit(api, "PUT", f"{video['id']}/scenes/2/frame", {"content": image}) == {"clip": 1}
    assert api.render(video["id"])["state"] == "succeeded"
    assert asked(fake) == {"image_to_video": 1}


def test_a_clip_of_the_users_takes_a_clips_place_through_an_upload(
    api: Api, fake: FakeProviders, video: dict[str, Any], tmp_path: Path
) -> None:
    clip = tmp_path / "own.mp4"
    command = [ffmpeg_path(), "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=640x480:r=30:d=3", clip]
    subprocess.run([str(each) for each in command], check=True)
    content = clip.read_bytes()
    order = {"contentType": "video/mp4", "sizeBytes": len(content), "requestId": video["id"]}
    status, upload = api.call("POST", "/api/upload_video", order)
    assert status == 201
    body = {"uploadId": upload["uploadId"]}
    assert api.call("PUT", f"/api/videos/{video['id']}/scenes/1/clip", body)[0] == 409
    assert send_form(upload["form"], content) == 204
    assert api.call("POST", f"/api/uploads/{upload['uploadId']}/complete")[0] == 200
    assert edit(api, "PUT", f"{video['id']}/scenes/1/clip", body) == {}
    assert api.render(video["id"])["state"] == "succeeded"
    assert asked(fake) == {}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("PATCH", "scenes/9", {"prompt": "x"}, 404, "not_found"),
        ("PATCH", "scenes/1", {}, 422, "invalid_request"),
        ("PATCH", "scenes/1", {"prompt": None}, 422, "invalid_request"),
        ("PATCH", "scenes/1", {"duration": 60}, 422, "invalid_request"),
        ("PUT", "scenes/order", {"order": [1, 1, 2]}, 422, "invalid_request"),
        ("POST", "scenes/1/takes/99/use", None, 404, "not_found"),
        ("PUT", "scenes/1/frame", {"content": "bm8gcGljdHVyZQ=="}, 415, "unsupported_media"),
        ("PUT", "scenes/1/clip", {"content": "bm8gY2xpcA=="}, 422, "media_refused"),
        ("PUT", "scenes/1/frame", {"content": "ä"}, 400, "malformed_request"),
        (
            "PUT",
            "scenes/1/clip",
            {"uploadId": "00000000-0000-4000-8000-000000000000"},
            404,
            "not_found",
        ),
        (
            "POST",
            "scenes",
            {"number": 9, "title": "t", "prompt": "p", "narration": "n"},
            422,
            "invalid_request",
        ),
    ],
)
def test_a_change_that_cannot_be_is_refused(
    story_only: tuple[Api, str], method: str, path: str, body: Any, status: int, code: str
) -> None:
    api, video_id = story_only
    got, answer = api.call(method, f"/api/videos/{video_id}/{path}", body)
    assert (got, answer["code"]) == (status, code)


@pytest.fixture(scope="module")
def story_only(stack: Any) -> tuple[Api, str]:
    """A video that is stopped after its story: quickly made, and nothing of it is paid."""
    api = stack.new_caller()[0]
    video = api.make(**ORDER, draft=True, stopAfter="story")
    return api, str(video["id"])


def test_a_video_of_another_user_is_as_good_as_none(stack: Any, story_only: tuple[Api, str]) -> None:
    stranger, unknown = stack.new_caller()[0], "00000000-0000-4000-8000-000000000000"
    for method, path, body in (
        ("GET", "", None),
        ("DELETE", "", None),
        ("POST", "/cancel", None),
        ("POST", "/render", {}),
        ("GET", "/history", None),
        ("PATCH", "/scenes/1", {"prompt": "x"}),
        ("GET", "/scenes/1/takes", None),
    ):
        mine = stranger.call(method, f"/api/videos/{story_only[1]}{path}", body)
        none = stranger.call(method, f"/api/videos/{unknown}{path}", body)
        del mine[1]["requestId"], none[1]["requestId"]
        assert mine == none
        assert mine[0] == 404

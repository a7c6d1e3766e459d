"""What is asked for alone, in the real state machine: stories, frames, clips and cuts, paid once each."""

from __future__ import annotations

import base64
import io
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.request import urlopen
from uuid import UUID

import av
import pytest
from PIL import Image

from shared.database import admin_transaction
from tests.fakes.providers.server import FakeProviders
from tests.receiver import Receiver
from tests.running_stack import Api, RunningStack

STORY = {"prompt": "A lighthouse keeper finds a lost whale", "frameCount": 2, "duration": 4}
FRAME = {"prompt": "A whale beside a lighthouse", "frameIndex": 0, "totalFrames": 2}
CLIP = {"prompt": "Slow push in.", "clipIndex": 0, "totalClips": 2, "duration": 2}


def asked(fake: FakeProviders) -> dict[str, int]:
    """What was accepted, and so paid, by route."""
    return dict(Counter(entry.route for entry in fake.ledger))


def answered(api: Api, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
    """The answer to a request, however long it took."""
    status, answer = api.call("POST", path, body)
    while status == 202:
        status, answer = api.call("GET", f"{answer['location']}?wait=20")
    return status, answer


def made(api: Api, path: str, **body: Any) -> dict[str, Any]:
    """What a request gave, however long it took."""
    status, answer = answered(api, path, **body)
    assert status == 200, answer
    return answer


def story(api: Api, **body: Any) -> dict[str, Any]:
    return made(api, "/api/generate_story", **{**STORY, **body})


def frame(api: Api, **body: Any) -> dict[str, Any]:
    return made(api, "/api/generate_single_image", **{**FRAME, **body})


def clip(api: Api, **body: Any) -> dict[str, Any]:
    return made(api, "/api/generate_single_video_clip", **{**CLIP, **body})


def cut(api: Api, **body: Any) -> dict[str, Any]:
    return made(api, "/api/merge_video_clips", **body)


def picture(colour: str = "teal") -> str:
    content = io.BytesIO()
    Image.new("RGB", (640, 360), colour).save(content, "PNG")
    return base64.b64encode(content.getvalue()).decode()


def content(url: str) -> bytes:
    with urlopen(url, timeout=20) as response:  # noqa: S310 - the stack's own
        body: bytes = response.read()
        return body


def last_pixel(video: bytes) -> tuple[int, ...]:
    """In the middle of a clip's last picture."""
    with av.open(io.BytesIO(video), mode="r", format="mp4") as container:
        (*_, last) = container.decode(video=0)
    image: Image.Image = last.to_image()  # type: ignore[no-untyped-call] # PyAV types all but this
    pixel = image.getpixel((last.width // 2, last.height // 2))
    assert isinstance(pixel, tuple)
    return pixel


@pytest.fixture
def stranger(stack: RunningStack) -> Api:
    """A client for another user."""
    return stack.new_caller()[0]


def test_a_story_has_scenes_with_times_and_prompts(api: Api) -> None:
    answer = story(api, draft=True)
    scenes = answer["story"]["scenes"]
    assert answer["success"] is True
    assert [(each["frame_number"], each["timestamp"]) for each in scenes] == [(1, "0:00"), (2, "0:02")]
    assert all(each["prompt"] and each["description"] for each in scenes)
    assert answer["story"]["title"]
    assert answer["draft"] is True


def test_frames_clips_and_a_cut_are_each_paid_once_and_no_story_for_them(
    api: Api, fake: FakeProviders
) -> None:
    told = story(api, requestId="whale")
    assert asked(fake) == {"responses": 1}
    frames = [
        frame(api, requestId="whale", frameIndex=index, prompt=scene["prompt"], isFirstFrame=index == 0)
        for index, scene in enumerate(told["story"]["scenes"])
    ]
    # The second one is kept alike to the first.
    assert asked(fake) == {"responses": 1, "images_generations": 1, "images_edits": 1}
    clips = [
        clip(api, requestId="whale", clipIndex=index, startImage=each["imageUrl"])
        for index, each in enumerate(frames)
    ]
    paid = {"responses": 1, "images_generations": 1, "images_edits": 1, "image_to_video": 2}
    assert asked(fake) == paid
    final = cut(api, requestId="whale", clips=clips)
    assert asked(fake) == paid
    assert final["duration"] == 4.0
    assert content(final["videoUrl"]) == content(final["proxyUrl"])

    folder = f"{told['userId']}/whale"
    assert frames[1]["s3Key"].startswith(f"{folder}/reference-frames/generated_frame_1_")
    assert frames[1]["s3Key"].endswith(".png")
    assert clips[1]["s3Key"].startswith(f"{folder}/video-clips/generated_clip_1_")
    assert final["s3Key"].startswith(f"{folder}/video-clips/final_video_")
    assert {each["requestId"] for each in (told, *frames, *clips, final)} == {"whale"}
    assert api.call("GET", "/api/videos")[1]["items"] == []


def test_the_same_request_again_is_answered_with_what_is_there_and_pays_nothing(
    api: Api, fake: FakeProviders
) -> None:
    first = frame(api, requestId="s")
    assert frame(api, requestId="s")["s3Key"] == first["s3Key"]
    paid = {"images_generations": 1}
    assert asked(fake) == paid
    clips = [clip(api, requestId="s", startImage=first[name]) for name in ("s3Key", "imageUrl", "proxyUrl")]
    assert len({each["s3Key"] for each in clips}) == 1
    assert asked(fake) == {**paid, "image_to_video": 1}
    assert (
        cut(api, requestId="s")["jobId"] == cut(api, requestId="s", clipUrls=[clips[0]["videoUrl"]])["jobId"]
    )
    assert asked(fake) == {**paid, "image_to_video": 1}


def test_another_take_is_another_picture_and_paid(api: Api, fake: FakeProviders) -> None:
    takes = [frame(api, requestId="s", take=take, isFirstFrame=True) for take in (1, 2)]
    assert takes[0]["s3Key"] != takes[1]["s3Key"]
    assert asked(fake) == {"images_generations": 2}


def test_the_same_request_at_once_is_paid_once(api: Api, fake: FakeProviders) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: frame(api, requestId="s"), range(4)))
    assert len({answer["s3Key"] for answer in answers}) == 1
    assert asked(fake) == {"images_generations": 1}


def test_a_picture_of_the_callers_goes_into_the_frame(api: Api, fake: FakeProviders) -> None:
    frame(api, requestId="s", image=f"data:image/png;base64,{picture()}")
    assert asked(fake) == {"images_edits": 1}


def test_a_request_without_a_session_opens_one(api: Api) -> None:
    answer = frame(api, draft=True, expiresIn=86_400)
    assert (answer["expiresIn"], answer["urlExpiresIn"]) == (86_400, 21_600)
    assert f"/{answer['requestId']}/" in answer["s3Key"]


def test_clips_without_names_are_those_of_the_session_in_order(api: Api) -> None:
    for index, colour in ((1, "navy"), (0, "olive")):
        clip(api, requestId="s", clipIndex=index, startImage=picture(colour), draft=True)
    final = cut(api, requestId="s", title="Two colours", narrations=["Olive.", ""], draft=True)
    assert (final["title"], final["duration"]) == ("Two colours", 4.0)
    assert final["captionsUrl"] is not None


def test_work_that_takes_longer_than_the_wait_is_a_job_whose_answer_is_the_same(api: Api) -> None:
    status, answer = api.call("POST", "/api/generate_single_image?wait=0", {**FRAME, "draft": True})
    assert status == 202
    assert answer["location"].endswith(f"/api/jobs/{answer['jobId']}")
    status, later = api.call("GET", f"{answer['location']}?wait=20")
    assert status == 200
    status, again = api.call(
        "POST", "/api/generate_single_image", {**FRAME, "draft": True, "requestId": answer["requestId"]}
    )
    assert (status, again["s3Key"]) == (200, later["s3Key"])


def test_a_failure_is_answered_as_such_and_the_next_request_goes_on(api: Api, fake: FakeProviders) -> None:
    body = {**FRAME, "requestId": "s", "maxCostUsd": "0.00"}
    status, refused = api.call("POST", "/api/generate_single_image", body)
    assert (status, refused["code"]) == (402, "over_budget")
    assert asked(fake) == {}
    assert frame(api, requestId="s", maxCostUsd="1.00")["s3Key"]
    assert asked(fake) == {"images_generations": 1}


def test_what_cannot_begin_under_its_cap_leaves_nothing_behind(
    api: Api, fake: FakeProviders, objects: Callable[[str], set[str]]
) -> None:
    told = story(api, requestId="other", draft=True)
    capped = {**CLIP, "startImage": picture(), "requestId": "s", "maxCostUsd": "0.01"}
    status, refused = api.call("POST", f"/api/{MOTION}", capped)
    assert (status, refused["code"]) == (402, "over_budget")
    assert asked(fake) == {}
    assert api.call("GET", "/api/sessions/s")[0] == 404
    assert objects(f"{told['userId']}/s/") == set()


def test_what_a_provider_has_failed_at_is_answered_again_and_only_another_take_is_paid(
    api: Api, fake: FakeProviders
) -> None:
    fake.fail("image_to_video", "task_failed:INTERNAL.BAD_OUTPUT.CODE01", times=50)
    body = {**CLIP, "startImage": picture(), "requestId": "s"}
    for _ in range(3):
        status, answer = answered(api, f"/api/{MOTION}", **body)
        assert (status, answer["code"]) == (502, "poor_output")
        assert asked(fake) == {"image_to_video": 3}
    fake.faults.clear()
    assert made(api, f"/api/{MOTION}", **body, take=2)["s3Key"]
    assert asked(fake) == {"image_to_video": 4}


def test_what_was_cancelled_goes_on_with_the_same_request(api: Api, fake: FakeProviders) -> None:
    fake.settings.latencies["image_to_video"] = 2
    body = {**CLIP, "startImage": picture(), "requestId": "s"}
    status, job = api.call("POST", f"/api/{MOTION}?wait=0", body)
    assert status == 202
    assert api.call("POST", f"/api/videos/{job['jobId']}/cancel")[0] == 200
    assert answered(api, f"/api/jobs/{job['jobId']}")[0] != 200
    assert made(api, f"/api/{MOTION}", **body)["jobId"] == job["jobId"]


def test_who_asks_for_what_is_in_the_making_is_told_of_its_end(api: Api, fake: FakeProviders) -> None:
    fake.settings.latencies["image_to_video"] = 3
    body = {**CLIP, "startImage": picture(), "requestId": "s"}
    first = api.call("POST", f"/api/{MOTION}?wait=0", body)
    with Receiver() as receiver:
        again = api.call("POST", f"/api/{MOTION}?wait=0", {**body, "webhookUrl": receiver.url})
        assert (first[0], again[0]) == (202, 202)
        (received,) = receiver.until(lambda received: len(received) == 1)
    assert received.event["data"]["video"]["id"] == first[1]["jobId"] == again[1]["jobId"]


def test_what_two_bring_at_once_is_stored_once(api: Api, objects: Callable[[str], set[str]]) -> None:
    with ThreadPoolExecutor(4) as pool:
        clips = list(pool.map(lambda _: clip(api, requestId="s", startImage=picture(), draft=True), range(4)))
    assert len({each["jobId"] for each in clips}) == 1
    assert len(objects(f"{clips[0]['userId']}/s/user-uploads/")) == 1


def test_what_was_deleted_leaves_no_object_and_the_others_theirs(
    api: Api, objects: Callable[[str], set[str]]
) -> None:
    first, second = (frame(api, requestId="s", frameIndex=index, draft=True) for index in (0, 1))
    folder = f"{first['userId']}/s/"
    status, deleted = api.call("DELETE", f"/api/videos/{first['jobId']}")
    assert (status, deleted["deletedObjects"]) == (200, 1)
    assert objects(folder) == {second["s3Key"]}
    assert api.call("DELETE", f"/api/videos/{second['jobId']}")[0] == 200
    assert objects(folder) == set()
    assert api.call("GET", "/api/sessions/s")[0] == 404


IMAGE, MOTION, MERGE = "generate_single_image", "generate_single_video_clip", "merge_video_clips"


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        (IMAGE, {**FRAME, "userId": "somebody"}, 403, "forbidden"),
        (IMAGE, {**FRAME, "image": "not base64!"}, 400, "malformed_request"),
        (IMAGE, {**FRAME, "image": "aGVsbG8="}, 415, "unsupported_media"),
        (IMAGE, {**FRAME, "requestId": "../s"}, 422, "invalid_request"),
        (MOTION, {**CLIP, "startImage": "http://example.com/a"}, 422, "invalid_request"),
        (MOTION, {**CLIP, "startImage": "https://127.0.0.1/a"}, 422, "invalid_request"),
        (MOTION, {**CLIP, "startImage": "https://169.254.169.254/latest"}, 422, "invalid_request"),
        (MOTION, {**CLIP, "startImage": "file:///etc/passwd"}, 400, "malformed_request"),
        (IMAGE, {**FRAME, "webhookUrl": "http://example.com/"}, 422, "address_refused"),
        ("public/generate-video", {**STORY, "webhookUrl": "http://example.com/"}, 422, "address_refused"),
        (MERGE, {"requestId": "nothing-here"}, 404, "not_found"),
        (MERGE, {"clips": ["https://10.0.0.1/clip.mp4"]}, 422, "invalid_request"),
        (MERGE, {}, 422, "invalid_request"),
    ],
)
def test_what_cannot_be_is_refused(
    api: Api, fake: FakeProviders, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    found, answer = api.call("POST", f"/api/{path}", {**body, "draft": True})
    assert (found, answer["code"]) == (status, code)
    assert asked(fake) == {}


def test_anothers_objects_and_jobs_do_not_exist(api: Api, stranger: Api) -> None:
    mine = frame(api, requestId="s", draft=True)
    unknown = mine["s3Key"].replace("generated_frame_0", "generated_frame_7")
    for key in (mine["s3Key"], unknown):
        answers = [
            stranger.call(
                "POST", "/api/generate_single_video_clip", {**CLIP, "startImage": key, "draft": True}
            ),
            stranger.call("POST", "/api/merge_video_clips", {"clips": [key], "draft": True}),
        ]
        assert [(status, answer["code"]) for status, answer in answers] == [(404, "not_found")] * 2
    assert stranger.call("GET", f"/api/jobs/{mine['jobId']}")[0] == 404
    assert stranger.call("GET", "/api/sessions/s")[0] == 404
    assert stranger.call("DELETE", "/api/sessions/s")[0] == 404


def test_a_last_picture_is_for_models_that_take_one(api: Api, fake: FakeProviders) -> None:
    body = {**CLIP, "startImage": picture(), "endImage": picture("navy"), "requestId": "s"}
    status, refused = api.call("POST", "/api/generate_single_video_clip", body)
    assert (status, refused["code"]) == (422, "invalid_request")
    assert "runway/veo3.1" in refused["error"]
    assert asked(fake) == {}
    ending = clip(api, **{**body, "draft": True})
    plain = clip(api, **{**body, "draft": True, "endImage": None})
    assert ending["s3Key"] != plain["s3Key"]
    assert clip(api, **{**body, "draft": True})["s3Key"] == ending["s3Key"]
    assert last_pixel(content(ending["videoUrl"])) == pytest.approx((0, 0, 128), abs=8)
    assert last_pixel(content(plain["videoUrl"])) == pytest.approx((0, 128, 128), abs=8)


def test_frames_and_a_video_for_a_customers_server(api: Api) -> None:
    frames = made(api, "/api/public/generate-images", **STORY, images=[picture()], draft=True)
    assert [each["frameIndex"] for each in frames["images"]] == [0, 1]
    video = made(api, "/api/public/generate-video", **STORY, narration=False, draft=True)
    assert video["duration"] == 4.0
    listed = api.call("GET", "/api/videos")[1]["items"]
    assert {each["id"] for each in listed} == {frames["jobId"], video["jobId"]}


def uploaded(api: Api, colour: str) -> dict[str, Any]:
    status, upload = api.call("POST", "/api/public/upload-image", {"image": picture(colour)})
    assert status == 201
    return upload


def pictures_sent(fake: FakeProviders) -> list[int]:
    """How many pictures each edit was given."""
    return [len(entry.body["images"]) for entry in fake.ledger if entry.route == "images_edits"]


def test_every_frame_is_kept_alike_to_all_references_however_they_come(api: Api, fake: FakeProviders) -> None:
    upload = uploaded(api, "navy")
    images = [picture(), f"data:image/png;base64,{picture('olive')}", upload["uploadId"], upload["imageUrl"]]
    body = {**STORY, "requestId": "s", "images": images}

    frames = made(api, "/api/public/generate-images", **body)

    assert asked(fake) == {"responses": 1, "images_edits": 2}
    assert pictures_sent(fake) == [3, 3]  # the upload once, though it was named twice
    again = {**body, "images": [*images[:2], upload["s3Key"]]}
    assert made(api, "/api/public/generate-images", **again)["jobId"] == frames["jobId"]
    fewer = made(api, "/api/public/generate-images?wait=0", **{**body, "images": images[:2]})
    assert fewer["jobId"] != frames["jobId"]
    assert pictures_sent(fake) == [3, 3, 2, 2]


def test_pictures_can_be_the_frames_of_the_first_scenes(api: Api, fake: FakeProviders) -> None:
    body = {**STORY, "frameCount": 3, "duration": 6, "narration": False, "requestId": "s"}
    brought = [uploaded(api, colour) for colour in ("navy", "olive")]
    order = {**body, "images": [each["s3Key"] for each in brought], "imageRole": "frame"}

    video = made(api, "/api/public/generate-video", **order)

    assert video["duration"] == 6.0
    paid = {"responses": 1, "images_edits": 1, "image_to_video": 3}
    assert asked(fake) == paid
    assert pictures_sent(fake) == [1]  # the third scene's, kept alike to the first picture
    shown = api.call("GET", f"/api/videos/{video['jobId']}")[1]["video"]["scenes"]
    for scene, upload in zip(shown, brought, strict=False):
        assert content(scene["frame"]["url"]) == content(upload["imageUrl"])
    assert made(api, "/api/public/generate-video", **order)["jobId"] == video["jobId"]
    plan = api.call("POST", f"/api/videos/{video['jobId']}/render?dryRun=true", {})[1]["plan"]
    assert plan["calls"] == []
    assert asked(fake) == paid


def test_the_plan_of_a_video_without_a_story_knows_the_pictures_that_it_was_ordered_with(
    api: Api, fake: FakeProviders
) -> None:
    fake.fail("responses", "story_refused", times=50)
    order = {**STORY, "images": [picture(), picture("navy")], "imageRole": "frame", "requestId": "s"}
    status, _ = answered(api, "/api/public/generate-images", **order)
    assert status == 422
    (job,) = api.call("GET", "/api/sessions/s")[1]["session"]["jobs"]
    plan = api.call("POST", f"/api/videos/{job['jobId']}/render?dryRun=true", {})[1]["plan"]
    assert [each["kind"] for each in plan["calls"]] == ["story"]


@pytest.mark.parametrize(
    ("more", "status", "field"),
    [
        ({"images": ["x"] * 17, "frameCount": 17, "duration": 34}, 422, "images of the role reference"),
        ({"images": ["x"] * 3, "imageRole": "frame"}, 422, "images of the role frame"),
        ({"images": ["eA=="] * 2}, 415, "neither PNG nor JPEG nor WebP"),
        ({"images": [str(UUID(int=7))]}, 404, "no such upload"),
    ],
)
def test_pictures_that_cannot_be_used_are_refused_before_anything_is_made(
    api: Api, fake: FakeProviders, more: dict[str, Any], status: int, field: str
) -> None:
    found, answer = api.call("POST", "/api/public/generate-images", {**STORY, **more})
    assert (found, field in answer["error"]) == (status, True), answer
    assert asked(fake) == {}


def test_an_upload_that_is_on_its_way_is_no_picture_yet(api: Api) -> None:
    upload = api.call("POST", "/api/upload_image", {"contentType": "image/png", "sizeBytes": 9})[1]
    body = {**CLIP, "startImage": upload["uploadId"], "draft": True}
    assert api.call("POST", f"/api/{MOTION}", body)[1]["code"] == "conflict"


def test_a_key_for_a_customers_server_follows_what_it_asked_for_and_sees_no_other_video(
    stack: RunningStack,
) -> None:
    whole, user_id = stack.new_caller("customer")
    order = {"name": "narrow", "userId": str(user_id), "scopes": ["public"]}
    narrow = Api(whole.url, stack.api.call("POST", "/api/admin/api-keys", order)[1]["apiKey"])
    status, job = narrow.call("POST", "/api/public/generate-images?wait=0", {**STORY, "draft": True})
    assert status == 202
    status, answer = narrow.call("GET", f"{job['location']}?wait=20")
    assert (status, len(answer["images"])) == (200, 2)

    upload = narrow.call("POST", "/api/public/upload-image", {"contentType": "image/png", "sizeBytes": 9})[1]
    path = f"/api/uploads/{upload['uploadId']}"
    assert narrow.call("GET", path)[0] == 200
    assert narrow.call("POST", f"{path}/complete")[1]["code"] == "conflict"
    assert narrow.call("DELETE", path)[1]["state"] == "aborted"

    own = whole.make(**STORY, draft=True, stopAfter="story")["id"]
    assert narrow.call("GET", f"/api/videos/{own}")[0] == 403
    assert narrow.call("GET", f"/api/jobs/{own}")[0] == 404
    assert whole.call("GET", f"/api/jobs/{own}")[0] == 200


def test_the_same_request_of_a_customers_server_is_paid_once(api: Api, fake: FakeProviders) -> None:
    body = {**STORY, "requestId": "s", "images": [picture()]}
    frames = made(api, "/api/public/generate-images", **body)
    paid = asked(fake)
    assert made(api, "/api/public/generate-images", **body)["jobId"] == frames["jobId"]
    assert asked(fake) == paid
    changed = {"take": 2}, {"images": [picture("navy")]}, {"mood": "dramatic"}
    others = {made(api, "/api/public/generate-images", **{**body, **each})["jobId"] for each in changed}
    assert len(others - {frames["jobId"]}) == 3


def test_a_piece_cannot_be_made_into_something_else(api: Api) -> None:
    job = frame(api, draft=True)["jobId"]
    changes = api.call("PATCH", f"/api/videos/{job}/scenes/1", {"prompt": "Something else"})
    render = api.call("POST", f"/api/videos/{job}/render", {"stopAfter": "final"})
    assert (changes[0], render[0]) == (409, 409)


@pytest.mark.usefixtures("parts")
def test_a_story_in_the_session_says_how_people_look_in_its_frames(api: Api) -> None:
    told = story(api, requestId="s", draft=True)
    frame(api, requestId="s", draft=True)
    with admin_transaction() as db:
        sheets = db.execute(
            "select sheet from video_sessions where user_id = %s order by created_at", [told["userId"]]
        ).fetchall()
    assert sheets[0]["sheet"] == sheets[1]["sheet"]

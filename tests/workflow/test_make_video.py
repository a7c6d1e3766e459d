"""The whole way, in the real state machine: stages, failures, money, and taking up again."""

from __future__ import annotations

import base64
import io
import json
import time
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.request import urlopen

import pytest
from PIL import Image

from shared.database import admin_transaction
from tests.fakes.providers.server import FakeProviders
from tests.running_stack import Api, RunningStack

ORDER = {"prompt": "A lighthouse keeper finds a lost whale", "frameCount": 2, "duration": 6}
ALL = {
    "responses": 1,
    "images_generations": 1,
    "images_edits": 1,
    "image_to_video": 2,
    "text_to_speech": 2,
}


def asked(fake: FakeProviders, words: str = "") -> dict[str, int]:
    """What was accepted, and so paid, by route; with words, for what says them."""
    return dict(Counter(entry.route for entry in fake.ledger if words in json.dumps(entry.body)))


def until(seconds: float, true: Callable[[], Any]) -> Any:
    """What `true` gives once it gives something."""
    give_up_at = time.monotonic() + seconds
    while time.monotonic() < give_up_at:
        if found := true():
            return found
        time.sleep(0.1)
    raise AssertionError(f"It did not happen within {seconds} s.")


def urls(video: dict[str, Any]) -> list[str]:
    final = video["final"]
    return [
        *(final[name] for name in ("videoUrl", "posterUrl", "previewUrl", "captionsUrl")),
        *(scene[piece]["url"] for scene in video["scenes"] for piece in ("frame", "clip", "narration")),
    ]


def test_a_prompt_becomes_a_finished_video_and_everything_is_asked_for_once(
    api: Api, fake: FakeProviders
) -> None:
    video = api.make(**ORDER)
    assert (video["state"], video["stage"], video["error"]) == ("succeeded", "done", None)
    assert video["final"]["duration"] == 6.0
    assert asked(fake) == ALL
    for url in urls(video):
        assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in url
        with urlopen(url, timeout=20) as response:  # noqa: S310 - the stack's own storage
            assert len(response.read()) > 50


def test_a_draft_asks_nobody_for_money_and_says_what_it_is(api: Api, fake: FakeProviders) -> None:
    video = api.make(**ORDER, draft=True)
    assert video["state"] == "succeeded"
    assert asked(fake) == {}
    assert video["draft"] is True
    assert "animatic" in video["note"]
    assert video["makers"] == {
        "story": "draft/outline-1",
        "frame": "draft/storyboard-1",
        "clip": "draft/camera-1",
        "narration": "draft/voice-1",
        "fallbacks": {},
    }


@pytest.mark.parametrize(
    ("stage", "paid"),
    [
        ("story", {"responses": 1}),
        ("frames", {"responses": 1, "images_generations": 1, "images_edits": 1}),
        ("clips", ALL),
    ],
)
def test_a_video_stops_where_it_was_told_to_and_goes_on_from_there(
    api: Api, fake: FakeProviders, stage: str, paid: dict[str, int]
) -> None:
    video = api.make(**ORDER, stopAfter=stage)
    assert (video["state"], video["final"]) == ("stopped", None)
    assert asked(fake) == paid
    video = api.render(video["id"], stopAfter="final")
    assert video["state"] == "succeeded"
    assert asked(fake) == ALL


def test_the_story_approved_in_a_draft_is_the_one_that_the_real_providers_make(
    api: Api, fake: FakeProviders
) -> None:
    draft = api.make(**ORDER, draft=True)
    final = api.render(draft["id"], draft=False)
    assert final["state"] == "succeeded"
    assert [scene["prompt"] for scene in final["scenes"]] == [scene["prompt"] for scene in draft["scenes"]]
    assert asked(fake) == {name: count for name, count in ALL.items() if name != "responses"}
    assert final["makers"]["clip"] == "runway/gen4_turbo"


def test_a_reference_image_goes_into_every_frame(api: Api, fake: FakeProviders) -> None:
    content = io.BytesIO()
    Image.new("RGB", (640, 360), "teal").save(content, "PNG")
    image = base64.b64encode(content.getvalue()).decode()
    video = api.make(**ORDER, referenceImage=image, stopAfter="frames")
    assert video["state"] == "stopped"
    assert asked(fake) == {"responses": 1, "images_edits": 2}


def test_one_scene_that_is_refused_keeps_what_the_others_made(api: Api, fake: FakeProviders) -> None:
    fake.fail("image_to_video", "task_failed:SAFETY.INPUT.TEXT", times=1)
    video = api.make(**ORDER)
    assert (video["state"], video["error"]["code"]) == ("failed", "input_refused")
    refused = video["error"]["scene"]
    assert [scene["clip"]["state"] for scene in video["scenes"] if scene["number"] != refused] == ["done"]
    again = api.render(video["id"])
    assert again["state"] == "succeeded"
    assert asked(fake) == {**ALL, "image_to_video": 3}  # only the refused one was asked for again


def test_what_a_provider_calls_unusable_is_taken_again_a_few_times(api: Api, fake: FakeProviders) -> None:
    fake.fail("image_to_video", "task_failed:INTERNAL.BAD_OUTPUT.CODE01", times=2)
    video = api.make(**ORDER)
    assert video["state"] == "succeeded"
    assert asked(fake)["image_to_video"] == 4
    _, history = api.call("GET", f"/api/videos/{video['id']}/history")
    takes = [call["recipe"]["take"] for call in history["items"] if call["kind"] == "clip"]
    assert max(takes) > 1


def test_what_stays_unusable_fails_in_the_end(api: Api, fake: FakeProviders) -> None:
    fake.fail("image_to_video", "task_failed:INTERNAL.BAD_OUTPUT.CODE01", times=50)
    video = api.make(**{**ORDER, "frameCount": 1, "duration": 3})
    assert (video["state"], video["error"]["code"]) == ("failed", "poor_output")
    assert asked(fake)["image_to_video"] == 3


def test_the_call_that_would_pass_the_cap_is_not_made_and_raising_it_goes_on(
    api: Api, fake: FakeProviders
) -> None:
    video = api.make(**ORDER, maxCostUsd=0.30)
    assert (video["state"], video["error"]["code"]) == ("needs_budget", "over_budget")
    assert video["needs"]["cap"] == "video"
    assert float(video["costUsd"]["actual"]) <= 0.30
    assert asked(fake).get("image_to_video", 0) <= 1
    video = api.render(video["id"], maxCostUsd=3)
    assert video["state"] == "succeeded"
    assert asked(fake) == ALL


def test_a_monthly_cap_holds_over_all_videos(api: Api, fake: FakeProviders) -> None:
    status, budget = api.call("PUT", "/api/budget", {"monthlyCapUsd": 0.02})
    assert (status, budget["monthlyCapUsd"]) == (200, "0.02")
    video = api.make(**ORDER)
    assert (video["state"], video["needs"]["cap"]) == ("needs_budget", "month")
    assert "image_to_video" not in asked(fake)
    _, budget = api.call("GET", "/api/budget")
    assert float(budget["spentUsd"]) <= 0.02
    assert api.call("PUT", "/api/budget", {"monthlyCapUsd": 0.01})[0] == 200
    assert api.video(video["id"])["state"] == "needs_budget"  # there is no more than before
    assert api.call("PUT", "/api/budget", {"monthlyCapUsd": 5})[0] == 200
    assert api.finished(video["id"])["state"] == "succeeded"
    assert asked(fake) == ALL


def test_an_empty_account_is_no_failure(api: Api, fake: FakeProviders) -> None:
    fake.fail("images_generations", "status_429:insufficient_quota", times=20)
    video = api.make(**ORDER)
    assert (video["state"], video["error"]["code"]) == ("needs_credit", "out_of_credit")
    fake.reset()
    assert api.render(video["id"])["state"] == "succeeded"


def test_a_quote_names_the_calls_and_makes_none(api: Api, fake: FakeProviders) -> None:
    status, answer = api.call("POST", "/api/videos?dryRun=true", ORDER)
    plan = answer["plan"]
    assert status == 200
    assert {kind: total["count"] for kind, total in plan["byKind"].items()} == {
        "story": 1,
        "frame": 2,
        "clip": 2,
        "narration": 2,
    }
    assert plan["byKind"]["clip"] == {"count": 2, "costUsd": "0.3", "credits": "30"}
    assert plan["priceListDate"] >= "2026-11-20"
    assert asked(fake) == {}
    _, listed = api.call("GET", "/api/videos")
    assert listed["items"] == []


def test_a_quote_covers_what_the_video_then_costs(api: Api, fake: FakeProviders) -> None:
    assert asked(fake) == {}
    _, answer = api.call("POST", "/api/videos?dryRun=true", ORDER)
    video = api.make(**ORDER)
    assert float(video["costUsd"]["actual"]) <= float(answer["plan"]["costUsd"])


def test_a_cancelled_video_stops_and_what_was_paid_is_used_by_a_later_render(
    api: Api, fake: FakeProviders, stack: RunningStack
) -> None:
    fake.settings.latencies["image_to_video"] = 2.0
    video = api.create(**ORDER)
    until(30, lambda: len(fake.ledger.of("image_to_video")) == 2)
    status, answer = api.call("POST", f"/api/videos/{video['id']}/cancel")
    assert (status, answer["video"]["state"]) == (200, "cancelled")
    time.sleep(2)
    assert stack.invoke("reconcile_videos", {})["collected"] >= 1
    assert api.video(video["id"])["state"] == "cancelled"
    assert api.render(video["id"])["state"] == "succeeded"
    assert asked(fake)["image_to_video"] == 2


def test_cancelling_takes_back_what_the_provider_has_not_begun_with(api: Api, fake: FakeProviders) -> None:
    fake.settings.pending_seconds = 60.0
    video = api.create(**ORDER)
    until(30, lambda: len(fake.ledger.of("image_to_video")) == 2)
    until(
        10,
        lambda: all(scene["clip"]["state"] == "working" for scene in api.video(video["id"])["scenes"]),
    )
    status, _ = api.call("POST", f"/api/videos/{video['id']}/cancel")
    assert status == 200
    _, history = api.call("GET", f"/api/videos/{video['id']}/history")
    clips = {call["state"] for call in history["items"] if call["kind"] == "clip"}
    assert clips == {"failed"}  # cancelled there: nothing to pay, nothing to fetch
    status, answer = api.call("POST", f"/api/videos/{video['id']}/cancel")
    assert (status, answer["video"]["state"]) == (200, "cancelled")  # once more does no harm


@pytest.mark.usefixtures("parts")
def test_a_video_whose_execution_vanished_is_taken_up_again_and_two_at_once_pay_once(
    api: Api, fake: FakeProviders, stack: RunningStack
) -> None:
    fake.settings.latencies["image_to_video"] = 1.0
    mine = "#vanished"  # other tests' unfinished videos are taken up, too
    video = api.create(**{**ORDER, "prompt": f"{ORDER['prompt']} {mine}"})
    until(30, lambda: "image_to_video" in asked(fake, mine))
    with admin_transaction() as db:  # nobody knows an execution of that number
        db.execute("update video_sessions set executions = 7 where id = %s", [video["id"]])
    assert stack.invoke("reconcile_videos", {"workersAreGone": True})["started"] >= 1
    assert api.finished(video["id"])["state"] == "succeeded"
    assert asked(fake, mine) == ALL


def test_a_deleted_video_leaves_neither_rows_nor_objects(api: Api, fake: FakeProviders) -> None:
    video = api.make(**ORDER)
    assert asked(fake) == ALL
    status, answer = api.call("DELETE", f"/api/videos/{video['id']}")
    assert (status, answer["deletedObjects"]) == (200, 13)
    assert api.call("GET", f"/api/videos/{video['id']}")[0] == 404
    _, budget = api.call("GET", "/api/budget")
    assert float(budget["spentUsd"]) > 0  # what was spent stays spent


def test_a_video_in_the_making_is_not_deleted(api: Api, fake: FakeProviders) -> None:
    fake.settings.latencies["responses"] = 3.0
    video = api.create(**ORDER)
    status, answer = api.call("DELETE", f"/api/videos/{video['id']}")
    assert (status, answer["code"]) == (409, "conflict")
    api.call("POST", f"/api/videos/{video['id']}/cancel")


@pytest.mark.usefixtures("parts")
def test_another_maker_steps_in_for_one_that_stays_down_and_the_history_says_so(
    api: Api, fake: FakeProviders
) -> None:
    video = api.make(**{**ORDER, "frameCount": 1, "duration": 3, "stopAfter": "frames"})
    with admin_transaction() as db:
        db.execute(
            """update video_sessions set makers = makers || '{"fallbacks": {"clip": "runway/veo3.1_fast"}}'"""
            " where id = %s",
            [video["id"]],
        )
    fake.fail("image_to_video", "status_529", times=3)  # without a Retry-After
    assert api.render(video["id"], stopAfter="final")["state"] == "succeeded"
    _, history = api.call("GET", f"/api/videos/{video['id']}/history")
    clips = [(call["model"], call["state"]) for call in history["items"] if call["kind"] == "clip"]
    assert clips == [*[("gen4_turbo", "failed")] * 3, ("veo3.1_fast", "succeeded")]


def test_a_piece_that_waits_says_what_for(api: Api, fake: FakeProviders) -> None:
    fake.fail("image_to_video", "status_503", times=100)
    video = api.create(**{**ORDER, "frameCount": 1, "duration": 3})
    waiting = until(40, lambda: (api.video(video["id"])["scenes"] or [{}])[0].get("clip", {}).get("waiting"))
    assert waiting == {"reason": "provider", "until": None}
    api.call("POST", f"/api/videos/{video['id']}/cancel")

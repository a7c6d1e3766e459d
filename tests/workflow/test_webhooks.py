"""What webhooks are told of videos that really run: each end once, and nothing else."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.fakes.providers.server import FakeProviders
from tests.receiver import Received, Receiver
from tests.running_stack import Api, RunningStack
from tests.workflow.test_make_video import ORDER

DRAFT = {**ORDER, "frameCount": 1, "duration": 3, "draft": True, "stopAfter": "frames"}


def subscribe(api: Api, receiver: Receiver, **fields: Any) -> dict[str, Any]:
    """A new webhook at the receiver: the whole answer."""
    status, answer = api.call("POST", "/api/webhooks", {"url": receiver.url, **fields})
    assert status == 201, answer
    return answer


def told(received: list[Received]) -> list[tuple[str, str]]:
    return [(each.event["type"], each.event["data"]["video"]["id"]) for each in received]


def settled(api: Api, path: str) -> list[dict[str, Any]]:
    """A log in which nothing is on its way any more, newest first."""
    while True:
        status, answer = api.call("GET", path)
        assert status == 200, answer
        items: list[dict[str, Any]] = answer["items"]
        if all(each["state"] != "pending" for each in items):
            return items


def test_the_ends_of_videos_are_told_once_each(api: Api, fake: FakeProviders) -> None:
    with Receiver() as receiver:
        made = subscribe(api, receiver)
        stopped = api.make(**DRAFT)["id"]
        succeeded = api.make(**{**DRAFT, "stopAfter": "final"})["id"]
        poor = api.make(**ORDER, maxCostUsd="0.01")["id"]
        fake.fail("responses", "story_refused", times=5)
        failed = api.make(**ORDER)["id"]
        fake.reset()
        fake.settings.latencies["responses"] = 5.0
        cancelled = api.create(**ORDER)["id"]
        assert api.call("POST", f"/api/videos/{cancelled}/cancel")[0] == 200
        assert api.call("POST", f"/api/videos/{cancelled}/cancel")[0] == 200  # that tells nothing more
        received = receiver.until(lambda received: len(received) >= 5)
        log = settled(api, f"/api/webhooks/{made['webhook']['id']}/deliveries")
    assert sorted(told(received)) == sorted(
        [
            ("video.stopped", stopped),
            ("video.succeeded", succeeded),
            ("video.needs_budget", poor),
            ("video.failed", failed),
            ("video.cancelled", cancelled),
        ]
    )
    assert all(each.is_signed_with(made["secret"]) for each in received)
    error = next(
        each.event["data"]["video"]["error"] for each in received if each.event["type"] == "video.failed"
    )
    assert (error["code"], bool(error["message"])) == ("input_refused", True)
    assert [(each["state"], each["attempts"], each["statusCode"]) for each in log] == [
        ("delivered", 1, 200)
    ] * 5
    assert {each["videoId"] for each in log} == {each[1] for each in told(received)}


def test_a_webhook_is_told_what_it_asked_for_and_a_video_that_goes_on_is_told_again(api: Api) -> None:
    with Receiver() as some, Receiver() as everything:
        subscribe(api, some, events=["video.succeeded"])
        subscribe(api, everything)
        video = api.make(**DRAFT)["id"]
        api.render(video, stopAfter="final")
        everything.until(lambda received: len(received) == 2)
        some.until(lambda received: len(received) == 1)
    assert told(some.received) == [("video.succeeded", video)]
    assert sorted(told(everything.received)) == [("video.stopped", video), ("video.succeeded", video)]


def test_the_webhook_of_one_job_is_told_of_that_job_alone(api: Api) -> None:
    status, rotated = api.call("POST", "/api/webhooks/job-secret/rotate", {})
    assert (status, rotated["oldSecretExpiresAt"]) == (200, None)
    with Receiver() as receiver:
        video = api.make(**DRAFT, webhookUrl=f"{receiver.url}/one")["id"]
        api.make(**DRAFT)
        (received,) = receiver.until(lambda received: len(received) == 1)
        (delivery,) = settled(api, f"/api/videos/{video}/deliveries")
    assert told([received]) == [("video.stopped", video)]
    assert received.path == "/one"
    assert received.is_signed_with(rotated["secret"])
    assert (delivery["webhookId"], delivery["url"]) == (None, f"{receiver.url}/one")


def test_a_job_is_signed_for_even_where_nobody_has_asked_for_the_secret(api: Api) -> None:
    with Receiver() as receiver:
        api.make(**DRAFT, webhookUrl=receiver.url)
        (received,) = receiver.until(lambda received: len(received) == 1)
    assert received.headers["storyreel-signature"].count("v1=") == 1


def test_a_ping_arrives_at_once(api: Api) -> None:
    with Receiver() as receiver:
        made = subscribe(api, receiver)
        webhook = made["webhook"]["id"]
        status, answer = api.call("POST", f"/api/webhooks/{webhook}/ping")
        assert (status, answer["delivery"]["event"], answer["delivery"]["state"]) == (202, "ping", "pending")
        (received,) = receiver.until(lambda received: len(received) == 1)
        (delivery,) = settled(api, f"/api/webhooks/{webhook}/deliveries")
        status, replayed = api.call("POST", f"/api/webhooks/deliveries/{delivery['id']}/replay")
        assert (status, replayed["delivery"]["replayOf"]) == (202, delivery["id"])
        receiver.until(lambda received: len(received) == 2)
    assert received.event["data"] == {"video": None}
    assert received.is_signed_with(made["secret"])
    assert len({each.event["id"] for each in receiver.received}) == 1


def test_a_secret_is_shown_once(api: Api) -> None:
    status, made = api.call(
        "POST", "/api/webhooks", {"url": "https://example.com/hook", "description": "mine"}
    )
    path = f"/api/webhooks/{made['webhook']['id']}"
    assert (status, made["secret"].startswith("whsec_"), len(made["secret"]) > 40) == (201, True, True)
    answers = [
        api.call("GET", "/api/webhooks"),
        api.call("GET", path),
        api.call("PATCH", path, {"description": "ours", "events": ["video.failed"]}),
        api.call("GET", f"{path}/deliveries"),
    ]
    assert [status for status, _ in answers] == [200] * 4
    assert made["secret"] not in repr(answers)
    changed = answers[2][1]["webhook"]
    assert (changed["description"], changed["events"], changed["active"]) == ("ours", ["video.failed"], True)
    assert api.call("DELETE", path)[0] == 200
    assert api.call("GET", path)[0] == 404


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://example.com:8080/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::ffff:10.0.0.1]/",
        "https://user:password@example.com/",
        "file:///etc/passwd",
        "example.com",
    ],
)
def test_an_address_where_no_webhook_can_be_is_refused(api: Api, url: str) -> None:
    status, made = api.call("POST", "/api/webhooks", {"url": "https://example.com/"})
    assert status == 201
    for method, path, body in (
        ("POST", "/api/webhooks", {"url": url}),
        ("PATCH", f"/api/webhooks/{made['webhook']['id']}", {"url": url}),
        ("POST", "/api/videos", {**DRAFT, "webhookUrl": url}),
    ):
        status, answer = api.call(method, path, body)
        assert (status, answer["code"]) == (422, "address_refused"), path
    assert api.call("GET", "/api/videos")[1]["items"] == []


def test_a_foreign_webhook_is_like_an_unknown_one(stack: RunningStack, api: Api) -> None:
    other = stack.new_caller("other")[0]
    with Receiver() as receiver:
        webhook = subscribe(api, receiver)["webhook"]["id"]
        api.call("POST", f"/api/webhooks/{webhook}/ping")
        receiver.until(lambda received: len(received) == 1)
        (delivery,) = settled(api, f"/api/webhooks/{webhook}/deliveries")
        for method, path, body in (
            ("GET", "/api/webhooks/{}", None),
            ("PATCH", "/api/webhooks/{}", {"active": False}),
            ("DELETE", "/api/webhooks/{}", None),
            ("GET", "/api/webhooks/{}/deliveries", None),
            ("POST", "/api/webhooks/{}/rotate", {}),
            ("POST", "/api/webhooks/{}/ping", None),
        ):
            foreign, unknown = (other.call(method, path.format(each), body) for each in (webhook, uuid4()))
            assert (foreign[0], foreign[1]["error"]) == (unknown[0], unknown[1]["error"])
            assert foreign[0] == 404
        replay = "/api/webhooks/deliveries/{}/replay"
        foreign, unknown = (other.call("POST", replay.format(each)) for each in (delivery["id"], UUID(int=1)))
        assert (foreign[0], foreign[1]["error"]) == (unknown[0], unknown[1]["error"])
        assert api.call("GET", f"/api/webhooks/{webhook}")[0] == 200
    assert other.call("GET", "/api/webhooks")[1]["items"] == []
    assert len(receiver.received) == 1


def test_an_inactive_webhook_is_told_nothing(api: Api) -> None:
    with Receiver() as receiver, Receiver() as other:
        webhook = subscribe(api, receiver)["webhook"]["id"]
        subscribe(api, other)
        status, answer = api.call("PATCH", f"/api/webhooks/{webhook}", {"active": False})
        assert (status, answer["webhook"]["active"], answer["webhook"]["inactiveReason"]) == (
            200,
            False,
            None,
        )
        api.make(**DRAFT)
        other.until(lambda received: len(received) == 1)
        assert api.call("POST", f"/api/webhooks/{webhook}/ping")[0] == 409
    assert receiver.received == []
    assert api.call("GET", f"/api/webhooks/{webhook}/deliveries")[1]["items"] == []


def test_a_log_is_paged(api: Api) -> None:
    with Receiver() as receiver:
        webhook = subscribe(api, receiver)["webhook"]["id"]
        sent = [api.call("POST", f"/api/webhooks/{webhook}/ping")[1]["delivery"]["id"] for _ in range(5)]
        path = f"/api/webhooks/{webhook}/deliveries"
        settled(api, path)
        found: list[str] = []
        cursor = ""
        for _ in range(3):
            _, page = api.call("GET", f"{path}?limit=2{cursor}")
            found += [each["id"] for each in page["items"]]
            cursor = f"&cursor={page['nextCursor']}"
        assert page["nextCursor"] is None
        assert found == sent[::-1]
        assert api.call("GET", f"{path}?state=dead")[1]["items"] == []
        assert api.call("GET", f"{path}?cursor=nonsense")[0] == 400


def test_there_are_twenty_webhooks_at_the_most(api: Api) -> None:
    for number in range(20):
        assert api.call("POST", "/api/webhooks", {"url": f"https://example.com/{number}"})[0] == 201
    status, answer = api.call("POST", "/api/webhooks", {"url": "https://example.com/one-more"})
    assert (status, answer["code"]) == (409, "conflict")
    assert len(api.call("GET", "/api/webhooks")[1]["items"]) == 20

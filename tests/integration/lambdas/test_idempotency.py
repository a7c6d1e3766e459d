"""A POST that is sent again: one effect and one answer, whatever happened to the first attempt."""

from __future__ import annotations

import base64
import io
import json
import os
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID, uuid4

import pytest
from PIL import Image
from psycopg import sql

from functions.admin.issue_api_key import issue_api_key
from functions.generation.generate_single_image import generate_single_image
from functions.uploads.upload_image import upload_image
from functions.uploads.upload_video import upload_video
from functions.videos.insert_scene import insert_scene
from functions.videos.retake_scene import retake_scene
from functions.webhooks.create_webhook import create_webhook
from functions.webhooks.ping_webhook import ping_webhook
from functions.webhooks.replay_delivery import replay_delivery
from functions.webhooks.rotate_job_secret import rotate_job_secret
from functions.webhooks.rotate_webhook_secret import rotate_webhook_secret
from shared import aws
from shared.accounts.service import NewKey
from shared.accounts.signing import derived_key
from shared.api_models import Answer
from shared.database import admin_transaction, close_connections, transaction
from shared.errors import (
    Conflict,
    InvalidRequest,
    OverBudget,
    ProviderBroken,
    StoryreelError,
    TooManyRequests,
)
from shared.expiry import delete_expired_rows
from shared.lambdas import endpoint as endpoint_module
from shared.lambdas.endpoint import Call, Endpoint, endpoint
from shared.lambdas.http import Reply
from shared.lambdas.idempotency import MAX_ANSWER_BYTES
from shared.media_sessions.names import SessionBody
from shared.settings import SigningSettings, settings
from shared.stories.models import Sheet, Story, StoryScene
from shared.videos import makers, queries
from shared.videos.models import VideoRequest
from shared.webhooks import service
from shared.webhooks.models import NewWebhook, WebhookCreated
from shared.webhooks.secrets import unseal
from tests.running_stack import Api, RunningStack
from tests.unit.lambdas.events import Context, proxy_event

NEW_SCENE = {"title": "Home", "prompt": "The whale swims home", "narration": "Home.", "duration": 4}


def _picture() -> str:
    content = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(content, "PNG")
    return base64.b64encode(content.getvalue()).decode()


HARMLESS_PICTURE = _picture()


class Thing(SessionBody):
    name: str = "thing"


class ThingAnswer(Answer):
    thing_id: UUID
    secret: str = ""


class Killed(BaseException):
    """The end of a Lambda: nothing of ours runs after it."""


class Shop:
    """An endpoint that makes things, and what it has made. `then` happens between effect and answer."""

    def __init__(self, user: NewKey) -> None:
        self.user = user
        self.made: list[UUID] = []
        self.runs = 0
        self.then: Callable[[], object] = lambda: None
        self.secret = "once-" + str(uuid4())
        self.endpoint = self._endpoint()

    def _endpoint(self) -> Endpoint:
        @endpoint("POST", "/api/things/{place}", status=201)
        def make_thing(place: str, body: Thing, call: Call) -> Reply[ThingAnswer]:
            """Make a thing."""
            self.runs += 1
            thing_id = call.idempotency.new_id("thing")
            with transaction(call.user_id) as db:
                if call.idempotency.is_new(db):
                    self.made.append(thing_id)
            self.then()
            answer = ThingAnswer(thing_id=thing_id, secret=self.secret + body.name)
            return Reply(answer, headers={"Location": call.url(f"/api/things/{place}/{thing_id}")})

        return make_thing

    def post(
        self,
        key: str | None,
        body: Any = None,
        *,
        place: str = "here",
        user: NewKey | None = None,
        session: str | None = None,
        act_as: UUID | None = None,
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {(user or self.user).api_key}"}
        if session is not None:
            headers["X-Request-ID"] = session
        if act_as is not None:
            headers["X-User-ID"] = str(act_as)
        if key is not None:
            headers["Idempotency-Key"] = key
        event = proxy_event(
            "POST",
            f"/api/things/{place}",
            body={} if body is None else body,
            headers=headers,
            path_parameters={"place": place},
        )
        response = self.endpoint(event, Context())
        # What is left of an allowance is each answer's own.
        headers = {
            name: value for name, value in response["headers"].items() if not name.startswith("RateLimit-")
        }
        return {**response, "headers": headers, "body": json.loads(response["body"])}


@pytest.fixture
def shop(user: NewKey) -> Shop:
    return Shop(user)


def new_key() -> str:
    return str(uuid4())


def end_leases(user_id: UUID) -> None:
    """As if the time in which a dead attempt could live had passed."""
    with admin_transaction() as db:
        db.execute("update idempotency_keys set lease_expires_at = now() where user_id = %s", [user_id])


def die() -> None:
    raise Killed


def refuse(error: StoryreelError) -> Callable[[], None]:
    def raise_it() -> None:
        raise error

    return raise_it


def test_the_same_request_gets_the_first_answer_and_has_one_effect(shop: Shop) -> None:
    key = new_key()
    first, second = shop.post(key), shop.post(key)
    assert second["headers"].pop("Idempotency-Replayed") == "true"
    assert first == second
    assert (first["statusCode"], len(shop.made), shop.runs) == (201, 1, 1)
    assert first["headers"]["Location"].endswith(str(shop.made[0]))


def test_without_a_key_every_request_is_a_new_one(shop: Shop) -> None:
    assert shop.post(None)["body"] != shop.post(None)["body"]
    assert len(shop.made) == 2


@pytest.mark.parametrize("change", [{"body": {"name": "other"}}, {"place": "there"}])
def test_another_request_with_the_same_key_is_refused(shop: Shop, change: dict[str, Any]) -> None:
    key = new_key()
    shop.post(key)
    response = shop.post(key, **change)
    assert (response["statusCode"], response["body"]["code"]) == (422, "invalid_request")
    assert shop.runs == 1


def test_a_request_that_is_still_being_answered_is_in_the_others_way(shop: Shop) -> None:
    key = new_key()
    seen: list[dict[str, Any]] = []
    shop.then = lambda: seen.append(shop.post(key))
    shop.post(key)
    (second,) = seen
    assert (second["statusCode"], second["body"]["code"]) == (409, "work_in_progress")
    assert second["body"]["retryable"]
    assert 1 <= int(second["headers"]["Retry-After"]) <= 5
    assert shop.runs == 1


def test_of_many_at_once_one_runs(shop: Shop) -> None:
    key = new_key()

    def post(_: int) -> dict[str, Any]:
        try:
            return shop.post(key)
        finally:
            close_connections()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(40)))
    assert {each["statusCode"] for each in answers} <= {201, 409}
    assert len({each["body"]["thingId"] for each in answers if each["statusCode"] == 201}) == 1
    assert shop.runs == 1


def test_an_attempt_that_died_holds_the_key_for_as_long_as_it_could_live(shop: Shop) -> None:
    key = new_key()
    shop.then = die
    with pytest.raises(Killed):
        shop.post(key)
    shop.then = lambda: None
    assert shop.post(key)["statusCode"] == 409
    end_leases(shop.user.user_id)
    assert shop.post(key)["statusCode"] == 201


def test_after_an_attempt_that_died_its_effect_is_found_and_not_repeated(shop: Shop) -> None:
    key = new_key()
    shop.then = die
    for _ in range(3):
        with pytest.raises(Killed):
            shop.post(key)
        end_leases(shop.user.user_id)
    shop.then = lambda: None
    answer = shop.post(key)
    assert answer["body"]["thingId"] == str(shop.made[0])
    assert (len(shop.made), shop.runs) == (1, 4)
    assert shop.post(key)["body"] == answer["body"]


def test_an_attempt_that_was_overtaken_has_no_effect(shop: Shop) -> None:
    key = new_key()

    @endpoint("POST", "/api/slow")
    def make_slowly(call: Call) -> ThingAnswer:
        """Make a thing after the lease is over and another attempt has begun."""
        if not seen:
            seen.append({})
            end_leases(call.user_id)
            event = proxy_event("POST", "/api/slow", headers=headers)
            seen[0] = make_slowly(event, Context())
        with transaction(call.user_id) as db:
            call.idempotency.is_new(db)
        return ThingAnswer(thing_id=call.idempotency.new_id("thing"))

    seen: list[dict[str, Any]] = []
    headers = {"Authorization": f"Bearer {shop.user.api_key}", "Idempotency-Key": key}
    late = make_slowly(proxy_event("POST", "/api/slow", headers=headers), Context())
    assert (seen[0]["statusCode"], late["statusCode"]) == (200, 409)
    again = make_slowly(proxy_event("POST", "/api/slow", headers=headers), Context())
    assert again["body"] == seen[0]["body"]


@pytest.mark.parametrize(
    "error",
    [
        TooManyRequests("Slow down."),
        OverBudget("Raise the cap."),
        ProviderBroken("What?", provider="x"),
        StoryreelError("Broken."),
        Conflict("Not in this state."),
    ],
)
def test_what_another_try_may_mend_is_not_kept_and_its_effect_is(shop: Shop, error: StoryreelError) -> None:
    key = new_key()
    shop.then = refuse(error)
    assert shop.post(key)["statusCode"] == error.status
    shop.then = lambda: None
    answer = shop.post(key)
    assert answer["statusCode"] == 201
    assert "Idempotency-Replayed" not in answer["headers"]
    assert len(shop.made) == 1


def test_an_error_that_nobody_foresaw_frees_the_key(shop: Shop) -> None:
    key = new_key()

    def divide() -> None:
        raise ZeroDivisionError

    shop.then = divide
    assert shop.post(key)["statusCode"] == 500
    shop.then = lambda: None
    assert shop.post(key)["statusCode"] == 201


def test_a_refusal_of_the_request_as_it_is_is_kept(shop: Shop) -> None:
    key = new_key()
    shop.then = refuse(InvalidRequest("Not this value."))
    first = shop.post(key)
    shop.then = lambda: None
    second = shop.post(key)
    assert (first["statusCode"], second["statusCode"]) == (422, 422)
    assert first["body"] == second["body"]


def test_nobody_who_reads_the_database_can_try_what_was_asked(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kept_hash(key: str) -> bytes:
        with admin_transaction() as db:
            row = db.execute("select request_hash from idempotency_keys where key = %s", [key]).fetchone()
        assert row is not None
        return bytes(row["request_hash"])

    first, second, third = new_key(), new_key(), new_key()
    shop.post(first)
    shop.post(second)
    arn = settings(SigningSettings).secret_arn
    monkeypatch.setitem(aws._secrets, arn, (aws._secrets[arn][0], {"SECRET_KEY": "another secret" * 4}))
    shop.post(third)
    assert kept_hash(first) == kept_hash(second) != kept_hash(third)


def test_a_request_of_a_wrong_shape_can_be_corrected_under_its_key(shop: Shop) -> None:
    key = new_key()
    assert shop.post(key, {"name": 5})["statusCode"] == 422
    assert shop.post(key, {"name": "five"})["statusCode"] == 201


@pytest.mark.parametrize("key", ["", " ", "a b", "ü", "a" * 256, "tab\t", "new\nline"])
def test_a_key_of_a_wrong_form_is_refused(shop: Shop, key: str) -> None:
    response = shop.post(key)
    assert (response["statusCode"], response["body"]["code"]) == (400, "malformed_request")
    assert shop.runs == 0


def test_a_key_is_its_users_own(shop: Shop, new_user: Callable[[], NewKey]) -> None:
    key = new_key()
    other = new_user()
    first, second = shop.post(key), shop.post(key, user=other)
    assert (first["statusCode"], second["statusCode"]) == (201, 201)
    assert first["body"] != second["body"]
    with transaction(other.user_id) as db:
        rows = db.execute("select user_id from idempotency_keys").fetchall()
    assert [row["user_id"] for row in rows] == [other.user_id]


@pytest.fixture
def acting(shop: Shop) -> Shop:
    """The same, of somebody who may call in another's name and choose the session."""
    with admin_transaction() as db:
        db.execute("update api_keys set scopes = '{*,act_as}' where id = %s", [shop.user.key_id])
    return shop


def test_in_another_session_it_is_another_request(acting: Shop) -> None:
    key = new_key()
    first = acting.post(key, session="monday")
    assert acting.post(key, session="monday")["body"] == first["body"]
    for other in ("tuesday", None):
        response = acting.post(key, session=other)
        assert (response["statusCode"], response["body"]["code"]) == (422, "invalid_request")
    assert acting.runs == 1


def test_a_header_that_names_no_session_here_does_not_make_it_another_request(shop: Shop) -> None:
    """A proxy on the way gives each attempt an X-Request-ID of its own."""
    for body in ({"requestId": "mine"}, {}):
        key, runs = new_key(), shop.runs
        bodies = [shop.post(key, body, session=new_key())["body"] for _ in range(2)]
        assert bodies[0] == bodies[1]
        assert (bodies[0]["success"], shop.runs - runs) == (True, 1)


def test_in_another_users_name_it_is_that_users_request(acting: Shop, new_user: Callable[[], NewKey]) -> None:
    key = new_key()
    names = [acting.user.user_id, new_user().user_id, new_user().user_id]
    answers = [acting.post(key, act_as=name) for name in names * 2]
    assert {each["statusCode"] for each in answers} == {201}
    assert [each["body"] for each in answers[:3]] == [each["body"] for each in answers[3:]]
    assert (len({each["body"]["thingId"] for each in answers}), acting.runs) == (3, 3)


def test_after_a_day_the_key_is_free_and_makes_something_else(shop: Shop) -> None:
    key = new_key()
    shop.post(key)
    with admin_transaction() as db:
        db.execute(
            "update idempotency_keys set created_at = now() - interval '25 hours' where key = %s", [key]
        )
    assert shop.post(key)["statusCode"] == 201
    assert len(set(shop.made)) == 2


def test_what_is_a_day_old_is_cleared_away_and_the_rest_is_not(shop: Shop) -> None:
    old, young = new_key(), new_key()
    shop.post(old)
    shop.post(young)
    with admin_transaction() as db:
        db.execute(
            "update idempotency_keys set created_at = now() - interval '25 hours' where key = %s", [old]
        )
        delete_expired_rows(db)
        rows = db.execute(
            "select key from idempotency_keys where user_id = %s", [shop.user.user_id]
        ).fetchall()
    assert [row["key"] for row in rows] == [young]


def test_the_database_does_not_hold_the_answer_in_clear(shop: Shop) -> None:
    shop.post(new_key())
    with admin_transaction() as db:
        rows = db.execute(
            "select answer from idempotency_keys where user_id = %s", [shop.user.user_id]
        ).fetchall()
    assert shop.secret.encode() not in bytes(rows[0]["answer"])
    assert b"thingId" not in bytes(rows[0]["answer"])


def test_an_answer_that_is_too_large_is_not_kept_and_the_effect_is_not_repeated(shop: Shop) -> None:
    key = new_key()
    shop.secret = os.urandom(MAX_ANSWER_BYTES).hex()  # nothing that could be compressed
    assert shop.post(key)["statusCode"] == 201
    second = shop.post(key)
    assert (second["statusCode"], second["body"]["code"]) == (409, "answer_not_kept")
    assert shop.runs == 1


@pytest.mark.parametrize(("size", "runs"), [(1000, 1), (20_000, 2), (MAX_ANSWER_BYTES, 2)])
def test_a_large_answer_to_a_request_that_changed_nothing_is_made_anew(
    user: NewKey, size: int, runs: int
) -> None:
    """Or else whoever reads large things fills the table."""
    ran = []

    @endpoint("POST", "/api/things")
    def read_thing(call: Call) -> ThingAnswer:
        """Read a thing."""
        ran.append(call)
        return ThingAnswer(thing_id=UUID(int=1), secret=random.Random(1).randbytes(size).hex())

    def post(query: dict[str, str]) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {user.api_key}", "Idempotency-Key": "k"}
        response = read_thing(proxy_event("POST", "/api/things", headers=headers, query=query), Context())
        return response["statusCode"], response["body"]

    assert post({}) == post({})
    assert len(ran) == runs
    assert post({"another": "request"})[0] == 422
    with admin_transaction() as db:
        rows = db.execute("select answer from idempotency_keys where user_id = %s", [user.user_id]).fetchall()
    assert [row["answer"] is None for row in rows] == [runs == 2]


def test_with_another_secret_kept_answers_are_gone_and_effects_are_not_repeated(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = new_key()
    shop.post(key)
    arn = settings(SigningSettings).secret_arn
    old = derived_key("idempotent-answers")
    monkeypatch.setitem(aws._secrets, arn, (aws._secrets[arn][0], {"SECRET_KEY": "another secret" * 4}))
    assert derived_key("idempotent-answers") != old
    assert shop.post(key)["body"]["code"] == "answer_not_kept"
    assert shop.runs == 1


def test_a_request_sent_again_to_the_running_stack_makes_one_video(api: Api) -> None:
    order = {
        "prompt": "A lighthouse keeper",
        "frameCount": 1,
        "duration": 4,
        "draft": True,
        "stopAfter": "story",
    }
    headers = {"Idempotency-Key": new_key()}
    first = api.call("POST", "/api/videos", order, headers=headers)
    second = api.call("POST", "/api/videos", order, headers=headers)
    assert first == second
    assert len(api.call("GET", "/api/videos")[1]["items"]) == 1


async def kill_whoever_answers(stack: RunningStack, function: str, key: str) -> bool:
    """`kill -9` for the process that is at work on the request with this key."""
    host = stack.stack._host
    assert host is not None
    for sandbox in host._pools[function].sandboxes:
        if sandbox._current is not None and key.encode() in sandbox._current.payload:
            sandbox.kill()
            return True
    return False


@pytest.mark.usefixtures("parts")
def test_a_request_whose_lambda_was_killed_makes_one_video_that_is_paid_once(
    api: Api, stack: RunningStack
) -> None:
    order = {"prompt": "A lighthouse keeper", "frameCount": 1, "duration": 4}
    key = new_key()
    with ThreadPoolExecutor(1) as pool:
        # It waits for the video: killed meanwhile, it has had its effect and gives no answer.
        first = pool.submit(api.call, "POST", "/api/videos?wait=25", order, headers={"Idempotency-Key": key})
        while not (items := api.call("GET", "/api/videos")[1]["items"]):
            assert not first.done()
        assert stack.run(kill_whoever_answers(stack, "create_video", key))
        status, _ = first.result()
    assert status >= 500
    assert api.call("POST", "/api/videos?wait=25", order, headers={"Idempotency-Key": key})[0] == 409

    with admin_transaction() as db:
        db.execute("update idempotency_keys set lease_expires_at = now() where key = %s", [key])
    status, answer = api.call("POST", "/api/videos?wait=25", order, headers={"Idempotency-Key": key})
    assert status in {200, 202}
    assert answer["video"]["id"] == items[0]["id"]
    api.finished(items[0]["id"])
    assert len(api.call("GET", "/api/videos")[1]["items"]) == 1
    history = api.call("GET", f"/api/videos/{items[0]['id']}/history")[1]
    kinds = [each["kind"] for each in history["items"]]
    assert sorted(kinds) == sorted(set(kinds))


def dies_before_it_answers(
    monkeypatch: pytest.MonkeyPatch, function: Endpoint, event: dict[str, Any]
) -> None:
    """An attempt whose effect is there and whose answer is not."""
    with monkeypatch.context() as patch:
        patch.setattr(endpoint_module, "json_response", lambda *_: die())
        with pytest.raises(Killed):
            function(event, Context())
    with admin_transaction() as db:
        db.execute("update idempotency_keys set lease_expires_at = now()")


def again(function: Endpoint, event: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    response = function(event, Context())
    return response["statusCode"], json.loads(response["body"])


@pytest.mark.usefixtures("parts")
def test_a_frame_asked_for_alone_is_found_again_in_the_session_that_was_made_for_it(
    user: NewKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"prompt": "A lighthouse", "frameIndex": 0, "totalFrames": 1, "draft": True}
    headers = {"Authorization": f"Bearer {user.api_key}", "Idempotency-Key": new_key()}
    event = proxy_event("POST", "/api/generate_single_image", body=body, headers=headers)
    dies_before_it_answers(monkeypatch, generate_single_image, event)
    status, _ = again(generate_single_image, event)
    assert status in {200, 202}
    with transaction(user.user_id) as db:
        assert len(db.execute("select 1 from video_sessions").fetchall()) == 1


@pytest.mark.usefixtures("parts")
def test_a_key_that_nobody_saw_is_not_made_twice(user: NewKey, monkeypatch: pytest.MonkeyPatch) -> None:
    with admin_transaction() as db:
        db.execute("update api_keys set scopes = '{admin}' where id = %s", [user.key_id])
    body = {"name": "for the shop", "userId": str(user.user_id)}
    headers = {"Authorization": f"Bearer {user.api_key}", "Idempotency-Key": new_key()}
    event = proxy_event("POST", "/api/admin/api-keys", body=body, headers=headers)
    dies_before_it_answers(monkeypatch, issue_api_key, event)
    status, answer = again(issue_api_key, event)
    assert (status, answer["code"]) == (409, "answer_not_kept")
    with admin_transaction() as db:
        rows = db.execute("select 1 from api_keys where name = 'for the shop'").fetchall()
    assert len(rows) == 1


@pytest.mark.parametrize(
    ("function", "body", "count"),
    [(insert_scene, NEW_SCENE, "scenes"), (retake_scene, {"piece": "clip"}, "takes")],
)
def test_a_change_of_a_video_is_made_once(
    user: NewKey, monkeypatch: pytest.MonkeyPatch, function: Endpoint, body: dict[str, Any], count: str
) -> None:
    request = VideoRequest(prompt="A lighthouse keeper", frame_count=1, duration=5, draft=True)
    video_id = uuid4()
    scene = StoryScene(title="t", description="d", prompt="p", motion="m", narration="n")
    story = Story(
        title="t", overview="o", sheet=Sheet(characters=(), setting="s", palette="p"), scenes=(scene,)
    )
    with transaction(user.user_id) as db:
        new = queries.NewVideo(video_id, user.user_id, str(video_id), request, makers.settle(request))
        queries.add_video(db, new)
        queries.keep_story(db, user.user_id, video_id, story, [5000])
        queries.finish(db, video_id, "stopped")
    headers = {"Authorization": f"Bearer {user.api_key}", "Idempotency-Key": new_key()}
    path = {"video_id": str(video_id), "number": "1"}
    event = proxy_event("POST", body=body, headers=headers, path_parameters=path)
    dies_before_it_answers(monkeypatch, function, event)
    assert again(function, event)[0] == 200
    with transaction(user.user_id) as db:
        row = db.execute("select count(*) as scenes, sum(clip_take) as takes from video_scenes").fetchone()
    assert row is not None
    assert row[count] == 2


def rows_of(user_id: UUID, table: LiteralString) -> list[dict[str, Any]]:
    with transaction(user_id) as db:
        return db.execute(sql.SQL("select * from {}").format(sql.Identifier(table))).fetchall()


@pytest.fixture
def webhook(user: NewKey) -> WebhookCreated:
    return service.create_webhook(user.user_id, NewWebhook(url="http://127.0.0.1:9/"))


class Resender:
    """Sends a request whose first attempt dies after its effect."""

    def __init__(self, user: NewKey, monkeypatch: pytest.MonkeyPatch) -> None:
        self.headers = {"Authorization": f"Bearer {user.api_key}"}
        self.monkeypatch = monkeypatch

    def answer(self, function: Endpoint, body: Any = None, **path: object) -> dict[str, Any]:
        event = proxy_event(
            "POST",
            body=body,
            headers={**self.headers, "Idempotency-Key": new_key()},
            path_parameters={name: str(value) for name, value in path.items()},
        )
        dies_before_it_answers(self.monkeypatch, function, event)
        status, answer = again(function, event)
        assert status < 300, answer
        return answer


@pytest.fixture
def resender(user: NewKey, monkeypatch: pytest.MonkeyPatch) -> Resender:
    return Resender(user, monkeypatch)


def test_a_webhook_is_made_once_and_its_secret_is_the_one_in_use(user: NewKey, resender: Resender) -> None:
    answer = resender.answer(create_webhook, {"url": "http://127.0.0.1:9/"})
    (made,) = rows_of(user.user_id, "webhook_endpoints")
    (kept,) = rows_of(user.user_id, "webhook_secrets")
    assert answer["webhook"]["id"] == str(made["id"])
    assert answer["secret"] == unseal(bytes(kept["sealed"]), user.user_id)


def test_a_secret_is_rotated_once_and_the_one_before_it_keeps_its_grace(
    user: NewKey, webhook: WebhookCreated, resender: Resender
) -> None:
    answer = resender.answer(rotate_webhook_secret, {"graceHours": 24}, webhook_id=webhook.webhook.id)
    secrets = {
        unseal(bytes(row["sealed"]), user.user_id): row["expires_at"]
        for row in rows_of(user.user_id, "webhook_secrets")
    }
    assert set(secrets) == {webhook.secret, answer["secret"]}
    assert secrets[answer["secret"]] is None
    assert datetime.fromisoformat(answer["oldSecretExpiresAt"]) == secrets[webhook.secret]


def test_the_secret_of_jobs_is_rotated_once(user: NewKey, resender: Resender) -> None:
    answer = resender.answer(rotate_job_secret, {"graceHours": 24})
    (kept,) = rows_of(user.user_id, "webhook_secrets")
    assert answer["secret"] == unseal(bytes(kept["sealed"]), user.user_id)
    assert answer["oldSecretExpiresAt"] is None


def test_a_webhook_is_pinged_once_and_told_once_more(
    user: NewKey, webhook: WebhookCreated, resender: Resender
) -> None:
    ping = resender.answer(ping_webhook, webhook_id=webhook.webhook.id)["delivery"]["id"]
    replay = resender.answer(replay_delivery, delivery_id=ping)["delivery"]["id"]
    assert {str(row["id"]) for row in rows_of(user.user_id, "webhook_deliveries")} == {ping, replay}


@pytest.mark.parametrize(
    ("function", "body"),
    [
        (upload_image, {"image": HARMLESS_PICTURE}),
        (upload_image, {"contentType": "image/png", "sizeBytes": 9}),
        (upload_video, {"contentType": "video/mp4", "sizeBytes": 20_000_000}),
    ],
    ids=["inline", "form", "parts"],
)
def test_an_upload_is_begun_once(
    user: NewKey, resender: Resender, function: Endpoint, body: dict[str, Any]
) -> None:
    answer = resender.answer(function, body)
    (made,) = rows_of(user.user_id, "uploads")
    assert (answer["uploadId"], answer["requestId"]) == (str(made["id"]), made["request_id"])

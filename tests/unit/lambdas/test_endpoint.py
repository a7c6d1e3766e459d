from __future__ import annotations

import base64
import json
from typing import Any
from uuid import UUID

import pytest
from pydantic import Field

from shared.accounts.models import Caller, Credential
from shared.api_models import Answer, ApiModel
from shared.errors import (
    Conflict,
    InputRefused,
    InvalidRequest,
    MalformedRequest,
    RangeNotSatisfiable,
    TooManyRequests,
)
from shared.lambdas.access import Access
from shared.lambdas.endpoint import Call, Endpoint, endpoint
from shared.lambdas.http import MAX_BODY_BYTES, Content, HttpRequest, Reply
from shared.media_sessions.names import SessionBody
from tests.unit.lambdas.events import Context, proxy_event


class Thing(ApiModel):
    frame_count: int = Field(ge=1, le=20)
    name: str = "thing"


class Page(ApiModel):
    page_size: int = Field(default=10, le=50)
    search: str = ""


class ThingAnswer(Answer):
    frame_count: int = 0
    page_size: int = 0
    thing_id: UUID | None = None
    address: str = ""


@endpoint("POST", "/api/things", anonymous=True, status=201, max_body_bytes=200)
def make_thing(body: Thing, query: Page, call: Call) -> Reply[ThingAnswer]:
    """Make a thing."""
    answer = ThingAnswer(
        frame_count=body.frame_count, page_size=query.page_size, address=call.url("/api/things")
    )
    return Reply(answer, headers={"Location": call.url("/api/things/1")})


@endpoint("GET", "/api/names/{name}", anonymous=True)
def get_named(name: str) -> ThingAnswer:
    """A thing, by its name."""
    return ThingAnswer(address=name)


@endpoint("GET", "/api/things/{thing_id}", anonymous=True)
def get_thing(thing_id: UUID) -> ThingAnswer:
    """A thing."""
    return ThingAnswer(thing_id=thing_id)


def raising(error: Exception) -> Endpoint:
    @endpoint("GET", "/api/things", anonymous=True)
    def get_trouble() -> ThingAnswer:
        raise error

    return get_trouble


def answer(function: Endpoint, event: dict[str, Any]) -> tuple[int, dict[str, Any], dict[str, str]]:
    response = function(event, Context())
    return response["statusCode"], json.loads(response["body"]), response["headers"]


def test_a_body_and_a_query_become_models_and_the_answer_is_camel_case() -> None:
    status, body, headers = answer(
        make_thing, proxy_event("POST", body={"frameCount": 3}, query={"pageSize": "7"})
    )
    assert status == 201
    assert body == {
        "success": True,
        "frameCount": 3,
        "pageSize": 7,
        "thingId": None,
        "address": "/dev/api/things",
    }
    assert headers["Location"] == "/dev/api/things/1"


@pytest.mark.parametrize(
    ("event", "status", "code"),
    [
        (proxy_event("POST", body="{not json"), 400, "malformed_request"),
        (proxy_event("POST", body="[" * 199), 400, "malformed_request"),
        (proxy_event("POST", body='{"frameCount": 3}' + " " * 400), 413, "payload_too_large"),
        (proxy_event("POST", body={"frameCount": 99}), 422, "invalid_request"),
        (proxy_event("POST", body={"frameCount": 1, "unknown": 1}), 422, "invalid_request"),
        (proxy_event("POST", body={"frameCount": 1}, query={"pageSize": "x"}), 422, "invalid_request"),
        (proxy_event("POST", body={"frameCount": 1}, query={"search": "a\0b"}), 422, "invalid_request"),
        (proxy_event("POST", body=None), 422, "invalid_request"),
        (
            proxy_event("POST", body="a=b", headers={"Content-Type": "application/x-www-form-urlencoded"}),
            415,
            "unsupported_media",
        ),
        ({**proxy_event("POST", body="%%%"), "isBase64Encoded": True}, 400, "malformed_request"),
    ],
    ids=["cut", "deep", "large", "value", "unknown", "query", "NUL", "empty", "form", "base64"],
)
def test_a_bad_request_is_told_what_is_wrong(event: dict[str, Any], status: int, code: str) -> None:
    got, body, _ = answer(make_thing, event)
    assert (got, body["code"], body["success"], body["retryable"]) == (status, code, False, False)
    assert body["requestId"] == "22222222-2222-2222-2222-222222222222"


def test_a_number_that_python_does_not_read_is_no_valid_json() -> None:
    request = HttpRequest.from_event(proxy_event("POST", body='{"frameCount": ' + "1" * 5000 + "}"), 10_000)
    with pytest.raises(MalformedRequest):
        request.json(Thing)


def test_a_misspelt_field_is_named_beside_the_one_that_is_missing() -> None:
    _, body, _ = answer(make_thing, proxy_event("POST", body={"frameCuont": 3}))
    assert body["error"] == "frameCount: This field is required. frameCuont: There is no such field."
    assert [each["field"] for each in body["details"]] == ["frameCount", "frameCuont"]


def test_a_field_has_one_name() -> None:
    status, body, _ = answer(make_thing, proxy_event("POST", body={"frame_count": 3}))
    assert (status, body["error"].partition(" ")[0]) == (422, "frameCount:")
    assert "frame_count: There is no such field." in body["error"]


@pytest.mark.parametrize(
    "body",
    [
        {"n" * 60_000: 1},
        {f"{number}-" + "n" * 3_000: 1 for number in range(20)},
    ],
)
def test_a_long_field_name_makes_no_long_answer(body: dict[str, Any]) -> None:
    @endpoint("POST", "/api/things", anonymous=True)
    def make_any(body: Thing) -> ThingAnswer:  # noqa: ARG001
        raise AssertionError("never reached")

    response = make_any(proxy_event("POST", body=body), Context())
    assert response["statusCode"] == 422
    assert len(response["body"]) < 10_000


def test_what_should_be_an_object_is_said_in_our_own_words() -> None:
    _, body, _ = answer(make_thing, proxy_event("POST", body="[]"))
    assert body["error"] == "This must be an object."


def test_a_rejected_value_is_not_repeated_in_the_answer() -> None:
    _, body, _ = answer(make_thing, proxy_event("POST", body={"frameCount": "sk_live_secret"}))
    assert "sk_live_secret" not in json.dumps(body)
    assert body["details"][0]["field"] == "frameCount"


def test_an_id_of_the_wrong_form_is_an_id_that_does_not_exist() -> None:
    status, body, _ = answer(get_thing, proxy_event(path_parameters={"thing_id": "1 or 1=1"}))
    assert (status, body["code"]) == (404, "not_found")


def test_a_name_with_a_nul_is_one_that_nothing_has() -> None:
    assert answer(get_named, proxy_event(path_parameters={"name": "ab"}))[0] == 200
    status, body, _ = answer(get_named, proxy_event(path_parameters={"name": "a\0b"}))
    assert (status, body["code"]) == (404, "not_found")


def test_an_error_of_ours_keeps_its_status_and_says_when_to_come_back() -> None:
    error = TooManyRequests("Slow down.", retry_after_seconds=2.4)
    status, body, headers = answer(raising(error), proxy_event())
    assert (status, body["code"], body["retryable"]) == (429, "too_many_requests", True)
    assert headers["Retry-After"] == "2"


def test_details_of_a_request_error_reach_the_caller_and_a_vendors_do_not() -> None:
    _, own, _ = answer(raising(Conflict("No.", details={"state": "failed"})), proxy_event())
    _, vendors, _ = answer(raising(InputRefused("No.", provider="x", details="raw")), proxy_event())
    assert (own["details"], vendors["details"]) == ({"state": "failed"}, None)


def test_an_unexpected_error_says_nothing_about_itself() -> None:
    status, body, _ = answer(raising(RuntimeError("password=hunter2")), proxy_event())
    assert (status, body["code"]) == (500, "internal_error")
    assert "hunter2" not in json.dumps(body)


def test_an_endpoint_that_is_not_public_needs_what_signs_its_caller_in_and_a_key() -> None:
    @endpoint("GET", "/api/things", needs={Access.MEDIA_READ})
    def get_mine() -> ThingAnswer:
        raise AssertionError("never reached")

    assert get_mine.needs == {Access.DATABASE, Access.SIGNING, Access.MEDIA_READ}
    status, body, headers = answer(get_mine, proxy_event())
    assert (status, body["code"]) == (401, "unauthenticated")
    assert headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "key", ["", "Bearer", "Bearer nonsense", "Basic sk_live_x", "Bearer sk_live_" + "x" * 500]
)
def test_a_malformed_key_is_refused_without_asking_the_database(key: str) -> None:
    @endpoint("GET", "/api/things")
    def get_mine() -> ThingAnswer:
        raise AssertionError("never reached")

    status, _, _ = answer(get_mine, proxy_event(headers={"Authorization": key}))
    assert status == 401


class TestTheSessionThatAHeaderNames:
    @staticmethod
    def call(header: str | None, *scopes: str) -> Call:
        headers = {} if header is None else {"X-Request-ID": header}
        request = HttpRequest.from_event(proxy_event(headers=headers), 100)
        caller = Caller(UUID(int=1), Credential.STORED_KEY, scopes=frozenset(scopes))
        return Call(caller, request, deadline=0)

    def test_it_is_the_default_of_who_may_override(self) -> None:
        call = self.call(" r-1 ", "*", "act_as")
        assert call.session(SessionBody()) == "r-1"
        assert call.session(SessionBody(request_id="mine")) == "mine"

    @pytest.mark.parametrize("header", ["r-1", "a proxy's: 1/2"])
    @pytest.mark.parametrize("scopes", [(), ("*",), ("admin",)])
    def test_from_others_it_does_not_count(self, header: str, scopes: tuple[str, ...]) -> None:
        assert self.call(header, *scopes).session(SessionBody()) is None
        assert self.call(header, *scopes).session(SessionBody(request_id="mine")) == "mine"

    @pytest.mark.parametrize("header", ["r" * 65, "a b", "a/b", "ü"])
    def test_what_is_no_name_is_refused(self, header: str) -> None:
        with pytest.raises(InvalidRequest):
            self.call(header, "act_as").session(SessionBody())

    @pytest.mark.parametrize("header", [None, "", "  "])
    def test_without_it_there_is_none(self, header: str | None) -> None:
        assert self.call(header).session(SessionBody()) is None


def test_bytes_go_out_in_base64_with_their_own_status_and_headers() -> None:
    @endpoint("GET", "/api/things", anonymous=True)
    def get_picture() -> Content:
        return Content(b"\x89PNG", "image/png", 206, {"ETag": '"a"'})

    response = get_picture(proxy_event(), Context())
    assert (response["statusCode"], response["isBase64Encoded"]) == (206, True)
    assert base64.b64decode(response["body"]) == b"\x89PNG"
    assert (response["headers"]["Content-Type"], response["headers"]["ETag"]) == ("image/png", '"a"')


def test_a_body_that_comes_in_base64_is_the_same_body() -> None:
    encoded = base64.b64encode(json.dumps({"frameCount": 3}).encode()).decode()
    status, body, _ = answer(make_thing, {**proxy_event("POST", body=encoded), "isBase64Encoded": True})
    assert (status, body["frameCount"]) == (201, 3)


def test_a_range_behind_the_end_says_where_the_end_is() -> None:
    status, body, headers = answer(raising(RangeNotSatisfiable(10)), proxy_event())
    assert (status, body["code"], headers["Content-Range"]) == (416, "range_not_satisfiable", "bytes */10")


def test_the_public_address_is_the_one_that_the_gateway_names() -> None:
    event = proxy_event(headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    event["requestContext"]["domainName"] = "api.example"
    request = HttpRequest.from_event(event, 10)
    assert Call(None, request, 0).address("/api/things") == "https://api.example/dev/api/things"


def test_a_limit_that_lambda_would_never_let_pass_is_refused() -> None:
    with pytest.raises(ValueError, match="takes no body"):
        endpoint("POST", "/api/things", max_body_bytes=MAX_BODY_BYTES + 1)(make_thing.code)

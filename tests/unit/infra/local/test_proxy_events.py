from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from infra.local.proxy_events import HttpCall, MalformedResponse, http_answer, proxy_event


def event(binary_types: list[str] | None = None, **changes: Any) -> dict[str, Any]:
    call = {
        "method": "POST",
        "path": "/api/videos/7",
        "query": "a=1&a=2&b=%20x",
        "headers": [("Host", "127.0.0.1:1"), ("X-Two", "1"), ("X-Two", "2"), ("Content-Type", "image/png")],
        "body": b"\x89PNG",
        "source_ip": "127.0.0.1",
        "request_id": "id-1",
        **changes,
    }
    made: dict[str, Any] = json.loads(
        proxy_event(
            HttpCall(**call),
            resource="/api/videos/{video_id}",
            path_parameters={"video_id": "7"},
            stage="dev",
            binary_types=binary_types or [],
        )
    )
    return made


def test_the_event_has_what_a_rest_proxy_gets() -> None:
    made = event(body=b'{"prompt": "\xc3\xbc"}')
    assert made["resource"] == "/api/videos/{video_id}"
    assert made["pathParameters"] == {"video_id": "7"}
    assert made["queryStringParameters"] == {"a": "2", "b": " x"}
    assert made["multiValueQueryStringParameters"] == {"a": ["1", "2"], "b": [" x"]}
    assert made["headers"]["X-Two"] == "2"
    assert made["multiValueHeaders"]["X-Two"] == ["1", "2"]
    assert made["body"] == '{"prompt": "ü"}'
    assert made["isBase64Encoded"] is False
    context = made["requestContext"]
    assert (context["requestId"], context["stage"], context["path"]) == ("id-1", "dev", "/api/videos/7")
    assert context["identity"]["sourceIp"] == "127.0.0.1"


def test_nothing_is_null_and_not_empty() -> None:
    made = event(query="", body=b"")
    assert made["queryStringParameters"] is None
    assert made["body"] is None


def test_a_binary_media_type_comes_in_base64() -> None:
    made = event(["image/*"])
    assert made["isBase64Encoded"] is True
    assert base64.b64decode(made["body"]) == b"\x89PNG"


def test_a_proxy_response_becomes_http() -> None:
    response = {
        "statusCode": 201,
        "headers": {"Location": "/x", "Retry-After": 3},
        "multiValueHeaders": {"Set-Cookie": ["a", "b"]},
        "body": "ü",
    }
    answer = http_answer(json.dumps(response).encode(), [])
    assert answer.status == 201
    assert answer.headers["location"] == "/x"
    assert answer.headers["Retry-After"] == "3"
    assert answer.headers.getall("Set-Cookie") == ["a", "b"]
    assert answer.body == "ü".encode()


def test_base64_is_decoded_only_where_the_api_has_binary_types() -> None:
    response = json.dumps({"statusCode": 200, "body": "iVA=", "isBase64Encoded": True}).encode()
    assert http_answer(response, ["image/*"]).body == b"\x89P"
    assert http_answer(response, []).body == b"iVA="


@pytest.mark.parametrize(
    "payload",
    [
        b"not json",
        b"null",
        b'"text"',
        b'{"body": "x"}',
        b'{"statusCode": "two hundred"}',
        b'{"statusCode": 99}',
        b'{"statusCode": 200, "body": {"a": 1}}',
        b'{"statusCode": 200, "headers": [1]}',
        b'{"statusCode": 200, "headers": {"A": {"b": 1}}}',
        b'{"statusCode": 200, "headers": {"A": "x\\r\\nB: y"}}',
        b'{"statusCode": 200, "extra": 1}',
    ],
)
def test_an_answer_that_api_gateway_does_not_take_is_malformed(payload: bytes) -> None:
    with pytest.raises(MalformedResponse):
        http_answer(payload, [])

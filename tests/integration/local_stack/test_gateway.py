from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from io import BytesIO
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from aiohttp.test_utils import TestClient, TestServer

from infra.local.gateway import Gateway
from infra.local.lambda_api import LambdaApi
from infra.local.lambda_host import LambdaHost
from infra.local.rights import Rights

WithHost: TypeAlias = Callable[[Callable[[LambdaHost], Coroutine[Any, Any, Any]]], Any]

ARN = "arn:aws:lambda:us-east-1:123456789012:function:storyreel-dev-"


def proxy(function: str, **changes: Any) -> dict[str, Any]:
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{ARN}{function}/invocations"
    return {"x-amazon-apigateway-integration": {"type": "aws_proxy", "uri": uri, **changes}}


BODY = {
    "paths": {
        "/api/answer/{number}": {
            "post": proxy("proxied"),
            "options": {
                "x-amazon-apigateway-integration": {
                    "type": "mock",
                    "requestTemplates": {"application/json": '{"statusCode": 204}'},
                    "responses": {
                        "default": {
                            "statusCode": "204",
                            "responseParameters": {
                                "method.response.header.Access-Control-Allow-Origin": "'*'",
                            },
                        }
                    },
                }
            },
        },
        "/api/malformed": {"get": proxy("malformed")},
        "/api/broken": {"get": proxy("act")},
        "/api/slow": {"get": proxy("slow", timeoutInMillis=1)},
    },
    "x-amazon-apigateway-gateway-responses": {
        "DEFAULT_5XX": {
            "responseParameters": {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"},
            "responseTemplates": {"application/json": '{"code":"away","requestId":"$context.requestId"}'},
        },
        "MISSING_AUTHENTICATION_TOKEN": {
            "statusCode": "404",
            "responseTemplates": {"application/json": '{"code":"not_found"}'},
        },
        "REQUEST_TOO_LARGE": {"responseTemplates": {"application/json": '{"code":"payload_too_large"}'}},
    },
}

Asked: TypeAlias = tuple[int, dict[str, Any], dict[str, str]]


@pytest.fixture
def ask(with_host: WithHost) -> Callable[..., Asked]:
    """Ask the gateway: status, JSON and headers of its answer."""

    def asked(method: str, path: str, **given: Any) -> Asked:
        async def work(host: LambdaHost) -> Asked:
            gateway = Gateway(BODY, stage="dev", host=host)
            async with (
                TestClient(TestServer(gateway.application())) as client,
                client.request(method, path, **given) as response,
            ):
                text = await response.text()
                return response.status, json.loads(text) if text else {}, {**response.headers}

        answer: Asked = with_host(work)
        return answer

    return asked


def test_a_request_reaches_its_function_and_the_answer_comes_back(ask: Callable[..., Asked]) -> None:
    status, body, headers = ask("POST", "/api/answer/7?a=1", json={"text": "ü"}, headers={"X-Mine": "yes"})
    assert status == 418
    assert body["pathParameters"] == {"number": "7"}
    assert body["queryStringParameters"] == {"a": "1"}
    assert json.loads(body["body"]) == {"text": "ü"}
    assert body["headers"]["X-Mine"] == "yes"
    assert headers["X-Kind"] == "teapot"


def test_a_preflight_is_answered_without_a_function(ask: Callable[..., Asked]) -> None:
    status, body, headers = ask("OPTIONS", "/api/answer/7")
    assert (status, body) == (204, {})
    assert headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/nothing", 404, "not_found"),
        ("DELETE", "/api/answer/7", 404, "not_found"),
        ("GET", "/api/malformed", 502, "away"),
        ("GET", "/api/broken", 502, "away"),
        ("GET", "/api/slow", 504, "away"),
    ],
)
def test_what_the_gateway_says_by_itself_has_the_templates_form(
    ask: Callable[..., Asked], method: str, path: str, status: int, code: str
) -> None:
    answered, body, _ = ask(method, path)
    assert (answered, body["code"]) == (status, code)


@pytest.mark.parametrize("megabytes", [7, 11])
def test_a_body_over_the_limits_of_lambda_and_gateway_is_refused(
    ask: Callable[..., Asked], megabytes: int
) -> None:
    status, body, _ = ask("POST", "/api/answer/7", data=BytesIO(b"x" * (megabytes << 20)))
    assert (status, body["code"]) == (413, "payload_too_large")


def test_the_invoke_api_tells_an_error_from_a_result(with_host: WithHost) -> None:
    async def work(host: LambdaHost) -> list[tuple[int, str | None, str | None]]:
        async def invoke(function: str, do: str) -> tuple[int, str | None, str | None]:
            path = f"/2015-03-31/functions/{function}/invocations"
            async with client.post(path, json={"do": do}) as response:
                assert "x-amzn-RequestId" in response.headers
                headers = response.headers
                return response.status, headers.get("X-Amz-Function-Error"), headers.get("x-amzn-errortype")

        async with TestClient(TestServer(LambdaApi(host, Rights({})).application())) as client:
            arn = f"{ARN}act".replace(":", "%3A")
            return list(
                await asyncio.gather(invoke(arn, "echo"), invoke(arn, "fail"), invoke("nobody", "echo"))
            )

    assert with_host(work) == [
        (200, None, None),
        (200, "Unhandled", None),
        (404, None, "ResourceNotFoundException"),
    ]


def test_a_function_invokes_asynchronously_what_its_role_allows(with_host: WithHost, tmp_path: Path) -> None:
    allowed = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": f"{ARN}act"}
    rights = Rights({"proxied": [allowed], "slow": []})
    done = tmp_path / "done"

    async def work(host: LambdaHost) -> list[tuple[int, bytes]]:
        async def invoke(caller: str) -> tuple[int, bytes]:
            headers = {
                "Authorization": f"AWS4-HMAC-SHA256 Credential=local-function-{caller}/x, Signature=y",
                "X-Amz-Invocation-Type": "Event",
            }
            path = "/2015-03-31/functions/act/invocations"
            event = {"do": "touch", "path": str(done)}
            async with client.post(path, json=event, headers=headers) as response:
                return response.status, await response.read()

        async with TestClient(TestServer(LambdaApi(host, rights).application())) as client:
            answers = [await invoke("slow"), await invoke("proxied")]
            async with asyncio.timeout(20):
                while not done.exists():  # noqa: ASYNC110 - another process's work
                    await asyncio.sleep(0.02)
            return answers

    (refused, reason), accepted = with_host(work)
    assert (refused, b"not authorized to perform: lambda:InvokeFunction" in reason) == (403, True)
    assert accepted == (202, b"")

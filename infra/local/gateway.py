"""API Gateway: the synthesized API's routes, limits, preflights and error bodies, on 127.0.0.1."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from aiohttp import web
from multidict import CIMultiDict

from infra.local.invocations import Result
from infra.local.lambda_host import LambdaHost, RequestTooLarge
from infra.local.proxy_events import HttpCall, MalformedResponse, http_answer, proxy_event
from infra.local.routes import Match, Routes

MAX_BODY_BYTES = 10 * 1024 * 1024
"""API Gateway's limit."""

MAX_HEAD_BYTES = 10_240
"""API Gateway's limit for request line and headers together."""

_RESPONSE_HEADER = "method.response.header."
_GATEWAY_HEADER = "gatewayresponse.header."


class Gateway:
    """One API, as its OpenAPI body says."""

    def __init__(self, body: Mapping[str, Any], *, stage: str, host: LambdaHost) -> None:
        self._routes = Routes(body)
        self._errors = GatewayErrors(body.get("x-amazon-apigateway-gateway-responses", {}))
        self._binary_types: list[str] = list(body.get("x-amazon-apigateway-binary-media-types", []))
        self._stage = stage
        self._host = host
        self._running: set[asyncio.Task[Result]] = set()

    def application(self) -> web.Application:
        """The application that answers every path."""
        application = web.Application(client_max_size=MAX_BODY_BYTES)
        application.router.add_route("*", r"/{anything:[\s\S]*}", self._answer)
        return application

    async def _answer(self, request: web.Request) -> web.Response:
        request_id = str(uuid.uuid4())
        response = await self._answered(request, request_id)
        response.headers.setdefault("x-amzn-RequestId", request_id)
        return response

    async def _answered(self, request: web.Request, request_id: str) -> web.Response:
        if head_bytes(request) > MAX_HEAD_BYTES:
            return self._errors.response("REQUEST_TOO_LARGE", 413, request_id)
        match = self._routes.match(request.method, request.rel_url.raw_path)
        if match is None:
            return self._errors.response("MISSING_AUTHENTICATION_TOKEN", 403, request_id)
        if match.route.function is None:
            return mock_response(match.route.mock)
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return self._errors.response("REQUEST_TOO_LARGE", 413, request_id)
        call = HttpCall(
            method=request.method,
            path=unquote(request.rel_url.raw_path),
            query=request.rel_url.raw_query_string,
            headers=list(request.headers.items()),
            body=body,
            source_ip=request.remote or "",
            request_id=request_id,
        )
        return await self._integrated(call, match, match.route.function)

    async def _integrated(self, call: HttpCall, match: Match, function: str) -> web.Response:
        event = proxy_event(
            call,
            resource=match.route.resource,
            path_parameters=match.parameters,
            stage=self._stage,
            binary_types=self._binary_types,
        )
        # As on AWS, a function goes on when the gateway has given up on it.
        running = asyncio.create_task(self._host.invoke(function, event))
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        try:
            result = await asyncio.wait_for(asyncio.shield(running), match.route.timeout_seconds)
            if result.failed:
                return self._errors.response("INTEGRATION_FAILURE", 502, call.request_id)
            answer = http_answer(result.payload, self._binary_types)
        except TimeoutError:
            return self._errors.response("INTEGRATION_TIMEOUT", 504, call.request_id)
        except RequestTooLarge:
            return self._errors.response("REQUEST_TOO_LARGE", 413, call.request_id)
        except MalformedResponse:
            return self._errors.response("API_CONFIGURATION_ERROR", 502, call.request_id)
        return web.Response(status=answer.status, headers=answer.headers, body=answer.body)


def head_bytes(request: web.Request) -> int:
    """The size of the request line and the headers, as they came."""
    line = f"{request.method} {request.raw_path} HTTP/1.1\r\n"
    return len(line.encode()) + sum(len(name) + len(value) + 4 for name, value in request.raw_headers)


class GatewayErrors:
    """What the gateway answers by itself, in the form that the template gives it."""

    def __init__(self, declared: Mapping[str, Any]) -> None:
        self._declared = declared

    def response(self, kind: str, status: int, request_id: str) -> web.Response:
        """The answer for a type of error; `status` is API Gateway's own, which the template may change."""
        default = "DEFAULT_4XX" if status < 500 else "DEFAULT_5XX"  # noqa: PLR2004 - HTTP's border
        declared = self._declared.get(kind) or self._declared.get(default) or {}
        template = declared.get("responseTemplates", {}).get(
            "application/json", '{"message":$context.error.messageString}'
        )
        text = template.replace("$context.requestId", request_id).replace(
            "$context.error.messageString", f'"{kind}"'
        )
        return web.Response(
            status=int(declared.get("statusCode", status)),
            headers=_literal_headers(declared.get("responseParameters", {}), _GATEWAY_HEADER),
            text=text,
            content_type="application/json",
        )


def mock_response(integration: Mapping[str, Any]) -> web.Response:
    """What a mock integration answers: here, preflights."""
    asked = re.search(r'"statusCode":\s*(\d+)', integration["requestTemplates"]["application/json"])
    responses = integration["responses"]
    chosen = responses.get(asked[1] if asked else "", responses["default"])
    return web.Response(
        status=int(chosen["statusCode"]),
        headers=_literal_headers(chosen.get("responseParameters", {}), _RESPONSE_HEADER),
    )


def _literal_headers(parameters: Mapping[str, str], prefix: str) -> CIMultiDict[str]:
    """Headers with literal values, `'…'` as API Gateway writes them."""
    return CIMultiDict(
        (name.removeprefix(prefix), value[1:-1])
        for name, value in parameters.items()
        if name.startswith(prefix) and value.startswith("'")
    )

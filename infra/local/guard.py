"""Stands before Step Functions and Secrets Manager, and lets a function do what its role allows.

A function is known by the access key that it signs with. Who comes with the stack's own key may do anything.
(S3's server weighs the functions' policies itself.)
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping

import aiohttp
from aiohttp import web

from infra.local.environment import ACCESS_KEY
from infra.local.policies import allows
from infra.local.rights import Rights, access_key_of, caller_of, denial

MAX_BODY_BYTES = 1024 * 1024
"""Step Functions and Secrets Manager take less."""

_SERVICES = {"AWSStepFunctions": "states", "secretsmanager": "secretsmanager"}
_RESOURCES = ("SecretId", "executionArn", "stateMachineArn")
"""Where a request names the one resource that it is about."""

_PASSED_ON = ("Authorization", "Content-Type", "X-Amz-Target", "X-Amz-Date", "User-Agent")
_TIMEOUT = aiohttp.ClientTimeout(total=60)


class Guard:
    """The application before one AWS endpoint, at `url`."""

    def __init__(self, url: str, rights: Rights) -> None:
        self._url = url
        self._rights = rights.statements
        self._session: aiohttp.ClientSession | None = None

    def application(self) -> web.Application:
        """The application that answers in the endpoint's place."""
        application = web.Application(client_max_size=MAX_BODY_BYTES)
        application.router.add_post("/", self._answer)
        application.on_cleanup.append(self._close)
        return application

    async def _answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        action, resource = _asked(request.headers.get("X-Amz-Target", ""), body)
        key, function = access_key_of(request.headers), caller_of(request.headers)
        if key is None or (key != ACCESS_KEY and function not in self._rights):
            return _refused("UnrecognizedClientException", "The security token is not valid.")
        if function is not None and not allows(self._rights[function], action, resource):
            return _refused("AccessDeniedException", denial(function, action, resource))
        return await self._passed_on(request, body)

    async def _passed_on(self, request: web.Request, body: bytes) -> web.Response:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT)
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        async with self._session.post(self._url, data=body, headers=headers) as answer:
            return web.Response(
                status=answer.status, body=await answer.read(), headers=_answered(answer.headers)
            )

    async def _close(self, _: web.Application) -> None:
        if self._session is not None:
            await self._session.close()


def _asked(target: str, body: bytes) -> tuple[str, str]:
    """The action and the resource of a request, as IAM names them."""
    service, _, operation = target.partition(".")
    try:
        content = json.loads(body or b"{}")
    except ValueError:
        content = {}
    named = content if isinstance(content, dict) else {}
    resource = next((str(named[each]) for each in _RESOURCES if each in named), "*")
    return f"{_SERVICES.get(service, service)}:{operation}", resource


def _refused(kind: str, message: str) -> web.Response:
    return web.Response(
        status=400,
        text=json.dumps({"__type": kind, "message": message}),
        content_type="application/x-amz-json-1.1",
        headers={"x-amzn-RequestId": str(uuid.uuid4()), "x-amzn-errortype": kind},
    )


def _answered(headers: Mapping[str, str]) -> dict[str, str]:
    kept = ("content-type", "x-amzn-requestid", "x-amzn-errortype", "date")
    return {name: value for name, value in headers.items() if name.lower() in kept}

"""Lambda's Invoke API: for the state machine's interpreter, for `aws lambda invoke`, and for functions.

A function may invoke what its role allows. An asynchronous invocation is answered when it is accepted; one
that fails is not tried again, as it would be on AWS: its log says why.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from urllib.parse import unquote

from aiohttp import web

from infra.local.invocations import MAX_REQUEST_BYTES, Result
from infra.local.lambda_host import LambdaHost, NoSuchFunction, RequestTooLarge
from infra.local.policies import allows
from infra.local.rights import Rights, caller_of, denial

_KINDS = {"RequestResponse", "Event"}


class LambdaApi:
    """The application before a host's functions."""

    def __init__(self, host: LambdaHost, rights: Rights) -> None:
        self._host = host
        self._rights = rights
        self._under_way: set[asyncio.Task[Result]] = set()

    def application(self) -> web.Application:
        """The application that answers in Lambda's place."""
        application = web.Application(client_max_size=MAX_REQUEST_BYTES + 1024)
        application.router.add_post("/2015-03-31/functions/{function}/invocations", self._invoke)
        application.router.add_route("*", "/{anything:.*}", _unknown)
        application.on_cleanup.append(self._end)
        return application

    async def _invoke(self, request: web.Request) -> web.Response:
        kind = request.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        if kind not in _KINDS:
            return _error(400, "InvalidParameterValueException", f"No invocations of type {kind} here.")
        function = unquote(request.match_info["function"])
        try:
            refused = _refusal(request, self._rights, self._host.arn_of(function))
            if refused is not None:
                return _error(403, "AccessDeniedException", refused)
            payload = await request.read() or b"{}"
            if kind == "Event":
                return self._accept(function, payload)
            return _answer(await self._host.invoke(function, payload))
        except NoSuchFunction as error:
            return _error(404, "ResourceNotFoundException", str(error))
        except (RequestTooLarge, web.HTTPRequestEntityTooLarge) as error:
            return _error(413, "RequestTooLargeException", str(error))

    def _accept(self, function: str, payload: bytes) -> web.Response:
        task = asyncio.create_task(self._host.invoke(function, payload))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return web.Response(status=202, headers=_identified())

    async def _end(self, _: web.Application) -> None:
        for task in list(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)


async def _unknown(request: web.Request) -> web.Response:
    return _error(404, "UnknownOperationException", f"No {request.method} {request.path} here.")


def _answer(result: Result) -> web.Response:
    headers = {**_identified(), "X-Amz-Executed-Version": "$LATEST"}
    if result.failed:
        headers["X-Amz-Function-Error"] = "Unhandled"
    return web.Response(body=result.payload, content_type="application/json", headers=headers)


def _refusal(request: web.Request, rights: Rights, arn: str) -> str | None:
    """Why a function may not invoke another. Who is no function is the stack itself, or its owner."""
    caller = caller_of(request.headers)
    if caller is None or allows(rights.statements.get(caller, []), "lambda:InvokeFunction", arn):
        return None
    return denial(caller, "lambda:InvokeFunction", arn)


def _identified() -> dict[str, str]:
    return {"x-amzn-RequestId": str(uuid.uuid4())}


def _error(status: int, name: str, message: str) -> web.Response:
    return web.Response(
        status=status,
        text=json.dumps({"Type": "User", "Message": message, "message": message}),
        content_type="application/json",
        headers={**_identified(), "x-amzn-errortype": name},
    )

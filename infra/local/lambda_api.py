"""Lambda's Invoke API, for the state machine's interpreter and for `aws lambda invoke`."""

from __future__ import annotations

import json
import uuid
from urllib.parse import unquote

from aiohttp import web

from infra.local.invocations import MAX_REQUEST_BYTES
from infra.local.lambda_host import LambdaHost, NoSuchFunction, RequestTooLarge


def lambda_api(host: LambdaHost) -> web.Application:
    """The application. Only synchronous invocations."""

    async def invoke(request: web.Request) -> web.Response:
        kind = request.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        if kind != "RequestResponse":
            return _error(400, "InvalidParameterValueException", f"No invocations of type {kind} here.")
        try:
            result = await host.invoke(unquote(request.match_info["function"]), await request.read() or b"{}")
        except NoSuchFunction as error:
            return _error(404, "ResourceNotFoundException", str(error))
        except (RequestTooLarge, web.HTTPRequestEntityTooLarge) as error:
            return _error(413, "RequestTooLargeException", str(error))
        headers = {**_identified(), "X-Amz-Executed-Version": "$LATEST"}
        if result.failed:
            headers["X-Amz-Function-Error"] = "Unhandled"
        return web.Response(body=result.payload, content_type="application/json", headers=headers)

    async def unknown(request: web.Request) -> web.Response:
        return _error(404, "UnknownOperationException", f"No {request.method} {request.path} here.")

    application = web.Application(client_max_size=MAX_REQUEST_BYTES + 1024)
    application.router.add_post("/2015-03-31/functions/{function}/invocations", invoke)
    application.router.add_route("*", "/{anything:.*}", unknown)
    return application


def _identified() -> dict[str, str]:
    return {"x-amzn-RequestId": str(uuid.uuid4())}


def _error(status: int, name: str, message: str) -> web.Response:
    return web.Response(
        status=status,
        text=json.dumps({"Type": "User", "Message": message, "message": message}),
        content_type="application/json",
        headers={**_identified(), "x-amzn-errortype": name},
    )

"""Between HTTP and API Gateway's REST proxy integration: the event, and the response that it asks for."""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from multidict import CIMultiDict

from infra.local.environment import ACCOUNT


class MalformedResponse(ValueError):
    """The function's answer is not what API Gateway takes."""


@dataclass(frozen=True, slots=True)
class HttpCall:
    """One request, as it came in. `path` is decoded, `query` is raw."""

    method: str
    path: str
    query: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    source_ip: str
    request_id: str


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What goes back."""

    status: int
    headers: CIMultiDict[str]
    body: bytes


def proxy_event(
    call: HttpCall,
    *,
    resource: str,
    path_parameters: Mapping[str, str],
    stage: str,
    binary_types: Sequence[str],
) -> bytes:
    """The event of one request, as JSON."""
    query = _grouped(parse_qsl(call.query, keep_blank_values=True))
    # API Gateway says itself by which scheme it was called, whatever the client claims.
    sent = [each for each in call.headers if each[0].lower() != "x-forwarded-proto"]
    headers = _grouped([*sent, ("X-Forwarded-Proto", "http")])
    encoded = is_binary(_last(headers, "content-type") or "", binary_types)
    body = base64.b64encode(call.body).decode() if encoded else call.body.decode("utf-8", errors="replace")
    event = {
        "resource": resource,
        "path": call.path,
        "httpMethod": call.method,
        "headers": {name: each[-1] for name, each in headers.items()},
        "multiValueHeaders": headers,
        "queryStringParameters": {name: each[-1] for name, each in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": dict(path_parameters) or None,
        "stageVariables": None,
        "requestContext": {
            **_context(call, headers),
            "resourcePath": resource,
            "stage": stage,
        },
        "body": body or None,
        "isBase64Encoded": encoded,
    }
    return json.dumps(event).encode()


def _context(call: HttpCall, headers: Mapping[str, list[str]]) -> dict[str, Any]:
    return {
        "accountId": ACCOUNT,
        "apiId": "local",
        "httpMethod": call.method,
        # No stage before it: the laptop's API is at its host's root, as behind a domain of one's own.
        "path": call.path,
        "protocol": "HTTP/1.1",
        "requestId": call.request_id,
        "extendedRequestId": call.request_id,
        "requestTimeEpoch": int(time.time() * 1000),
        "domainName": _last(headers, "host") or "",
        "identity": {"sourceIp": call.source_ip, "userAgent": _last(headers, "user-agent")},
    }


def http_answer(payload: bytes, binary_types: Sequence[str]) -> HttpAnswer:
    """A function's proxy response as HTTP. Raises MalformedResponse for what AWS answers with 502."""
    try:
        response = json.loads(payload)
    except ValueError as error:
        raise MalformedResponse("The function's answer is not JSON.") from error
    if not isinstance(response, dict) or "statusCode" not in response:
        raise MalformedResponse("The function's answer has no statusCode.")
    unknown = response.keys() - {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}
    if unknown:
        raise MalformedResponse(f"The function's answer has {sorted(unknown)}.")
    return HttpAnswer(_status(response["statusCode"]), _headers(response), _body(response, binary_types))


def is_binary(content_type: str, binary_types: Iterable[str]) -> bool:
    """Whether the API treats a media type as binary."""
    kind = content_type.split(";", maxsplit=1)[0].strip().lower()
    return any(
        each in {"*/*", kind} or (each.endswith("/*") and kind.startswith(each[:-1])) for each in binary_types
    )


def _status(value: Any) -> int:
    try:
        status = int(value)
    except (TypeError, ValueError) as error:
        raise MalformedResponse(f"statusCode is {value!r}.") from error
    if not 200 <= status <= 599:  # noqa: PLR2004 - what HTTP knows as final
        raise MalformedResponse(f"statusCode is {status}.")
    return status


def _headers(response: Mapping[str, Any]) -> CIMultiDict[str]:
    headers: CIMultiDict[str] = CIMultiDict()
    single, several = response.get("headers") or {}, response.get("multiValueHeaders") or {}
    if not isinstance(single, dict) or not isinstance(several, dict):
        raise MalformedResponse("The headers are no object.")
    for name, value in single.items():
        headers[name] = _header_value(value)
    for name, values in several.items():
        headers.popall(name, None)
        for value in values:
            headers.add(name, _header_value(value))
    headers.setdefault("Content-Type", "application/json")
    return headers


def _header_value(value: Any) -> str:
    if isinstance(value, (dict, list)) or value is None:
        raise MalformedResponse(f"A header has the value {value!r}.")
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if "\r" in text or "\n" in text:
        raise MalformedResponse("A header has more than one line.")
    return text


def _body(response: Mapping[str, Any], binary_types: Sequence[str]) -> bytes:
    body = response.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise MalformedResponse("The body is no string.")
    # Without a binary media type the gateway hands base64 on as the text that it is.
    if response.get("isBase64Encoded") and binary_types:
        try:
            return base64.b64decode(body, validate=True)
        except binascii.Error as error:
            raise MalformedResponse("The body is not base64.") from error
    return body.encode()


def _last(headers: Mapping[str, list[str]], wanted: str) -> str | None:
    """What a header says at last, its name in any case."""
    return next((each[-1] for name, each in headers.items() if name.lower() == wanted), None)


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped

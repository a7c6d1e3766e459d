"""Between API Gateway's proxy events and our models."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from shared.api_models import ErrorAnswer
from shared.errors import (
    InvalidRequest,
    MalformedRequest,
    PayloadTooLarge,
    ProviderError,
    RangeNotSatisfiable,
    StoryreelError,
    UnsupportedMedia,
)

Body = TypeVar("Body", bound=BaseModel)
Model = TypeVar("Model", bound=BaseModel)

EXPOSED_HEADERS = (
    "Accept-Ranges",
    "Content-Range",
    "ETag",
    "Idempotency-Replayed",
    "Location",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "Retry-After",
)
"""What a script in a browser may read of an answer besides its body."""

MAX_BODY_BYTES = 4_600_000
"""The largest body that can arrive: API Gateway hands bodies on in base64, and Lambda takes 6 MB in all."""

MAX_PROBLEMS = 20
"""How many problems of one request an answer names."""

MAX_NAME_CHARACTERS = 100
"""How much of a field's name an answer repeats: it is the caller's own, and may be as long as a body."""

_PROBLEMS = {
    "missing": "This field is required.",
    "extra_forbidden": "There is no such field.",
    "model_type": "This must be an object.",
}
"""Where pydantic's own words say little to somebody who sends a request."""


@dataclass(frozen=True, slots=True)
class Reply(Generic[Body]):
    """An answer whose status or headers differ from the declared ones."""

    body: Body
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """An answer that is not JSON of a model."""

    content: str
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Content:
    """An answer of bytes, or of none: a picture, a part of a video, "not modified", "look there"."""

    content: bytes
    content_type: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What we use of a proxy event. Header names are lower case."""

    method: str
    headers: Mapping[str, str]
    path_parameters: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    request_id: str
    prefix: str
    """What stands before `/api` in the public address: `/dev` behind API Gateway's own host name."""
    origin: str
    """Scheme and host of the public address, as the gateway itself names them."""
    source_ip: str
    """Where the request comes from, as the gateway itself saw it."""

    @classmethod
    def from_event(cls, event: Mapping[str, Any], max_body_bytes: int) -> HttpRequest:
        """Read a REST proxy event; refuses a body that is too large before it is decoded."""
        context = event["requestContext"]
        path: str = event["path"]
        public_path: str = context.get("path") or path
        return cls(
            method=event["httpMethod"],
            headers=_headers(event),
            path_parameters=event.get("pathParameters") or {},
            query=event.get("queryStringParameters") or {},
            body=_body(event, max_body_bytes),
            request_id=context["requestId"],
            prefix=public_path.removesuffix(path),
            origin=_origin(event),
            source_ip=(context.get("identity") or {}).get("sourceIp") or "",
        )

    def json(self, model: type[Model]) -> Model:
        """The body as a model."""
        content_type = self.headers.get("content-type", "application/json").split(";")[0].strip().lower()
        if content_type != "application/json":
            raise UnsupportedMedia(f"Send JSON (Content-Type: application/json), not {content_type[:100]}.")
        if b"\\u0000" in self.body or b"\0" in self.body:
            raise InvalidRequest("The body has a NUL character, which no text can hold.")
        try:
            content = json.loads(self.body or b"{}")
        except (ValueError, RecursionError) as error:  # no JSON, no UTF-8, or a number of 5,000 digits
            raise MalformedRequest("The body is not valid JSON.") from error
        try:
            return model.model_validate(content, by_alias=True, by_name=False)
        except ValidationError as error:
            raise invalid_request(error) from error

    def validated(self, model: type[Model], values: Mapping[str, str]) -> Model:
        """Path or query parameters as a model."""
        for name, value in values.items():
            if "\0" in value:
                problem = "It has a NUL character, which no text can hold."
                raise InvalidRequest(
                    f"{name[:MAX_NAME_CHARACTERS]}: {problem}",
                    details=[{"field": name[:MAX_NAME_CHARACTERS], "problem": problem}],
                )
        try:
            return model.model_validate(values, by_alias=True, by_name=False)
        except ValidationError as error:
            raise invalid_request(error) from error


def _headers(event: Mapping[str, Any]) -> dict[str, str]:
    return {name.lower(): value for name, value in (event.get("headers") or {}).items()}


def _origin(event: Mapping[str, Any]) -> str:
    # The gateway sets both itself: a client cannot.
    scheme = "http" if _headers(event).get("x-forwarded-proto") == "http" else "https"
    return f"{scheme}://{event['requestContext'].get('domainName', '')}"


def _body(event: Mapping[str, Any], limit: int) -> bytes:
    text: str = event.get("body") or ""
    if len(text) > limit * 4 // 3 + 4:
        raise PayloadTooLarge(f"The body is over the limit of {limit:,} bytes.")
    if event.get("isBase64Encoded"):
        try:
            content = base64.b64decode(text, validate=True)
        except binascii.Error as error:
            raise MalformedRequest("The body is not valid base64.") from error
    else:
        content = text.encode("utf-8", errors="surrogatepass")
    if len(content) > limit:
        raise PayloadTooLarge(f"The body is over the limit of {limit:,} bytes.")
    return content


def invalid_request(error: ValidationError) -> InvalidRequest:
    """Every problem of a request, by field, in one answer. Values are not repeated: they may be secret."""
    problems = [
        {
            "field": ".".join(str(part)[:MAX_NAME_CHARACTERS] for part in each["loc"]) or "body",
            "problem": _PROBLEMS.get(each["type"]) or _sentence(each["msg"].removeprefix("Value error, ")),
        }
        for each in error.errors(include_url=False, include_input=False, include_context=False)[:MAX_PROBLEMS]
    ]
    named = (("" if each["field"] == "body" else f"{each['field']}: ") + each["problem"] for each in problems)
    return InvalidRequest(" ".join(named), details=problems)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def json_response(body: BaseModel, status: int, headers: Mapping[str, str]) -> dict[str, Any]:
    """A model as a proxy response."""
    text = body.model_dump_json(by_alias=True)
    return _response(
        text, status, {"Content-Type": "application/json", "Cache-Control": "no-store", **headers}
    )


def page_response(page: Page, status: int, headers: Mapping[str, str]) -> dict[str, Any]:
    """A page as a proxy response."""
    return _response(page.content, status, {"Content-Type": page.content_type, **headers, **page.headers})


def content_response(answer: Content, headers: Mapping[str, str]) -> dict[str, Any]:
    """Bytes as a proxy response: base64, which the gateway decodes."""
    text = base64.b64encode(answer.content).decode()
    response = _response(
        text, answer.status, {"Content-Type": answer.content_type, **headers, **answer.headers}
    )
    return {**response, "isBase64Encoded": True}


def error_response(error: StoryreelError, request_id: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """An error of ours as a proxy response."""
    answer = ErrorAnswer(
        error=error.message,
        code=error.code,
        retryable=error.retryable,
        request_id=request_id,
        details=None if isinstance(error, ProviderError) else error.details,
    )
    extra = dict(headers)
    if error.retry_after_seconds is not None:
        extra["Retry-After"] = str(max(1, round(error.retry_after_seconds)))
    if isinstance(error, RangeNotSatisfiable):
        extra["Content-Range"] = f"bytes */{error.size_bytes}"
    if error.status == 401:  # noqa: PLR2004 - the one status that needs a header
        extra["WWW-Authenticate"] = 'Bearer realm="storyreel"'
    return json_response(answer, error.status, extra)


def _response(text: str, status: int, headers: Mapping[str, str]) -> dict[str, Any]:
    return {"statusCode": status, "headers": dict(headers), "body": text, "isBase64Encoded": False}

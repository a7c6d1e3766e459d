"""Endpoints: one route, one file, one Lambda.

    @endpoint("GET", "/api/videos/{video_id}", needs={Access.DATABASE, Access.MEDIA_READ})
    def get_video(video_id: UUID, query: Wait, call: Call) -> VideoAnswer: ...

What a function takes says where it comes from: a name in the path is a path parameter, `query` is
a model of the query string, `body` a model of the JSON body, `call` the caller and the request.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from uuid import UUID

from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.accounts.models import Caller, Credential
from shared.errors import InvalidRequest, NotFound, StoryreelError
from shared.lambdas.access import Access, Layer
from shared.lambdas.declaration import Declaration
from shared.lambdas.http import (
    EXPOSED_HEADERS,
    MAX_BODY_BYTES,
    Content,
    HttpRequest,
    Page,
    Reply,
    content_response,
    error_response,
    json_response,
    page_response,
)
from shared.lambdas.idempotency import (
    NEW_REQUEST,
    Idempotency,
    answer_once,
    key_of,
    of_nobody,
    request_hash,
)
from shared.log import bind, logger
from shared.media_sessions.names import SessionBody, is_request_id
from shared.settings import HttpSettings, settings

DEFAULT_MAX_BODY_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """Who calls, and how long there is to answer. `caller` is there unless the endpoint is anonymous."""

    caller: Caller | None
    request: HttpRequest
    deadline: float
    """By `time.monotonic()`: when the answer must be on its way."""

    idempotency: Idempotency = NEW_REQUEST
    """What keeps the request from having its effect twice, where it may be sent again."""

    @property
    def signed_in(self) -> Caller:
        """The caller of an endpoint that is not anonymous."""
        if self.caller is None:
            raise RuntimeError("Nobody signs in to an anonymous endpoint.")
        return self.caller

    @property
    def user_id(self) -> UUID:
        """Whose rows the call is about."""
        return self.signed_in.user_id

    def session(self, body: SessionBody) -> str | None:
        """The session that the body names, or else the header X-Request-ID; None for a new one.

        The header counts only for a key with the scope: proxies send it by themselves, with any content.
        Raises InvalidRequest for what is no name.
        """
        if body.request_id is not None:
            return body.request_id
        given = self.request.headers.get("x-request-id", "").strip()
        if not given or self.caller is None or not self.caller.may_override:
            return None
        if not is_request_id(given):
            raise InvalidRequest(
                "X-Request-ID names no session: 1 to 64 letters, digits, hyphens or underscores."
            )
        return given

    def url(self, path: str) -> str:
        """The public address of a path of this API, without its host."""
        return self.request.prefix + path

    def address(self, path: str) -> str:
        """The same with its host: for whom the answer is shown to, whose page is of another origin."""
        return self.request.origin + self.url(path)


class Endpoint(Declaration):
    """An endpoint: it authenticates, validates, calls the code and renders what that returns."""

    decorator = "@endpoint("

    def __init__(
        self,
        code: Callable[..., Any],
        *,
        method: str,
        path: str,
        status: int,
        anonymous: bool,
        scopes: tuple[str, ...],
        max_body_bytes: int,
        signed_links: bool,
        **declared: Any,
    ) -> None:
        super().__init__(code, **declared)
        if max_body_bytes > MAX_BODY_BYTES:
            raise ValueError(f"{self.name}: Lambda takes no body of {max_body_bytes} bytes.")
        self.method = method
        self.path = path
        self.status = status
        self.anonymous = anonymous
        self._scopes = scopes
        self.max_body_bytes = max_body_bytes
        self.signed_links = signed_links

    @property
    def scopes(self) -> tuple[str, ...]:
        """The areas whose keys open it."""
        return self._scopes or (self.area,)

    @property
    def path_names(self) -> list[str]:
        """The names in the path's braces, in order."""
        return re.findall(r"{(\w+)\+?}", self.path)

    @property
    def methods(self) -> tuple[str, ...]:
        """All that it answers: whoever has bytes to get can ask for their headers alone."""
        return (self.method, "HEAD") if self.returns is Content else (self.method,)

    def operation_id(self, method: str) -> str:
        """What documents call it by one of its methods: its name, by its own."""
        return self.name if method == self.method else f"{self.name}_{method.lower()}"

    @property
    def takes_idempotency_key(self) -> bool:
        """Whether a request may be sent again with the same key."""
        return self.method == "POST"

    @property
    def takes_session_header(self) -> bool:
        """Whether X-Request-ID can name the session: see `Call.session`."""
        return issubclass(self.parameters.get("body", object), SessionBody)

    @cached_property
    def _path_types(self) -> dict[str, TypeAdapter[Any]]:
        return {name: TypeAdapter(self.parameters[name]) for name in self.path_names}

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer one request. Every error becomes the product's own error body."""
        request_id = event["requestContext"]["requestId"]
        bind(context, self.name, request_id=request_id)
        headers = cors_headers(event)
        try:
            return self._answer(event, context, headers)
        except StoryreelError as error:
            log = logger().info if error.status < 500 else logger().error  # noqa: PLR2004 - server's fault
            log("request refused", extra={"code": error.code, "status": error.status})
            return error_response(error, request_id, headers)
        except Exception:  # noqa: BLE001 - the last stop: a caller never sees a stack trace
            logger().exception("request broke")
            broken = StoryreelError("Something broke on our side. Quote the requestId when you report it.")
            return error_response(broken, request_id, headers)

    def _answer(self, event: dict[str, Any], context: Any, headers: dict[str, str]) -> dict[str, Any]:
        """`headers` get what every answer to this caller carries, an error's too."""
        request = HttpRequest.from_event(event, self.max_body_bytes)
        deadline = time.monotonic() + context.get_remaining_time_in_millis() / 1000
        call = Call(self._caller(request, headers), request, deadline)
        arguments = self._arguments(request, call)
        key = key_of(request.headers) if self.takes_idempotency_key else None
        if key is None:
            response = self._run(arguments)
        elif self.anonymous:
            response = self._run(_with(arguments, of_nobody(key, self.method, self.path, request)))
        else:
            response = answer_once(
                call.user_id,
                key,
                request_hash(self.method, self.path, request, _session(arguments)),
                request_id=request.request_id,
                seconds=call.deadline - time.monotonic(),
                run=lambda idempotency: self._run(_with(arguments, idempotency)),
            )
        return {**response, "headers": {**headers, **response["headers"]}}

    def _run(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        result = self.code(**arguments)
        if isinstance(result, Page):
            return page_response(result, self.status, {})
        if isinstance(result, Content):
            return content_response(result, {})
        reply = result if isinstance(result, Reply) else Reply(result)
        return json_response(reply.body, reply.status or self.status, reply.headers)

    def _caller(self, request: HttpRequest, headers: dict[str, str]) -> Caller | None:
        if self.anonymous:
            return None
        if self.signed_links and "signature" in request.query:
            from shared.library.links import signer  # noqa: PLC0415 - boto3, for those who need it

            return Caller(signer(request.path_parameters["key"], request.query), Credential.SIGNED_LINK)
        # Only an endpoint that signs callers in pays for the database driver's import.
        from shared.accounts.admission import admit  # noqa: PLC0415

        admission = admit(request, operation=self.name, scopes=self.scopes)
        if admission.allowance is not None:
            headers |= admission.allowance.headers()
        caller = admission.granted()
        logger().append_keys(user_id=str(caller.user_id), key_id=str(caller.key_id))
        return caller

    def _arguments(self, request: HttpRequest, call: Call) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        for name, kind in self.parameters.items():
            if name in self.path_names:
                arguments[name] = self._path_value(name, request)
            elif name == "body":
                arguments[name] = _in_session(request.json(kind), call)
            elif name == "query":
                arguments[name] = request.validated(kind, request.query)
            else:
                arguments[name] = call
        return arguments

    def _path_value(self, name: str, request: HttpRequest) -> Any:
        value = request.path_parameters[name]
        # An id of the wrong form is an id that does not exist: the answer must not tell them apart.
        nothing_there = NotFound("There is nothing at this address.")
        if "\0" in value:
            raise nothing_there
        try:
            return self._path_types[name].validate_python(value)
        except ValidationError as error:
            raise nothing_there from error


def _in_session(body: BaseModel, call: Call) -> BaseModel:
    """The body, with the session that the request names in whatever way, if it can name one."""
    if not isinstance(body, SessionBody):
        return body
    return body.model_copy(update={"request_id": call.session(body)})


def _session(arguments: Mapping[str, Any]) -> str | None:
    """The session that a request names."""
    body = arguments.get("body")
    return body.request_id if isinstance(body, SessionBody) else None


def _with(arguments: Mapping[str, Any], idempotency: Idempotency) -> dict[str, Any]:
    """The same arguments, for a call whose request has a key."""
    return {
        name: replace(each, idempotency=idempotency) if isinstance(each, Call) else each
        for name, each in arguments.items()
    }


def cors_headers(event: Mapping[str, Any]) -> dict[str, str]:
    """What lets a browser on one of the allowed origins read the answer. We use no cookies."""
    allowed = settings(HttpSettings).allowed_origins
    exposed = {"Access-Control-Expose-Headers": ",".join(EXPOSED_HEADERS)}
    if "*" in allowed:
        return {"Access-Control-Allow-Origin": "*", **exposed}
    headers = event.get("headers") or {}
    origin = next((value for name, value in headers.items() if name.lower() == "origin"), None)
    if origin is not None and origin in allowed:
        return {"Access-Control-Allow-Origin": origin, "Vary": "Origin", **exposed}
    return {"Vary": "Origin"}


def endpoint(
    method: str,
    path: str,
    *,
    needs: set[Access] | None = None,
    status: int = 200,
    anonymous: bool = False,
    scopes: tuple[str, ...] = (),
    max_body_bytes: int = DEFAULT_MAX_BODY_BYTES,
    signed_links: bool = False,
    memory_mb: int = 512,
    timeout_seconds: int = 29,
    layers: set[Layer] | None = None,
) -> Callable[[Callable[..., BaseModel | Reply[Any] | Page | Content]], Endpoint]:
    """Declare the function below to be an endpoint. Sign-in is required unless it is `anonymous`.

    `scopes` are the areas whose keys open it, beside keys for everything and for this operation: its own
    area, where nothing is said.
    With `signed_links` an address that `shared.library.links` signed for the path's `key` will do, too.
    `timeout_seconds` is at most 29, API Gateway's own limit.
    """

    def declare(code: Callable[..., BaseModel | Reply[Any] | Page | Content]) -> Endpoint:
        return Endpoint(
            code,
            method=method,
            path=path,
            status=status,
            anonymous=anonymous,
            scopes=scopes,
            max_body_bytes=max_body_bytes,
            signed_links=signed_links,
            needs=(needs or set()) if anonymous else {Access.DATABASE, Access.SIGNING, *(needs or set())},
            memory_mb=memory_mb,
            timeout_seconds=timeout_seconds,
            layers={Layer.CRYPTO, *(layers or set())},
        )

    return declare

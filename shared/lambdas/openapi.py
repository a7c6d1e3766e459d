"""The OpenAPI 3.1 document, generated from the declarations."""

from __future__ import annotations

import typing
from collections.abc import Iterable
from types import UnionType
from typing import Any, Union

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from shared.accounts.models import ADMIN
from shared.api_models import ErrorAnswer
from shared.lambdas.access import Access
from shared.lambdas.endpoint import Endpoint
from shared.lambdas.http import Content, Page, Reply
from shared.lambdas.idempotency import HEADER, KEY_PATTERN, MAX_KEY_LENGTH
from shared.media_sessions.names import REQUEST_ID_PATTERN

REF = "#/components/schemas/{model}"

ERRORS = {
    400: "The request is not JSON, or not of the declared shape.",
    401: "No API key, or one that is not valid.",
    402: "A cap on spending leaves too little for the first call: nothing was begun, raise it.",
    403: "A key whose scopes do not have this, or a link that is changed or has expired.",
    404: "There is no such thing.",
    409: "It is not in a state in which this can be done.",
    413: "The body, or the address with the headers, is too large.",
    415: "The body is not JSON, or not of a kind that is taken.",
    416: "The range begins behind the end.",
    422: "The right shape with a value that can't be.",
    429: "The key's requests are used up for now: `Retry-After` says for how many seconds.",
    500: "Something broke on our side.",
    502: "A provider's answer made no sense.",
    503: "A service is away for the moment.",
}
"""What each error status means; every error has the same body."""


ABOUT = """A prompt becomes a finished, narrated video: `POST /api/videos` begins one, and
`GET /api/videos/{video_id}` says how it stands, and where it can be seen once it is there.

Errors all have one form: `error` is a sentence for people, `code` is stable, and `retryable` says whether the
same request may succeed later."""
"""What stands at the top of the documentation."""

TAGS = {
    "videos": "Make a video, follow it, cancel or delete it, render what has changed, see every paid call.",
    "scenes": "Change, add, remove and reorder a video's scenes; other takes of a piece, or one of your own.",
    "uploads": "Bring pictures and videos of your own: small ones at once, large ones in parts.",
    "generation": "A story, a frame, a clip or a cut, asked for alone; and how a job is.",
    "public": "What a customer's own server asks for: from a prompt to frames, or to a whole video.",
    "sessions": "The media library: everything that was made under one requestId.",
    "library": "Pictures and videos that were made or uploaded: how to show, play and fetch them.",
    "auth": "Register, sign in with an address and a password, and stay signed in.",
    "webhooks": "Be told when a video comes to an end: where, and what came of it.",
    "account": "What may be spent in a month, and how long your sessions are kept.",
    "admin": "API keys of every user, for keys with the scope `admin`.",
    "system": "What can be chosen; whether the API is up; this documentation.",
}
"""The groups of the documentation, in its order."""

SIGN_IN: list[dict[str, list[str]]] = [{"apiKey": []}, {"apiKeyHeader": []}]
"""The ways to sign in."""

_LINK_PARAMETERS = [
    {
        "name": name,
        "in": "query",
        "required": False,
        "description": f"Of a signed address: {meaning}",
        "schema": {"type": "string"},
    }
    for name, meaning in (("expires", "when it ends, as Unix time"), ("signature", "that we gave it"))
]
_IDEMPOTENCY_KEY = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "Whatever you choose, as a random UUID: sent again with it, a request has one effect.",
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY_LENGTH, "pattern": KEY_PATTERN},
}

_METHODS = ("POST", "GET", "PUT", "PATCH", "DELETE")


_BYTES = {
    kind: {"schema": {"type": "string", "format": "binary"}}
    for kind in ("image/jpeg", "image/png", "image/webp", "video/mp4", "video/quicktime")
}
_CONTENT_ANSWERS: dict[str, Any] = {
    "200": {"description": "All of it.", "content": _BYTES},
    "206": {"description": "The range that was asked for, or its beginning.", "content": _BYTES},
    "304": {"description": "What the client has is still the same."},
    "307": {"description": "Too large for one answer: `Location` is where all of it is."},
}


_OF_RANGES = frozenset({"206", "416"})
"""What only a request for a part is answered with."""


def _header(description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "integer", "minimum": 0}}


_HEADERS = {
    "RateLimit-Limit": _header("Requests in any minute, or in any hour: of which fewer are left"),
    "RateLimit-Remaining": _header("How many of them are left"),
    "RateLimit-Reset": _header("Seconds until more of them are left again"),
    "Retry-After": _header("Seconds after which another try makes sense"),
}
_ALLOWANCE = {name: {"$ref": f"#/components/headers/{name}"} for name in _HEADERS if name != "Retry-After"}
"""What every answer to a caller who is known carries."""

_ACT_AS = {
    "name": "X-User-ID",
    "in": "header",
    "required": False,
    "description": "The user in whose name you call: for keys with the scope `act_as`",
    "schema": {"type": "string"},
}

_SESSION = {
    "name": "X-Request-ID",
    "in": "header",
    "required": False,
    "description": "The session of a body that names no `requestId`: for keys with the scope `act_as`; from"
    " anybody else it is passed over, as proxies send it by themselves. It is a part of the request: sent"
    f" again with its `{HEADER}`, that has the same one",
    "schema": {"type": "string", "pattern": f"^{REQUEST_ID_PATTERN}$"},
}


def openapi(
    endpoints: Iterable[Endpoint], *, server: str = "", event: type[BaseModel] | None = None
) -> dict[str, Any]:
    """The document. `server` stands before `/api` in the public address; `event` is sent to webhooks."""
    declared = sorted(endpoints, key=_place)
    schemas = _schemas(declared, [] if event is None else [event])
    paths: dict[str, dict[str, Any]] = {}
    for each in declared:
        # OpenAPI knows no `{key+}`: there, a parameter that takes slashes looks like any other.
        at_path = paths.setdefault(each.path.replace("+}", "}"), {})
        at_path[each.method.lower()] = _operation(each)
        if "HEAD" in each.methods:
            at_path["head"] = _head(each)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Storyreel",
            "version": "1",
            "description": f"{ABOUT}\n\n{_on_sending_again(declared)}",
        },
        "servers": [{"url": server or "/"}],
        "security": SIGN_IN,
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        **({} if event is None else {"webhooks": {"event": {"post": _delivery(event)}}}),
        "components": {
            "schemas": schemas,
            "headers": _HEADERS,
            "responses": {f"Error{status}": _error(text) for status, text in ERRORS.items()},
            "securitySchemes": {
                "apiKey": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key (sk_live_…, sk_sealed_…) or an access token (/api/auth/login)",
                },
                "apiKeyHeader": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-API-Key",
                    "description": "An API key, for clients that cannot send it as `Authorization`",
                },
            },
        },
    }


def _on_sending_again(endpoints: Iterable[Endpoint]) -> str:
    """What a request gets that is sent again with the same key."""
    text = (
        f"Every POST takes the header `{HEADER}`: sent again with the same key within a day, a request gets"
        " the first answer, and has its effect once. The same key with another body is refused (422)."
    )
    names = [f"`{each.name}`" for each in endpoints if each.anonymous and _gives_refresh_tokens(each)]
    if names:
        text += (
            f" Nobody is signed in at {', '.join(names)}, so there a key belongs to its body: with the same"
            " body it gets the same refresh token as long as that is not spent, and for a day at the most"
            " (in UTC; an exchange for 24 hours). With another body it is another request. Nothing is kept"
            " for it."
        )
    return text


def _gives_refresh_tokens(endpoint: Endpoint) -> bool:
    return any("refresh_token" in model.model_fields for model in _answer_models(endpoint))


def _delivery(event: type[BaseModel]) -> dict[str, Any]:
    """What a webhook is sent: its own address is where it wants to be."""
    headers = {
        "Storyreel-Signature": "t=<seconds since 1970>,v1=<HMAC-SHA256 of `<t>.<body>`>: see create_webhook",
        "Storyreel-Delivery": "The delivery's id, the same in every attempt",
        "Storyreel-Event": "The event's type",
    }
    return {
        "operationId": "receive_event",
        "summary": "An event, as it is sent to your webhook.",
        "tags": ["webhooks"],
        "security": [],
        "parameters": [
            {
                "name": name,
                "in": "header",
                "required": True,
                "description": text,
                "schema": {"type": "string"},
            }
            for name, text in headers.items()
        ],
        "requestBody": {"required": True, "content": _json(event)},
        "responses": {"2XX": {"description": "You have it. Anything else is sent again."}},
    }


def _tag(endpoint: Endpoint) -> str:
    """The group: the endpoint's area, of which a video's scenes are a group of their own."""
    return "scenes" if "/scenes" in endpoint.path else endpoint.area


def _place(endpoint: Endpoint) -> tuple[int, int, str, int]:
    """Where it stands in the document: by group, then what is shallow first, then by path and method."""
    groups = list(TAGS)
    tag = _tag(endpoint)
    return (
        groups.index(tag) if tag in groups else len(groups),
        endpoint.path.count("/"),
        endpoint.path,
        _METHODS.index(endpoint.method),
    )


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": endpoint.summary.replace("`", ""),  # plain text, unlike the description
        "tags": [_tag(endpoint)],
        "parameters": [
            *_path_parameters(endpoint),
            *_query_parameters(endpoint),
            *([_IDEMPOTENCY_KEY] if endpoint.takes_idempotency_key else []),
        ],
        "responses": _responses(endpoint),
    }
    description = [each for each in (endpoint.description, _opened_by(endpoint)) if each]
    if description:
        operation["description"] = "\n\n".join(description)
    if "body" in endpoint.parameters:
        model = endpoint.parameters["body"]
        operation["requestBody"] = {"required": True, "content": _json(model)}
    if endpoint.anonymous:
        operation["security"] = []
    else:
        operation["parameters"].append(_ACT_AS)
        if endpoint.takes_session_header:
            operation["parameters"].append(_SESSION)
    if endpoint.signed_links:
        operation["security"] = [*SIGN_IN, {}]
        operation["parameters"] += _LINK_PARAMETERS
    return operation


def _head(endpoint: Endpoint) -> dict[str, Any]:
    """The same question, whose answer has no body. A range is one of a body: it is passed over."""
    operation = _operation(endpoint)
    errors = {str(status): _error(ERRORS[status]) for status in _error_statuses(endpoint)}
    answers = {**operation["responses"], **errors}
    return {
        **operation,
        "operationId": endpoint.operation_id("HEAD"),
        "summary": "The headers of it alone.",
        "responses": {
            status: {name: part for name, part in answer.items() if name != "content"}
            for status, answer in answers.items()
            if status not in _OF_RANGES
        },
    }


def _opened_by(endpoint: Endpoint) -> str:
    """Which of a key's scopes open it; nothing where nobody signs in."""
    if endpoint.anonymous:
        return ""
    # The administration's operations are no scopes of their own.
    names = [*endpoint.scopes, *([] if ADMIN in endpoint.scopes else [endpoint.name])]
    return "Scopes that open it: " + ", ".join(f"`{name}`" for name in names) + "."


def _path_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": TypeAdapter(endpoint.parameters[name]).json_schema(),
        }
        for name in endpoint.path_names
    ]


def _query_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    model: type[BaseModel] | None = endpoint.parameters.get("query")
    if model is None:
        return []
    schema = model.model_json_schema(by_alias=True)
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": described.pop("description", ""),
            "schema": described,
        }
        for name, described in schema["properties"].items()
    ]


def _responses(endpoint: Endpoint) -> dict[str, Any]:
    if endpoint.returns is Content:
        content_answers = {
            status: {**each, "headers": _ALLOWANCE} for status, each in _CONTENT_ANSWERS.items()
        }
        return {**content_answers, **_error_answers(endpoint)}
    models = _answer_models(endpoint)
    if not models:
        content: dict[str, Any] = {"text/html": {"schema": {"type": "string"}}}
    else:
        content = _json(*models)
    # What is accepted may be done at once, too: 200 beside 202. Any other status is the only one.
    statuses = [200, 202] if endpoint.status == 202 else [endpoint.status]  # noqa: PLR2004
    answers: dict[str, Any] = {
        str(status): {"description": _meaning(status), "content": content} for status in statuses
    }
    if Content in typing.get_args(endpoint.returns):
        answers["304"] = {"description": _CONTENT_ANSWERS["304"]["description"]}
    if not endpoint.anonymous:
        answers = {status: {**answer, "headers": _ALLOWANCE} for status, answer in answers.items()}
    return {**answers, **_error_answers(endpoint)}


def _error_answers(endpoint: Endpoint) -> dict[str, Any]:
    return {
        str(status): {"$ref": f"#/components/responses/Error{status}"} for status in _error_statuses(endpoint)
    }


def _error_statuses(endpoint: Endpoint) -> list[int]:
    """What an endpoint can answer follows from what it takes."""
    reads = {"query", "body"} & endpoint.parameters.keys()
    rules = (
        (True, {413, 429, 500, 503}),
        (Access.SIGNING in endpoint.needs, {401, 403}),
        (not endpoint.anonymous, {404}),  # of a user in whose name one wants to call
        (endpoint.path_names, {404}),
        (endpoint.returns is Content, {416}),
        # What was begun may turn out not to be possible.
        (endpoint.status == 202, {402, 403, 404, 409, 422, 502}),  # noqa: PLR2004 - accepted
        (reads or endpoint.takes_idempotency_key, {400, 422}),
        (endpoint.method != "GET", {409}),
        ("body" in endpoint.parameters, {415, 502}),
        ({Access.START_WORKFLOW, Access.PROVIDERS} <= endpoint.needs, {402}),
    )
    return sorted({status for applies, statuses in rules if applies for status in statuses})


def _meaning(status: int) -> str:
    return "Accepted: the work goes on. `Location` says where to ask." if status == 202 else "Done."  # noqa: PLR2004


def _answer_models(endpoint: Endpoint) -> list[type[BaseModel]]:
    """What the endpoint may answer with; nothing for a page or for bytes."""
    returns = endpoint.returns
    choices = typing.get_args(returns) if typing.get_origin(returns) in {Union, UnionType} else (returns,)
    models = [typing.get_args(each)[0] if typing.get_origin(each) is Reply else each for each in choices]
    return [each for each in models if each not in {Page, Content}]


def _json(*models: type[BaseModel]) -> dict[str, Any]:
    references = [{"$ref": REF.format(model=model.__name__)} for model in models]
    return {"application/json": {"schema": references[0] if len(models) == 1 else {"oneOf": references}}}


def _error(text: str) -> dict[str, Any]:
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in _HEADERS}
    return {"description": text, "content": _json(ErrorAnswer), "headers": headers}


def _schemas(endpoints: list[Endpoint], others: list[type[BaseModel]]) -> dict[str, Any]:
    modes: dict[type[BaseModel], JsonSchemaMode] = dict.fromkeys([ErrorAnswer, *others], "serialization")
    for each in endpoints:
        modes |= dict.fromkeys(_answer_models(each), "serialization")
        if "body" in each.parameters:
            modes[each.parameters["body"]] = "validation"
    _refuse_same_names(modes)
    _, definitions = models_json_schema(
        list(modes.items()), by_alias=True, ref_template=REF, schema_generator=GenerateJsonSchema
    )
    return dict(sorted(definitions["$defs"].items()))


def _refuse_same_names(models: Iterable[type[BaseModel]]) -> None:
    """Two models of one name would overwrite each other in the document without a word."""
    names = [model.__name__ for model in models]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"Models of the API share a name: {', '.join(sorted(twice))}.")

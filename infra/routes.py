"""The OpenAPI body that API Gateway imports: declared routes, preflights, and its own errors in our form.

No schemas: the functions validate, and API Gateway need not know them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.api_models import ErrorAnswer
from shared.errors import (
    Forbidden,
    MalformedRequest,
    NotFound,
    PayloadTooLarge,
    RequestError,
    ServiceUnavailable,
    StoryreelError,
    TooManyRequests,
    Unauthenticated,
    UnsupportedMedia,
)
from shared.lambdas.endpoint import Endpoint
from shared.lambdas.http import EXPOSED_HEADERS

ALLOWED_HEADERS = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-None-Match",
    "If-Range",
    "Range",
    "X-API-Key",
    "X-Request-ID",
    "X-User-ID",
)
PREFLIGHT_SECONDS = 3600
_INTEGRATION_MS = 29_000

_NOTHING_THERE = "There is nothing at this address: GET …/api/docs shows what there is."

# What API Gateway answers by itself: type -> (status, class of ours or None for DEFAULT, sentence).
_GATEWAY_ERRORS: dict[str, tuple[int | None, type[StoryreelError], str]] = {
    "DEFAULT_4XX": (None, RequestError, "The request cannot be answered as it is."),
    "DEFAULT_5XX": (None, ServiceUnavailable, "The API did not answer. Try again in a moment."),
    "ACCESS_DENIED": (403, Forbidden, "This is not allowed."),
    "BAD_REQUEST_BODY": (400, MalformedRequest, "The body is not what this address takes."),
    "BAD_REQUEST_PARAMETERS": (400, MalformedRequest, "The parameters are not what this address takes."),
    # API Gateway's name for a route that does not exist.
    # And where the request has an Authorization header: it takes that for a signature of AWS's.
    "INVALID_SIGNATURE": (404, NotFound, _NOTHING_THERE),
    "MISSING_AUTHENTICATION_TOKEN": (404, NotFound, _NOTHING_THERE),
    "REQUEST_TOO_LARGE": (
        413,
        PayloadTooLarge,
        "The request is over the gateway's limits: 10 MB of body, 10 KB of address and headers.",
    ),
    "RESOURCE_NOT_FOUND": (404, NotFound, _NOTHING_THERE),
    "THROTTLED": (429, TooManyRequests, "Too many requests at once. Try again in a moment."),
    "UNAUTHORIZED": (401, Unauthenticated, "Sign in."),
    "UNSUPPORTED_MEDIA_TYPE": (415, UnsupportedMedia, "Send JSON (Content-Type: application/json)."),
    "WAF_FILTERED": (403, Forbidden, "This is not allowed."),
}


@dataclass(frozen=True, slots=True)
class Integration:
    """How API Gateway invokes an endpoint."""

    uri: str
    credentials: str
    """The ARN of the role that may."""


def api_body(
    *,
    title: str,
    endpoints: Sequence[Endpoint],
    integrations: Mapping[str, Integration],
    allowed_origins: Sequence[str],
) -> dict[str, Any]:
    """The whole API. `integrations` go by endpoint name."""
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for each in endpoints:
        for method in each.methods:
            if method.lower() in paths[each.path]:
                raise ValueError(f"{method} {each.path} is declared twice.")
            paths[each.path][method.lower()] = _operation(each, method, integrations[each.name])
    for methods in paths.values():
        parameters = next(iter(methods.values())).get("parameters")
        methods["options"] = _preflight(sorted(methods), allowed_origins, parameters)
    return {
        "openapi": "3.0.1",
        "info": {"title": title, "version": "1"},
        "paths": dict(paths),
        # Pictures and videos leave as bytes. Gateway looks at the first type in Accept, which no browser
        # lets a page choose, so only this covers them all. Request bodies arrive in base64, too.
        "x-amazon-apigateway-binary-media-types": ["*/*"],
        "x-amazon-apigateway-gateway-responses": {
            kind: _gateway_response(status, error, sentence)
            for kind, (status, error, sentence) in _GATEWAY_ERRORS.items()
        },
    }


def _operation(endpoint: Endpoint, method: str, integration: Integration) -> dict[str, Any]:
    return {
        "operationId": endpoint.operation_id(method),
        **_parameters(endpoint),
        "responses": {"default": {"description": "As the API's own document says"}},
        "x-amazon-apigateway-integration": {
            "type": "aws_proxy",
            "httpMethod": "POST",
            "uri": integration.uri,
            "credentials": integration.credentials,
            "passthroughBehavior": "when_no_match",
            "timeoutInMillis": _INTEGRATION_MS,
        },
    }


def _parameters(endpoint: Endpoint) -> dict[str, Any]:
    names = endpoint.path_names
    if not names:
        return {}
    return {
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
        ]
    }


def _preflight(methods: Sequence[str], origins: Sequence[str], parameters: Any) -> dict[str, Any]:
    headers = {
        "Access-Control-Allow-Origin": "*" if "*" in origins else origins[0],
        "Access-Control-Allow-Methods": ",".join(each.upper() for each in [*methods, "options"]),
        "Access-Control-Allow-Headers": ",".join(ALLOWED_HEADERS),
        "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
        **({} if "*" in origins else {"Vary": "Origin"}),
    }
    return {
        **({"parameters": parameters} if parameters else {}),
        "responses": {
            "204": {
                "description": "What a browser may send",
                "headers": {name: {"schema": {"type": "string"}} for name in headers},
            }
        },
        "x-amazon-apigateway-integration": {
            "type": "mock",
            # Without it a mock answers 500 where everything is binary: its template needs text.
            "contentHandling": "CONVERT_TO_TEXT",
            "passthroughBehavior": "when_no_match",
            "requestTemplates": {"application/json": '{"statusCode": 204}'},
            "responses": {
                "default": {
                    "statusCode": "204",
                    "responseParameters": {
                        f"method.response.header.{name}": f"'{value}'" for name, value in headers.items()
                    },
                    "responseTemplates": {"application/json": _echo_allowed_origin(origins)},
                }
            },
        },
    }


def _echo_allowed_origin(origins: Sequence[str]) -> str:
    """A template that answers with the asking origin when it is one of several allowed ones."""
    if len(origins) == 1 or "*" in origins:
        return ""
    test = " || ".join(f'$origin == "{each}"' for each in origins)
    return (
        '#set($origin = $input.params().header.get("Origin"))\n'
        '#if($origin == "")#set($origin = $input.params().header.get("origin"))#end\n'
        f"#if({test})\n"
        "#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)\n"
        "#end"
    )


def _gateway_response(status: int | None, error: type[StoryreelError], sentence: str) -> dict[str, Any]:
    answer = ErrorAnswer(
        error=sentence, code=error.code, retryable=error.retryable, request_id="$context.requestId"
    )
    headers = {
        # These sentences are the same for everybody: any page may read them.
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": ",".join(EXPOSED_HEADERS),
        "Cache-Control": "no-store",
        **({"Retry-After": "1"} if error is TooManyRequests else {}),
    }
    return {
        **({} if status is None else {"statusCode": str(status)}),
        "responseParameters": {
            f"gatewayresponse.header.{name}": f"'{value}'" for name, value in headers.items()
        },
        "responseTemplates": {"application/json": answer.model_dump_json(by_alias=True)},
    }

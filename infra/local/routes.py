"""The routes of an API Gateway body: which integration answers a method and a path."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

_INTEGRATION = "x-amazon-apigateway-integration"
_FUNCTION = re.compile(r":lambda:path/2015-03-31/functions/(?P<arn>[^/]+)/invocations$")


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one resource. `function` is a Lambda's ARN; without one, `mock` answers."""

    resource: str
    function: str | None
    mock: Mapping[str, Any]
    timeout_seconds: float


@dataclass(frozen=True, slots=True)
class Match:
    """A route with the path's parameters."""

    route: Route
    parameters: dict[str, str]


class Routes:
    """Every route of a body, its intrinsic functions resolved."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._routes: dict[tuple[str, str], Route] = {}
        for resource, methods in body["paths"].items():
            for method, operation in methods.items():
                if _INTEGRATION in operation:
                    self._routes[method.upper(), resource] = _route(resource, operation[_INTEGRATION])
        # Literal segments win over parameters, and those over {proxy+}, from the left to the right.
        resources = sorted({resource for _, resource in self._routes}, key=_precedence)
        self._patterns = [(resource, _pattern(resource)) for resource in resources]

    def match(self, method: str, path: str) -> Match | None:
        """Who answers a path, as it stands in the request line; None when nobody does."""
        for resource, pattern in self._patterns:
            found = pattern.fullmatch(path)
            if found is None:
                continue
            route = self._routes.get((method, resource)) or self._routes.get(
                ("X-AMAZON-APIGATEWAY-ANY-METHOD", resource)
            )
            values = {name: unquote(value) for name, value in found.groupdict().items()}
            return None if route is None else Match(route, values)
        return None


def _route(resource: str, integration: Mapping[str, Any]) -> Route:
    seconds = float(integration.get("timeoutInMillis", 29_000)) / 1000
    if integration["type"].lower() == "mock":
        return Route(resource, None, integration, seconds)
    found = _FUNCTION.search(integration["uri"])
    if integration["type"].lower() != "aws_proxy" or found is None:
        raise ValueError(
            f"{resource} has an integration that the local gateway does not know: {integration}."
        )
    return Route(resource, found["arn"], {}, seconds)


def _pattern(resource: str) -> re.Pattern[str]:
    parts = re.split(r"(\{\w+\+?\})", resource)
    return re.compile("".join(_segment(each) for each in parts) + "/?")


def _segment(part: str) -> str:
    if not part.startswith("{"):
        return re.escape(part)
    name = part.strip("{}+")
    return f"(?P<{name}>.+)" if part.endswith("+}") else f"(?P<{name}>[^/]+)"


def _precedence(resource: str) -> list[int]:
    return [2 if part.endswith("+}") else 1 if part.startswith("{") else 0 for part in resource.split("/")]

"""Proxy events as API Gateway sends them, and a context as Lambda gives it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass
class Context:
    """The part of Lambda's context that we use."""

    aws_request_id: str = "11111111-1111-1111-1111-111111111111"
    seconds_left: float = 29.0

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds_left * 1000)


def proxy_event(
    method: str = "GET",
    path: str = "/api/things",
    *,
    body: Any = None,
    headers: dict[str, str] | None = None,
    path_parameters: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
    stage: str = "dev",
) -> dict[str, Any]:
    return {
        "httpMethod": method,
        "path": path,
        "headers": headers or {},
        "pathParameters": path_parameters,
        "queryStringParameters": query,
        "body": body if isinstance(body, str) or body is None else json.dumps(body),
        "isBase64Encoded": False,
        "requestContext": {
            "requestId": "22222222-2222-2222-2222-222222222222",
            "path": f"/{stage}{path}",
            "stage": stage,
            "identity": {"sourceIp": "192.0.2.1"},
        },
    }

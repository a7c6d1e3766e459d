"""GET /api/openapi.json."""

from __future__ import annotations

import json

from shared.lambdas.declaration import declarations
from shared.lambdas.endpoint import Call, Endpoint, endpoint
from shared.lambdas.http import Page
from shared.lambdas.openapi import openapi
from shared.webhooks.models import WebhookEvent


@endpoint("GET", "/api/openapi.json", anonymous=True, timeout_seconds=15)
def get_openapi(call: Call) -> Page:
    """The API as an OpenAPI 3.1 document."""
    document = openapi(declarations(Endpoint), server=call.url(""), event=WebhookEvent)
    return Page(
        json.dumps(document, ensure_ascii=False),
        "application/json",
        headers={"Cache-Control": "public, max-age=300"},
    )

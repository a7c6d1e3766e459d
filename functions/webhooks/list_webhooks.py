"""GET /api/webhooks."""

from __future__ import annotations

from shared.lambdas.endpoint import Call, endpoint
from shared.webhooks import service
from shared.webhooks.models import WebhookList


@endpoint("GET", "/api/webhooks")
def list_webhooks(call: Call) -> WebhookList:
    """Your webhooks, newest first."""
    return WebhookList(items=service.list_webhooks(call.user_id))

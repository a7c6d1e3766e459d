"""GET /api/webhooks/{webhook_id}."""

from __future__ import annotations

from uuid import UUID

from shared.lambdas.endpoint import Call, endpoint
from shared.webhooks import service
from shared.webhooks.models import WebhookAnswer


@endpoint("GET", "/api/webhooks/{webhook_id}")
def get_webhook(webhook_id: UUID, call: Call) -> WebhookAnswer:
    """A webhook: what it is told, and whether it is reached."""
    return WebhookAnswer(webhook=service.get_webhook(call.user_id, webhook_id))

"""DELETE /api/webhooks/{webhook_id}."""

from __future__ import annotations

from uuid import UUID

from shared.lambdas.endpoint import Call, endpoint
from shared.webhooks import service
from shared.webhooks.models import WebhookDeleted


@endpoint("DELETE", "/api/webhooks/{webhook_id}")
def delete_webhook(webhook_id: UUID, call: Call) -> WebhookDeleted:
    """Delete a webhook with its secret and its log. What waits for it is not sent."""
    service.delete_webhook(call.user_id, webhook_id)
    return WebhookDeleted(id=webhook_id)

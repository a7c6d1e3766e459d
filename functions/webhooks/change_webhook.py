"""PATCH /api/webhooks/{webhook_id}."""

from __future__ import annotations

from uuid import UUID

from shared.lambdas.endpoint import Call, endpoint
from shared.webhooks import service
from shared.webhooks.models import ChangeWebhook, WebhookAnswer


@endpoint("PATCH", "/api/webhooks/{webhook_id}")
def change_webhook(webhook_id: UUID, body: ChangeWebhook, call: Call) -> WebhookAnswer:
    """Change a webhook's address, events or description, activate or deactivate it.

    What waits goes to the new address. What waits when it is deactivated is not sent, but can be replayed;
    what happens until it is activated again is not told.
    """
    return WebhookAnswer(webhook=service.change_webhook(call.user_id, webhook_id, body))

"""POST /api/webhooks/{webhook_id}/ping."""

from __future__ import annotations

from uuid import UUID

from shared.lambdas.access import Access
from shared.lambdas.endpoint import Call, endpoint
from shared.webhooks import service
from shared.webhooks.models import DeliveryAnswer


@endpoint("POST", "/api/webhooks/{webhook_id}/ping", status=202, needs={Access.WEBHOOKS})
def ping_webhook(webhook_id: UUID, call: Call) -> DeliveryAnswer:
    """Send a webhook a `ping`, to try it out. Its log says what came of it."""
    return DeliveryAnswer(delivery=service.ping(call.user_id, webhook_id, call.idempotency))

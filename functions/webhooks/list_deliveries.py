"""GET /api/webhooks/{webhook_id}/deliveries."""

from __future__ import annotations

from uuid import UUID

from shared.lambdas.endpoint import Call, endpoint
from shared.webhooks import service
from shared.webhooks.models import DeliveriesQuery, DeliveryList


@endpoint("GET", "/api/webhooks/{webhook_id}/deliveries")
def list_deliveries(webhook_id: UUID, query: DeliveriesQuery, call: Call) -> DeliveryList:
    """What a webhook was told in the last 30 days, newest first, and what came of it."""
    return service.deliveries_to(call.user_id, webhook_id, query)

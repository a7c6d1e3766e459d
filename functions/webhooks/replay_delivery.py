"""POST /api/webhooks/deliveries/{delivery_id}/replay."""

from __future__ import annotations

from uuid import UUID

from shared.lambdas.access import Access
from shared.lambdas.endpoint import Call, endpoint
from shared.webhooks import service
from shared.webhooks.models import DeliveryAnswer


@endpoint("POST", "/api/webhooks/deliveries/{delivery_id}/replay", status=202, needs={Access.WEBHOOKS})
def replay_delivery(delivery_id: UUID, call: Call) -> DeliveryAnswer:
    """Send an event once more: a new delivery, with the event's own `id` and today's signature."""
    return DeliveryAnswer(delivery=service.replay(call.user_id, delivery_id, call.idempotency))

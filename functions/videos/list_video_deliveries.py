"""GET /api/videos/{video_id}/deliveries."""

from __future__ import annotations

from uuid import UUID

from shared.lambdas.endpoint import Call, endpoint
from shared.webhooks import service
from shared.webhooks.models import DeliveriesQuery, DeliveryList


@endpoint("GET", "/api/videos/{video_id}/deliveries")
def list_video_deliveries(video_id: UUID, query: DeliveriesQuery, call: Call) -> DeliveryList:
    """What webhooks were told of a video, newest first: those of its own `webhookUrl`, too."""
    return service.deliveries_about(call.user_id, video_id, query)

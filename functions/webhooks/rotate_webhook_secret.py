"""POST /api/webhooks/{webhook_id}/rotate."""

from __future__ import annotations

from uuid import UUID

from shared.lambdas.access import Access
from shared.lambdas.endpoint import Call, endpoint
from shared.webhooks import service
from shared.webhooks.models import RotateSecret, SecretRotated


@endpoint("POST", "/api/webhooks/{webhook_id}/rotate", needs={Access.SIGNING})
def rotate_webhook_secret(webhook_id: UUID, body: RotateSecret, call: Call) -> SecretRotated:
    """Give a webhook a new secret. It is shown once.

    For `graceHours` deliveries carry a signature of the old one, too, so that you can change over.
    `0` ends the old one at once.
    """
    return service.rotate_secret(call.user_id, webhook_id, body.grace_hours, call.idempotency)

"""PUT /api/retention."""

from __future__ import annotations

from shared.lambdas.endpoint import Call, endpoint
from shared.retention import service
from shared.retention.models import ChangeRetention, Retention


@endpoint("PUT", "/api/retention")
def change_retention(body: ChangeRetention, call: Call) -> Retention:
    """Change how long your sessions are kept.

    A session is deleted with all its videos, uploads and media once nothing has happened in it for so many
    days. What is over that age already is deleted within minutes. What was spent stays counted.
    """
    return service.change_retention(call.user_id, body)

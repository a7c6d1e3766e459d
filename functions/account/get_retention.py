"""GET /api/retention."""

from __future__ import annotations

from shared.lambdas.endpoint import Call, endpoint
from shared.retention import service
from shared.retention.models import Retention


@endpoint("GET", "/api/retention")
def get_retention(call: Call) -> Retention:
    """How long your sessions are kept."""
    return service.retention(call.user_id)

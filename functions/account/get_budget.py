"""GET /api/budget."""

from __future__ import annotations

from shared.lambdas.endpoint import Call, endpoint
from shared.videos import service
from shared.videos.edits import Budget


@endpoint("GET", "/api/budget")
def get_budget(call: Call) -> Budget:
    """What your videos have cost this month (UTC), and your monthly cap."""
    return service.budget(call.user_id)

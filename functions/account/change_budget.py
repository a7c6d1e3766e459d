"""PUT /api/budget."""

from __future__ import annotations

from shared.lambdas.endpoint import Call, endpoint
from shared.videos import service
from shared.videos.edits import Budget, ChangeBudget


@endpoint("PUT", "/api/budget")
def change_budget(body: ChangeBudget, call: Call) -> Budget:
    """Set your monthly cap on spending, or lift it. No call that would pass it is made."""
    return service.change_budget(call.user_id, body)

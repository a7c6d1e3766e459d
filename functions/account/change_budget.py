"""PUT /api/budget."""

from __future__ import annotations

from shared.lambdas.access import Access
from shared.lambdas.endpoint import Call, endpoint
from shared.videos import service
from shared.videos.edits import Budget, ChangeBudget


@endpoint(
    "PUT",
    "/api/budget",
    needs={Access.START_WORKFLOW, Access.PROVIDERS},
    memory_mb=1024,
)
def change_budget(body: ChangeBudget, call: Call) -> Budget:
    """Set your monthly cap on spending, or lift it. No call that would pass it is made.

    With a higher cap, up to 20 videos in `needs_budget` go on by themselves, the longest waiting first, as
    far as the cap and their own allow.
    """
    return service.change_budget(call.user_id, body)

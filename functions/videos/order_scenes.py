"""PUT /api/videos/{video_id}/scenes/order."""

from __future__ import annotations

from uuid import UUID

from shared.lambdas.endpoint import Call, endpoint
from shared.videos import editing
from shared.videos.edits import PlanAnswer, SceneOrder


@endpoint(
    "PUT",
    "/api/videos/{video_id}/scenes/order",
    memory_mb=1024,
)
def order_scenes(video_id: UUID, body: SceneOrder, call: Call) -> PlanAnswer:
    """Put the scenes in another order."""
    return PlanAnswer(plan=editing.order_scenes(call.user_id, video_id, body))

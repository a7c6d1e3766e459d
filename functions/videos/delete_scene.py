"""DELETE /api/videos/{video_id}/scenes/{number}."""

from __future__ import annotations

from uuid import UUID

from shared.lambdas.endpoint import Call, endpoint
from shared.videos import editing
from shared.videos.edits import PlanAnswer


@endpoint(
    "DELETE",
    "/api/videos/{video_id}/scenes/{number}",
    memory_mb=1024,
)
def delete_scene(video_id: UUID, number: int, call: Call) -> PlanAnswer:
    """Take a scene out of a video. What was made for it stays paid and stored."""
    return PlanAnswer(plan=editing.delete_scene(call.user_id, video_id, number))

"""POST /api/videos/{video_id}/scenes/{number}/takes/{take}/use."""

from __future__ import annotations

from uuid import UUID

from shared.lambdas.endpoint import Call, endpoint
from shared.videos import editing
from shared.videos.edits import PlanAnswer


@endpoint(
    "POST",
    "/api/videos/{video_id}/scenes/{number}/takes/{take}/use",
    memory_mb=1024,
)
def use_take(video_id: UUID, number: int, take: int, call: Call) -> PlanAnswer:
    """Choose an earlier take of a scene, at no cost."""
    return PlanAnswer(plan=editing.use_take(call.user_id, video_id, number, take))

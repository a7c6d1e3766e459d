"""POST /api/videos/{video_id}/scenes."""

from __future__ import annotations

from uuid import UUID

from shared.lambdas.endpoint import Call, endpoint
from shared.videos import editing
from shared.videos.edits import NewScene, PlanAnswer


@endpoint(
    "POST",
    "/api/videos/{video_id}/scenes",
    memory_mb=1024,
)
def insert_scene(video_id: UUID, body: NewScene, call: Call) -> PlanAnswer:
    """Put a new scene into a video."""
    return PlanAnswer(plan=editing.insert_scene(call.user_id, video_id, body, call.idempotency))

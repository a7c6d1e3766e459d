"""PATCH /api/videos/{video_id}/scenes/{number}."""

from __future__ import annotations

from uuid import UUID

from shared.lambdas.endpoint import Call, endpoint
from shared.videos import editing
from shared.videos.edits import ChangeScene, PlanAnswer


@endpoint(
    "PATCH",
    "/api/videos/{video_id}/scenes/{number}",
    memory_mb=1024,
)
def change_scene(video_id: UUID, number: int, body: ChangeScene, call: Call) -> PlanAnswer:
    """Change a scene: its words, its style, its length.

    The answer says what the next render would make again, and what that costs.
    """
    return PlanAnswer(plan=editing.change_scene(call.user_id, video_id, number, body))

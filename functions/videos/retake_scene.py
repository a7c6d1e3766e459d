"""POST /api/videos/{video_id}/scenes/{number}/retake."""

from __future__ import annotations

from uuid import UUID

from shared.lambdas.endpoint import Call, endpoint
from shared.videos import editing
from shared.videos.edits import PlanAnswer, Retake


@endpoint(
    "POST",
    "/api/videos/{video_id}/scenes/{number}/retake",
    memory_mb=1024,
)
def retake_scene(video_id: UUID, number: int, body: Retake, call: Call) -> PlanAnswer:
    """Have the frame, the clip or the narration of a scene made anew.

    The next render makes it; the earlier takes stay, and can be used again.
    """
    plan = editing.retake(call.user_id, video_id, number, body.piece, call.idempotency)
    return PlanAnswer(plan=plan)

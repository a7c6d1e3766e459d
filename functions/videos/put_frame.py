"""PUT /api/videos/{video_id}/scenes/{number}/frame."""

from __future__ import annotations

from uuid import UUID

from shared.lambdas.access import Access, Layer
from shared.lambdas.endpoint import Call, endpoint
from shared.lambdas.http import MAX_BODY_BYTES
from shared.videos import editing
from shared.videos.edits import PlanAnswer, SceneUpload


@endpoint(
    "PUT",
    "/api/videos/{video_id}/scenes/{number}/frame",
    needs={Access.UPLOADS_READ, Access.UPLOADS_WRITE},
    max_body_bytes=MAX_BODY_BYTES,
    memory_mb=1024,
    layers={Layer.IMAGING},
)
def put_frame(video_id: UUID, number: int, body: SceneUpload, call: Call) -> PlanAnswer:
    """Put a picture of yours in the place of a scene's frame: PNG, JPEG or WebP."""
    return PlanAnswer(plan=editing.put_frame(call.user_id, video_id, number, body))

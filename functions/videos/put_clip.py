"""PUT /api/videos/{video_id}/scenes/{number}/clip."""

from __future__ import annotations

from uuid import UUID

from shared.lambdas.access import Access, Layer
from shared.lambdas.endpoint import Call, endpoint
from shared.lambdas.http import MAX_BODY_BYTES
from shared.videos import editing
from shared.videos.edits import PlanAnswer, SceneUpload


@endpoint(
    "PUT",
    "/api/videos/{video_id}/scenes/{number}/clip",
    needs={Access.UPLOADS_READ, Access.UPLOADS_WRITE},
    max_body_bytes=MAX_BODY_BYTES,
    memory_mb=1024,
    layers={Layer.IMAGING},
)
def put_clip(video_id: UUID, number: int, body: SceneUpload, call: Call) -> PlanAnswer:
    """Put a clip of yours in the place of a scene's: MP4 with H.264 or HEVC.

    Send what is over 3 MB through POST /api/upload_video first. The next render conforms it to the cut.
    """
    return PlanAnswer(plan=editing.put_clip(call.user_id, video_id, number, body))

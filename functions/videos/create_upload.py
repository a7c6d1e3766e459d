"""POST /api/videos/{video_id}/uploads."""

from __future__ import annotations

from uuid import UUID

from shared.lambdas.access import Access
from shared.lambdas.endpoint import Call, endpoint
from shared.videos import editing
from shared.videos.edits import NewUpload, UploadAnswer


@endpoint("POST", "/api/videos/{video_id}/uploads", status=201, needs={Access.MEDIA_WRITE})
def create_upload(video_id: UUID, body: NewUpload, call: Call) -> UploadAnswer:
    """An address to send a file to, up to 200 MB.

    Then name its `uploadKey` in PUT …/frame or PUT …/clip.
    """
    return editing.create_upload(call.user_id, video_id, body)

"""POST /api/upload_final_video."""

from __future__ import annotations

from shared.lambdas.access import Access
from shared.lambdas.endpoint import Call, endpoint
from shared.uploads import service
from shared.uploads.models import UploadVideo, UploadView


@endpoint("POST", "/api/upload_final_video", status=201, needs={Access.UPLOADS_READ, Access.UPLOADS_WRITE})
def upload_final_video(body: UploadVideo, call: Call) -> UploadView:
    """Begin to upload a finished video, as one that was cut elsewhere: MP4 or QuickTime, up to 1 GiB.

    Up to 16 MiB go by the answer's `form` (method `post`); more in `parts`, each PUT to its own address, in
    any order and again if need be. GET /api/uploads/{uploadId} says which are there. Then POST
    /api/uploads/{uploadId}/complete.
    """
    return service.announce(call, "final_video", body)

"""POST /api/upload_image."""

from __future__ import annotations

from shared.lambdas.endpoint import Call, endpoint
from shared.lambdas.http import MAX_BODY_BYTES
from shared.uploads import service
from shared.uploads.declared import LOOKS_INTO_FILES
from shared.uploads.models import UploadImage, UploadView


@endpoint("POST", "/api/upload_image", status=201, max_body_bytes=MAX_BODY_BYTES, **LOOKS_INTO_FILES)
def upload_image(body: UploadImage, call: Call) -> UploadView:
    """Upload a picture: PNG, JPEG or WebP, up to 20 MB.

    Up to 3.4 MB can be sent in `image`; the upload is `complete` at once. For more, send `contentType` and
    `sizeBytes`, then the file by the answer's `form`, then POST /api/uploads/{uploadId}/complete. What is
    kept is encoded anew, upright, in sRGB and without metadata.
    """
    return service.upload_image(call, body)

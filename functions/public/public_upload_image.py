"""POST /api/public/upload-image."""

from __future__ import annotations

from shared.lambdas.endpoint import Call, endpoint
from shared.lambdas.http import MAX_BODY_BYTES
from shared.uploads import service
from shared.uploads.declared import LOOKS_INTO_FILES
from shared.uploads.models import UploadImage, UploadView


@endpoint("POST", "/api/public/upload-image", status=201, max_body_bytes=MAX_BODY_BYTES, **LOOKS_INTO_FILES)
def public_upload_image(body: UploadImage, call: Call) -> UploadView:
    """Upload a picture, as POST /api/upload_image does: its `s3Key` can go into `images`."""
    return service.upload_image(call, body)

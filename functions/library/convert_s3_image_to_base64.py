"""POST /api/convert_s3_image_to_base64."""

from __future__ import annotations

from shared.lambdas.access import Access
from shared.lambdas.endpoint import Call, endpoint
from shared.library import service
from shared.library.models import Base64Image, ImageToConvert


@endpoint("POST", "/api/convert_s3_image_to_base64", needs={Access.MEDIA_READ})
def convert_s3_image_to_base64(body: ImageToConvert, call: Call) -> Base64Image:
    """A picture of yours as base64, up to 4 MiB: by its `s3Key`, or by an address that we gave for it."""
    return service.image_as_base64(call.user_id, body)

"""POST /api/public/generate-images."""

from __future__ import annotations

from shared.lambdas.access import Access, Layer
from shared.lambdas.endpoint import Call, endpoint
from shared.lambdas.http import MAX_BODY_BYTES, Reply
from shared.pieces import answers, service
from shared.pieces.models import GenerateImages, ImagesMade, JobAnswer, PieceQuery


@endpoint(
    "POST",
    "/api/public/generate-images",
    status=202,
    needs={
        Access.MEDIA_READ,
        Access.MEDIA_WRITE,
        Access.UPLOADS_DELETE,
        Access.START_WORKFLOW,
        Access.PROVIDERS,
    },
    max_body_bytes=MAX_BODY_BYTES,
    memory_mb=1024,
    layers={Layer.IMAGING},
)
def generate_images(
    body: GenerateImages, query: PieceQuery, call: Call
) -> Reply[ImagesMade] | Reply[JobAnswer]:
    """Make the frames of a story from a prompt.

    Answers when it is done; after 25 s, or after `?wait=`, with 202 and the job at `Location`.
    """
    job_id = service.video(call, body)
    return answers.answer(call, job_id, wait=query.wait, expires_in=body.expires_in)

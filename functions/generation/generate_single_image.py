"""POST /api/generate_single_image."""

from __future__ import annotations

from shared.lambdas.endpoint import Call, endpoint
from shared.lambdas.http import Reply
from shared.pieces import answers, service
from shared.pieces.declared import MADE_OF_MEDIA
from shared.pieces.models import GenerateImage, ImageMade, JobAnswer, PieceQuery


@endpoint("POST", "/api/generate_single_image", **MADE_OF_MEDIA)
def generate_single_image(
    body: GenerateImage, query: PieceQuery, call: Call
) -> Reply[ImageMade] | Reply[JobAnswer]:
    """Draw one frame, from a prompt and, if you like, a picture to keep it alike to.

    Answers when it is done; after 25 s, or after `?wait=`, with 202 and the job at `Location`.
    The same request again in the same session answers with the same picture, at no cost.
    """
    job_id = service.image(call, body)
    return answers.answer(call, job_id, wait=query.wait, expires_in=body.expires_in)

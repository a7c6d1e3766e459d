"""POST /api/public/generate-images."""

from __future__ import annotations

from shared.lambdas.endpoint import Call, endpoint
from shared.lambdas.http import Reply
from shared.pieces import answers, service
from shared.pieces.declared import MADE_OF_MEDIA
from shared.pieces.models import GenerateImages, ImagesMade, JobAnswer, PieceQuery


@endpoint("POST", "/api/public/generate-images", **MADE_OF_MEDIA)
def generate_images(
    body: GenerateImages, query: PieceQuery, call: Call
) -> Reply[ImagesMade] | Reply[JobAnswer]:
    """Make the frames of a story from a prompt, and from pictures of yours if there are any.

    Answers when it is done; after 25 s, or after `?wait=`, with 202 and the job at `Location`. Webhooks are
    told `video.stopped`: what is asked for stops after its frames.
    """
    job_id = service.video(call, body)
    return answers.answer(call, job_id, wait=query.wait, expires_in=body.expires_in)

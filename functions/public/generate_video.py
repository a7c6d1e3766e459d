"""POST /api/public/generate-video."""

from __future__ import annotations

from shared.lambdas.endpoint import Call, endpoint
from shared.lambdas.http import Reply
from shared.pieces import answers, service
from shared.pieces.declared import MADE_OF_MEDIA
from shared.pieces.models import GenerateVideo, JobAnswer, PieceQuery, VideoMade


@endpoint("POST", "/api/public/generate-video", **MADE_OF_MEDIA)
def generate_video(body: GenerateVideo, query: PieceQuery, call: Call) -> Reply[VideoMade] | Reply[JobAnswer]:
    """Make a whole video from a prompt, and from pictures of yours if there are any.

    Answers when it is done; after 25 s, or after `?wait=`, with 202 and the job at `Location`.
    """
    job_id = service.video(call, body)
    return answers.answer(call, job_id, wait=query.wait, expires_in=body.expires_in)

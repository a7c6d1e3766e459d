"""POST /api/generate_single_video_clip."""

from __future__ import annotations

from shared.lambdas.endpoint import Call, endpoint
from shared.lambdas.http import Reply
from shared.pieces import answers, service
from shared.pieces.declared import MADE_OF_MEDIA
from shared.pieces.models import ClipMade, GenerateClip, JobAnswer, PieceQuery


@endpoint("POST", "/api/generate_single_video_clip", **MADE_OF_MEDIA)
def generate_single_video_clip(
    body: GenerateClip, query: PieceQuery, call: Call
) -> Reply[ClipMade] | Reply[JobAnswer]:
    """Set a picture in motion.

    Answers when it is done; after 25 s, or after `?wait=`, with 202 and the job at `Location`.
    The same request again in the same session answers with the same clip, at no cost.
    """
    job_id = service.clip(call, body)
    return answers.answer(call, job_id, wait=query.wait, expires_in=body.expires_in)

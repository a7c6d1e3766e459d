"""POST /api/merge_video_clips."""

from __future__ import annotations

from shared.lambdas.endpoint import Call, endpoint
from shared.lambdas.http import Reply
from shared.pieces import answers, service
from shared.pieces.declared import MADE_OF_MEDIA
from shared.pieces.models import JobAnswer, MergeClips, PieceQuery, VideoMade


@endpoint("POST", "/api/merge_video_clips", **MADE_OF_MEDIA)
def merge_video_clips(body: MergeClips, query: PieceQuery, call: Call) -> Reply[VideoMade] | Reply[JobAnswer]:
    """Merge clips into one video: those that are named, or all of the session.

    Answers when it is done; after 25 s, or after `?wait=`, with 202 and the job at `Location`.
    What else the body holds is passed over.
    """
    job_id = service.cut(call, body)
    return answers.answer(call, job_id, wait=query.wait, expires_in=body.expires_in)

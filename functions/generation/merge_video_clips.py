"""POST /api/merge_video_clips."""

from __future__ import annotations

from shared.lambdas.access import Access, Layer
from shared.lambdas.endpoint import Call, endpoint
from shared.lambdas.http import MAX_BODY_BYTES, Reply
from shared.pieces import answers, service
from shared.pieces.models import JobAnswer, MergeClips, PieceQuery, VideoMade


@endpoint(
    "POST",
    "/api/merge_video_clips",
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
def merge_video_clips(body: MergeClips, query: PieceQuery, call: Call) -> Reply[VideoMade] | Reply[JobAnswer]:
    """Merge clips into one video: those that are named, or all of the session.

    Answers when it is done; after 25 s, or after `?wait=`, with 202 and the job at `Location`.
    What else the body holds is passed over.
    """
    job_id = service.cut(call, body)
    return answers.answer(call, job_id, wait=query.wait, expires_in=body.expires_in)

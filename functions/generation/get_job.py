"""GET /api/jobs/{job_id}."""

from __future__ import annotations

from uuid import UUID

from shared.lambdas.access import Access
from shared.lambdas.endpoint import Call, endpoint
from shared.lambdas.http import Reply
from shared.pieces import answers
from shared.pieces.models import (
    ClipMade,
    ImageMade,
    ImagesMade,
    JobAnswer,
    JobQuery,
    StoryMade,
    VideoMade,
)
from shared.videos.models import VideoAnswer


@endpoint("GET", "/api/jobs/{job_id}", status=202, needs={Access.MEDIA_READ}, scopes=("generation", "public"))
def get_job(
    job_id: UUID, query: JobQuery, call: Call
) -> (
    Reply[StoryMade]
    | Reply[ImageMade]
    | Reply[ImagesMade]
    | Reply[ClipMade]
    | Reply[VideoMade]
    | Reply[VideoAnswer]
    | Reply[JobAnswer]
):
    """Ask how a job is: 200 with what was asked for, or 202 while it is being made.

    A key that may not read videos has the jobs here that were begun as jobs, and no other videos.
    A job that could not be done answers with what went wrong. With `?wait=N` the answer comes when it is
    over, or after N seconds.
    """
    return answers.answer(call, job_id, wait=query.wait, expires_in=query.expires_in)

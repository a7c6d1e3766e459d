"""POST /api/generate_story."""

from __future__ import annotations

from shared.lambdas.access import Access
from shared.lambdas.endpoint import Call, endpoint
from shared.lambdas.http import Reply
from shared.pieces import answers, service
from shared.pieces.models import GenerateStory, JobAnswer, PieceQuery, StoryMade


@endpoint(
    "POST",
    "/api/generate_story",
    status=202,
    needs={Access.MEDIA_READ, Access.START_WORKFLOW, Access.PROVIDERS},
    memory_mb=1024,
)
def generate_story(body: GenerateStory, query: PieceQuery, call: Call) -> Reply[StoryMade] | Reply[JobAnswer]:
    """Write a story: title, overview and scenes, each with the prompt of its picture.

    Answers when it is done; after 25 s, or after `?wait=`, with 202 and the job at `Location`.
    """
    job_id = service.story(call, body)
    return answers.answer(call, job_id, wait=query.wait, expires_in=body.expires_in)

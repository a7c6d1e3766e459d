"""POST /api/videos."""

from __future__ import annotations

from shared.lambdas.access import Access, Layer
from shared.lambdas.endpoint import Call, endpoint
from shared.lambdas.http import MAX_BODY_BYTES, Reply
from shared.videos import service
from shared.videos.edits import CreateQuery, PlanAnswer
from shared.videos.models import ACTIVE_STATES, CreateVideo, VideoAnswer


@endpoint(
    "POST",
    "/api/videos",
    status=202,
    needs={Access.MEDIA_READ, Access.UPLOADS_WRITE, Access.START_WORKFLOW, Access.PROVIDERS},
    max_body_bytes=MAX_BODY_BYTES,
    memory_mb=1024,
    layers={Layer.IMAGING},
)
def create_video(body: CreateVideo, query: CreateQuery, call: Call) -> Reply[VideoAnswer] | Reply[PlanAnswer]:
    """Make a video from a prompt.

    Answers 202 while it is being made; ask the address in `Location`, with `?wait=` if you like.
    With `?dryRun=true` it only says what would be made, and what that costs. Where a cap leaves too little
    for the first call it answers 402, and nothing is begun. Where the money ends on the way, yours or the
    provider's, the video waits in `needs_budget` or `needs_credit`: its `needs` says how it goes on.
    """
    if query.dry_run:
        return Reply(PlanAnswer(plan=service.quote_video(body)), status=200)
    video_id = service.create_video(call.user_id, body, idempotency=call.idempotency)
    video = service.wait_for_video(call.user_id, video_id, query.wait, call.deadline)
    return Reply(
        VideoAnswer(video=video),
        status=202 if video.state in ACTIVE_STATES else 200,
        headers={"Location": call.url(f"/api/videos/{video_id}")},
    )

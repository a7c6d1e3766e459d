"""POST /api/videos/{video_id}/render."""

from __future__ import annotations

from uuid import UUID

from shared.lambdas.access import Access
from shared.lambdas.endpoint import Call, endpoint
from shared.lambdas.http import Reply
from shared.videos import service
from shared.videos.edits import DryRunQuery, RenderAnswer, RenderVideo


@endpoint(
    "POST",
    "/api/videos/{video_id}/render",
    status=202,
    needs={Access.MEDIA_READ, Access.START_WORKFLOW, Access.PROVIDERS},
    memory_mb=1024,
)
def render_video(video_id: UUID, body: RenderVideo, query: DryRunQuery, call: Call) -> Reply[RenderAnswer]:
    """Render a video: make what is missing, and what depends on a change. Nothing is made twice.

    With `?dryRun=true` it only says what would be made, and what that costs. Where a cap leaves too little
    for any call it answers 402, and the video stays as it is.
    """
    plan = service.render_video(
        call.user_id, video_id, body, dry_run=query.dry_run, idempotency=call.idempotency
    )
    if query.dry_run:
        return Reply(RenderAnswer(video=None, plan=plan), status=200)
    video = service.view_video(call.user_id, video_id)
    location = call.url(f"/api/videos/{video_id}")
    return Reply(RenderAnswer(video=video, plan=plan), headers={"Location": location})

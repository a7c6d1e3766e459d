"""POST /api/videos/{video_id}/cancel."""

from __future__ import annotations

from uuid import UUID

from shared.lambdas.access import Access, Layer
from shared.lambdas.endpoint import Call, endpoint
from shared.videos import service
from shared.videos.models import VideoAnswer


@endpoint(
    "POST",
    "/api/videos/{video_id}/cancel",
    needs={Access.MEDIA_READ, Access.PROVIDERS, Access.STOP_WORKFLOW, Access.WEBHOOKS},
    layers={Layer.CLIENTS, Layer.IMAGING},
)
def cancel_video(video_id: UUID, call: Call) -> VideoAnswer:
    """Stop making a video.

    Everything made so far is kept, and so is what a provider is at work on.
    """
    return VideoAnswer(video=service.cancel_video(call.user_id, video_id, call.deadline))

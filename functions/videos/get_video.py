"""GET /api/videos/{video_id}."""

from __future__ import annotations

from uuid import UUID

from shared.lambdas.access import Access
from shared.lambdas.endpoint import Call, endpoint
from shared.videos import service
from shared.videos.models import VideoAnswer, WaitQuery


@endpoint("GET", "/api/videos/{video_id}", needs={Access.MEDIA_READ})
def get_video(video_id: UUID, query: WaitQuery, call: Call) -> VideoAnswer:
    """A video: its state, its stage, each scene's progress, and where everything can be seen.

    With `?wait=N` the answer comes when the video is in a final state, or after N seconds.
    """
    return VideoAnswer(video=service.wait_for_video(call.user_id, video_id, query.wait, call.deadline))

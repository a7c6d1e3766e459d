"""GET /api/videos/{video_id}/scenes/{number}/takes."""

from __future__ import annotations

from uuid import UUID

from shared.lambdas.access import Access
from shared.lambdas.endpoint import Call, endpoint
from shared.videos import editing
from shared.videos.edits import TakeList


@endpoint("GET", "/api/videos/{video_id}/scenes/{number}/takes", needs={Access.MEDIA_READ})
def list_takes(video_id: UUID, number: int, call: Call) -> TakeList:
    """Everything that was ever made or uploaded for a scene, oldest first."""
    return TakeList(items=editing.list_takes(call.user_id, video_id, number))

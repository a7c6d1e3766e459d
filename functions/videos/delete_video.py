"""DELETE /api/videos/{video_id}."""

from __future__ import annotations

from uuid import UUID

from shared.lambdas.access import Access, Layer
from shared.lambdas.endpoint import Call, endpoint
from shared.videos import service
from shared.videos.models import VideoDeleted


@endpoint(
    "DELETE",
    "/api/videos/{video_id}",
    needs={Access.MEDIA_DELETE, Access.PROVIDERS},
    layers={Layer.CLIENTS, Layer.IMAGING},
)
def delete_video(video_id: UUID, call: Call) -> VideoDeleted:
    """Delete a video with everything that was made for it.

    One that is being made must be cancelled first. What a provider has not begun with is cancelled there,
    if it answers within ten seconds.
    """
    return VideoDeleted(id=video_id, deleted_objects=service.delete_video(call.user_id, video_id))

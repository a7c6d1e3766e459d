"""GET /api/videos."""

from __future__ import annotations

from shared.lambdas.access import Access
from shared.lambdas.endpoint import Call, endpoint
from shared.videos import service
from shared.videos.models import ListQuery, VideoList


@endpoint("GET", "/api/videos", needs={Access.MEDIA_READ})
def list_videos(query: ListQuery, call: Call) -> VideoList:
    """Your videos, newest first, a page at a time."""
    return service.list_videos(call.user_id, query.limit, query.cursor)

"""GET /api/videos/{video_id}/history."""

from __future__ import annotations

from uuid import UUID

from shared.lambdas.endpoint import Call, endpoint
from shared.videos import service
from shared.videos.edits import HistoryAnswer, HistoryQuery


@endpoint("GET", "/api/videos/{video_id}/history")
def get_history(video_id: UUID, query: HistoryQuery, call: Call) -> HistoryAnswer:
    """Every call to a provider for a video: what was asked, how it ended, what it cost.

    A page at a time, oldest first. The totals are those of all calls, whatever the page.
    """
    return service.history(call.user_id, video_id, query.limit, query.cursor)

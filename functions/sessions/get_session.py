"""GET /api/sessions/{request_id}."""

from __future__ import annotations

from shared.lambdas.access import Access
from shared.lambdas.endpoint import Call, endpoint
from shared.media_sessions import service
from shared.media_sessions.models import SessionAnswer, SessionQuery


@endpoint("GET", "/api/sessions/{request_id}", needs={Access.MEDIA_READ})
def get_session(request_id: str, query: SessionQuery, call: Call) -> SessionAnswer:
    """A session: its frames, its clips, its final video, and what was asked for in it.

    A page of each list at a time: `nextCursor` leads to what follows in those that go on.
    """
    return SessionAnswer(session=service.view_session(call, request_id, query))

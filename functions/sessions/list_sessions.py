"""GET /api/sessions."""

from __future__ import annotations

from shared.lambdas.access import Access
from shared.lambdas.endpoint import Call, endpoint
from shared.media_sessions import service
from shared.media_sessions.models import SessionList, SessionsQuery


@endpoint("GET", "/api/sessions", needs={Access.MEDIA_READ})
def list_sessions(query: SessionsQuery, call: Call) -> SessionList:
    """Your sessions, newest first, a page at a time; by state, kind, time or words."""
    return service.list_sessions(call, query)

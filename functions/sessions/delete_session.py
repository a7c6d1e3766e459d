"""DELETE /api/sessions/{request_id}."""

from __future__ import annotations

from shared.lambdas.access import Access, Layer
from shared.lambdas.endpoint import Call, endpoint
from shared.media_sessions import service
from shared.media_sessions.models import SessionDeleted


@endpoint(
    "DELETE",
    "/api/sessions/{request_id}",
    needs={Access.MEDIA_DELETE, Access.PROVIDERS},
    layers={Layer.CLIENTS, Layer.IMAGING},
)
def delete_session(request_id: str, call: Call) -> SessionDeleted:
    """Delete a session with everything that was made or uploaded in it.

    What is being made must be cancelled first. What a provider has not begun with is cancelled there,
    if it answers within ten seconds.
    """
    deleted = service.delete_session(call.user_id, request_id)
    return SessionDeleted(request_id=request_id, deleted_objects=deleted)

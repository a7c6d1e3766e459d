"""DELETE /api/uploads/{upload_id}."""

from __future__ import annotations

from uuid import UUID

from shared.lambdas.access import Access
from shared.lambdas.endpoint import Call, endpoint
from shared.uploads import service
from shared.uploads.models import UploadView


@endpoint(
    "DELETE",
    "/api/uploads/{upload_id}",
    needs={Access.UPLOADS_WRITE, Access.UPLOADS_DELETE},
    scopes=("uploads", "public"),
)
def abort_upload(upload_id: UUID, call: Call) -> UploadView:
    """Give up an upload that is not complete, and throw away what has come of it."""
    return service.abort(call, upload_id)

"""GET /api/uploads/{upload_id}."""

from __future__ import annotations

from uuid import UUID

from shared.lambdas.access import Access
from shared.lambdas.endpoint import Call, endpoint
from shared.uploads import service
from shared.uploads.models import LinkTime, UploadView


@endpoint(
    "GET",
    "/api/uploads/{upload_id}",
    needs={Access.UPLOADS_READ, Access.UPLOADS_WRITE},
    scopes=("uploads", "public"),
)
def get_upload(upload_id: UUID, query: LinkTime, call: Call) -> UploadView:
    """An upload: which parts are there, and fresh addresses for the others; or where it can be seen."""
    return service.view(call, upload_id, query.expires_in)

"""POST /api/uploads/{upload_id}/complete."""

from __future__ import annotations

from uuid import UUID

from shared.lambdas.access import Access, Layer
from shared.lambdas.endpoint import Call, endpoint
from shared.uploads import service
from shared.uploads.models import LinkTime, UploadView


@endpoint(
    "POST",
    "/api/uploads/{upload_id}/complete",
    needs={Access.UPLOADS_READ, Access.UPLOADS_WRITE, Access.UPLOADS_DELETE},
    scopes=("uploads", "public"),
    memory_mb=1769,
    layers={Layer.IMAGING},
)
def complete_upload(upload_id: UUID, query: LinkTime, call: Call) -> UploadView:
    """Have what was uploaded looked into, and kept.

    What is no picture or video by its bytes is refused and deleted. May be asked for again after a failure.
    """
    return service.complete(call, upload_id, query.expires_in)

"""POST /api/uploads/{upload_id}/complete."""

from __future__ import annotations

from uuid import UUID

from shared.lambdas.endpoint import Call, endpoint
from shared.uploads import service
from shared.uploads.declared import LOOKS_INTO_FILES
from shared.uploads.models import LinkTime, UploadView


@endpoint("POST", "/api/uploads/{upload_id}/complete", scopes=("uploads", "public"), **LOOKS_INTO_FILES)
def complete_upload(upload_id: UUID, query: LinkTime, call: Call) -> UploadView:
    """Have what was uploaded looked into, and kept.

    What is no picture or video by its bytes is refused and deleted. May be asked for again after a failure.
    """
    return service.complete(call, upload_id, query.expires_in)

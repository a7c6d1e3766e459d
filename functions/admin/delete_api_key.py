"""DELETE /api/admin/api-keys/{key_id}."""

from __future__ import annotations

from uuid import UUID

from shared.accounts import administration
from shared.accounts.key_models import ApiKeyDeleted
from shared.lambdas.endpoint import Call, endpoint


@endpoint("DELETE", "/api/admin/api-keys/{key_id}")
def delete_api_key(key_id: UUID, call: Call) -> ApiKeyDeleted:
    """Delete a key for good. Its user, and what was made with it, stay."""
    return administration.delete_api_key(call.signed_in, key_id)

"""POST /api/admin/api-keys/{key_id}/rotate."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from shared.accounts import administration
from shared.accounts.key_models import ApiKeyIssued, RotateApiKey
from shared.lambdas.endpoint import Call, endpoint


@endpoint("POST", "/api/admin/api-keys/{key_id}/rotate")
def rotate_api_key(key_id: UUID, body: RotateApiKey, call: Call) -> ApiKeyIssued:
    """Give a key another secret, shown this once.

    For `graceHours` the old secret is good, too, so that nobody is shut out while you change over. What the
    rotation before this one left of an even older secret ends now.
    """
    grace = timedelta(hours=body.grace_hours)
    return administration.rotate_api_key(call.signed_in, key_id, grace, call.idempotency)

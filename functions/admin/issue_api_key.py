"""POST /api/admin/api-keys."""

from __future__ import annotations

from shared.accounts import administration
from shared.accounts.key_models import ApiKeyIssued, NewApiKey
from shared.lambdas.endpoint import Call, endpoint


@endpoint("POST", "/api/admin/api-keys", status=201)
def issue_api_key(body: NewApiKey, call: Call) -> ApiKeyIssued:
    """Make an API key for a user, or for a new user. `apiKey` is shown this once.

    A key opens what its scopes say, as often as its limits say. Refused requests (429) are not counted.
    """
    return administration.issue_api_key(call.signed_in, body, call.idempotency)

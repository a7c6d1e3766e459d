"""GET /api/admin/api-keys."""

from __future__ import annotations

from shared.accounts import administration
from shared.accounts.key_models import ApiKeyList, KeyListQuery
from shared.lambdas.endpoint import Call, endpoint


@endpoint("GET", "/api/admin/api-keys")
def list_api_keys(query: KeyListQuery, call: Call) -> ApiKeyList:
    """Every user's API keys, or one user's, newest first, a page at a time. Secrets are not among it."""
    return administration.list_api_keys(call.signed_in, query)

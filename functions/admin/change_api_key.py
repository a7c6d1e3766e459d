"""PATCH /api/admin/api-keys/{key_id}."""

from __future__ import annotations

from uuid import UUID

from shared.accounts import administration
from shared.accounts.key_models import ApiKeyAnswer, ChangeApiKey
from shared.lambdas.endpoint import Call, endpoint


@endpoint("PATCH", "/api/admin/api-keys/{key_id}")
def change_api_key(key_id: UUID, body: ChangeApiKey, call: Call) -> ApiKeyAnswer:
    """Change a key's name, scopes, limits or end, deactivate it or let it work again.

    What is left out stays as it is. It holds from the next request on. A key cannot end its own
    administration.
    """
    return administration.change_api_key(call.signed_in, key_id, body)

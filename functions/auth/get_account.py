"""GET /api/auth/me."""

from __future__ import annotations

from shared.auth import service
from shared.auth.models import AccountAnswer
from shared.lambdas.endpoint import Call, endpoint


@endpoint("GET", "/api/auth/me")
def get_account(call: Call) -> AccountAnswer:
    """Who you are, and what you may spend."""
    return AccountAnswer(user=service.account(call.user_id))

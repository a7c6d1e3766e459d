"""POST /api/auth/password."""

from __future__ import annotations

from shared.auth import service
from shared.auth.models import ChangePassword, TokensAnswer
from shared.lambdas.endpoint import Call, endpoint


@endpoint("POST", "/api/auth/password", max_body_bytes=4096, memory_mb=1024)
def change_password(body: ChangePassword, call: Call) -> TokensAnswer:
    """Change your password.

    Every sign-in ends, on every device; an access token is good until it expires, in ten minutes at the most.
    The answer's tokens begin a new one.
    """
    return service.change_password(call.user_id, body)

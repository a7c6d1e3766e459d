"""POST /api/auth/login."""

from __future__ import annotations

from shared.auth import service
from shared.auth.models import SignIn, TokensAnswer
from shared.lambdas.access import Access
from shared.lambdas.endpoint import Call, endpoint


@endpoint(
    "POST",
    "/api/auth/login",
    anonymous=True,
    needs={Access.DATABASE, Access.SIGNING},
    max_body_bytes=4096,
    memory_mb=1024,  # half a processor for the password's hash
)
def sign_in(body: SignIn, call: Call) -> TokensAnswer:
    """Sign in with an address and a password.

    The access token is good for ten minutes, and the refresh token for one exchange at /api/auth/refresh.
    Sent again with the same `Idempotency-Key` on the same day (UTC) it begins no second sign-in, and gives
    the same refresh token; 409 once that is spent.
    """
    return service.sign_in(body, call.request.source_ip, call.idempotency)

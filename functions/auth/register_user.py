"""POST /api/auth/register."""

from __future__ import annotations

from shared.auth import service
from shared.auth.models import NewAccount, TokensAnswer
from shared.lambdas.access import Access
from shared.lambdas.endpoint import Call, endpoint


@endpoint(
    "POST",
    "/api/auth/register",
    status=201,
    anonymous=True,
    needs={Access.DATABASE, Access.SIGNING},
    max_body_bytes=4096,
    memory_mb=1024,  # half a processor for the password's hash
)
def register_user(body: NewAccount, call: Call) -> TokensAnswer:
    """Make an account, and sign in to it.

    Some deployments let nobody register: they answer 403. Sent again with the same `Idempotency-Key` on the
    same day (UTC) it gives the same refresh token, until that is spent.
    """
    return service.register(body, call.request.source_ip, call.idempotency)

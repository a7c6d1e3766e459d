"""POST /api/auth/refresh."""

from __future__ import annotations

from shared.auth import service
from shared.auth.models import PresentedToken, TokensAnswer
from shared.lambdas.access import Access
from shared.lambdas.endpoint import Call, endpoint


@endpoint(
    "POST",
    "/api/auth/refresh",
    anonymous=True,
    needs={Access.DATABASE, Access.SIGNING},
    max_body_bytes=4096,
)
def refresh_tokens(body: PresentedToken, call: Call) -> TokensAnswer:
    """Exchange a refresh token for two new tokens.

    It is good once. As an answer may get lost, it gives the same new one when it is sent again within 30
    seconds, and with the same `Idempotency-Key` within a day, as long as that new one is not spent. Else it
    counts as stolen, and every token of this sign-in ends.
    """
    return service.refresh(body.refresh_token, call.idempotency)

"""POST /api/auth/refresh."""

from __future__ import annotations

from shared.auth import service
from shared.auth.models import PresentedToken, TokensAnswer
from shared.lambdas.access import Access
from shared.lambdas.endpoint import endpoint


@endpoint(
    "POST",
    "/api/auth/refresh",
    public=True,
    needs={Access.DATABASE, Access.SIGNING},
    max_body_bytes=4096,
)
def refresh_tokens(body: PresentedToken) -> TokensAnswer:
    """Exchange a refresh token for two new tokens.

    It is good once. Sent again within 30 seconds it gives the same new one, as an answer may get lost; later
    it counts as stolen, and every token of this sign-in ends.
    """
    return service.refresh(body.refresh_token)

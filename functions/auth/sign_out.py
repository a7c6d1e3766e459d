"""POST /api/auth/logout."""

from __future__ import annotations

from shared.auth import service
from shared.auth.models import PresentedToken, SignedOut
from shared.lambdas.access import Access
from shared.lambdas.endpoint import endpoint


@endpoint("POST", "/api/auth/logout", anonymous=True, needs={Access.DATABASE}, max_body_bytes=4096)
def sign_out(body: PresentedToken) -> SignedOut:
    """Sign out: the refresh token ends. An access token is good until it expires, in ten minutes at the most.

    The answer is the same for a token that is not valid.
    """
    service.sign_out(body.refresh_token)
    return SignedOut()

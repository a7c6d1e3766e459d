"""The secrets that deliveries are signed with: random, shown once, and encrypted where they are kept."""

from __future__ import annotations

import secrets
from uuid import UUID

from shared.accounts import sealing

PREFIX = "whsec_"
_PURPOSE = "webhook-secret"


def new_secret() -> str:
    """256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def seal(secret: str, user_id: UUID) -> bytes:
    """Encrypted, and bound to the user: another user's row cannot be given it. Needs Access.SIGNING."""
    return sealing.seal(_PURPOSE, secret.encode(), user_id.bytes)


def unseal(sealed: bytes, user_id: UUID) -> str:
    """The secret. Raises SealBroken where it was not sealed so, or for another user."""
    return sealing.unseal(_PURPOSE, sealed, user_id.bytes).decode()

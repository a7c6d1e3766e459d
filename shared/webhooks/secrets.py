"""The secrets that deliveries are signed with: random, shown once, and encrypted where they are kept."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING
from uuid import UUID

from shared.accounts.signing import derived_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PREFIX = "whsec_"
_PURPOSE = "webhook-secret"
_NONCE_BYTES = 12


def new_secret() -> str:
    """256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def seal(secret: str, user_id: UUID) -> bytes:
    """AES-256-GCM, bound to the user: another user's row cannot be given it. Needs Access.SIGNING."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + _cipher().encrypt(nonce, secret.encode(), user_id.bytes)


def unseal(sealed: bytes, user_id: UUID) -> str:
    """The secret. Raises cryptography's InvalidTag where it was not sealed so, or for another user."""
    nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    return _cipher().decrypt(nonce, content, user_id.bytes).decode()


def _cipher() -> AESGCM:
    # Those who only look at webhooks do not load it.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    return AESGCM(derived_key(_PURPOSE))

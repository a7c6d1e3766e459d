"""What is kept or given away so that only this deployment can read it: AES-256-GCM, a key for each purpose.

nonce (12 random bytes) + ciphertext + tag (16 bytes)
"""

from __future__ import annotations

import os

from shared.accounts.signing import derived_key
from shared.errors import StoryreelError

NONCE_BYTES = 12
TAG_BYTES = 16


class SealBroken(StoryreelError):
    """It was not sealed here, not for this purpose, or is bound to something else."""

    code = "seal_broken"


def seal(purpose: str, content: bytes, bound_to: bytes) -> bytes:
    """The content, sealed: it opens for the same purpose and binding alone. Needs Access.SIGNING."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - for those who seal

    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(derived_key(purpose)).encrypt(nonce, content, bound_to)


def unseal(purpose: str, sealed: bytes, bound_to: bytes) -> bytes:
    """What was sealed. Raises SealBroken. Needs Access.SIGNING."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - for those who seal
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - the same

    nonce, box = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    if len(box) < TAG_BYTES:
        raise SealBroken("This is nothing that was sealed.")
    try:
        return AESGCM(derived_key(purpose)).decrypt(nonce, box, bound_to)
    except InvalidTag as error:
        raise SealBroken("This was sealed elsewhere, or for something else.") from error

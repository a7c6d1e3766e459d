"""Keys from the deployment's own secret: one for each purpose, so that none serves another's."""

from __future__ import annotations

import hashlib
import hmac

from shared.aws import secret
from shared.errors import StoryreelError
from shared.settings import SigningSettings, settings

MIN_SECRET_CHARACTERS = 32


class SecretTooShort(StoryreelError):
    """The deployment's secret is missing, or somebody could guess it."""

    code = "secret_too_short"


def derived_key(purpose: str) -> bytes:
    """32 bytes for one purpose, as in `sealed-key`: HKDF-SHA256 (RFC 5869) of the deployment's secret.

    The secret is read when it is first needed, and kept as every other. Needs Access.SIGNING.
    """
    values = secret(settings(SigningSettings).secret_arn)
    own = values.get("SECRET_KEY", "")
    if len(own) < MIN_SECRET_CHARACTERS:
        raise SecretTooShort(f"SECRET_KEY must have {MIN_SECRET_CHARACTERS} characters at least.")
    return hkdf_sha256(own.encode(), salt=b"storyreel", info=purpose.encode())


def hkdf_sha256(secret_bytes: bytes, *, salt: bytes, info: bytes) -> bytes:
    """The first 32 bytes of HKDF: its first block. Signing a request needs no import of `cryptography`."""
    extracted = hmac.digest(salt, secret_bytes, hashlib.sha256)
    return hmac.digest(extracted, info + b"\x01", hashlib.sha256)

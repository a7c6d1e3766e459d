"""Sealed keys: made of the deployment's own secret and a user's id, and opened without the database.

    sk_sealed_ + base64url(form, nonce, AES-256-GCM(user id, key id, version, time of issue), tag)

Whoever has no SECRET_KEY can neither make, read nor change one. What a sealed key may do stands in its row,
and so does whether it is still good: a row that is gone, inactive or of a later version voids it.
"""

from __future__ import annotations

import base64
import binascii
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from shared.accounts import sealing
from shared.errors import Unauthenticated

PREFIX = "sk_sealed_"
_FORM = b"\x01"
_PURPOSE = "sealed-key"
_BOUND_TO = PREFIX.encode() + _FORM
_CONTENT = struct.Struct(">16s16sIQ")
_BYTES = len(_FORM) + sealing.NONCE_BYTES + _CONTENT.size + sealing.TAG_BYTES


@dataclass(frozen=True, slots=True)
class SealedKey:
    """What is in a sealed key."""

    user_id: UUID
    key_id: UUID
    version: int
    issued_at: datetime


def seal(key: SealedKey) -> str:
    """The key as its owner gets it. Another one each time."""
    content = _CONTENT.pack(key.user_id.bytes, key.key_id.bytes, key.version, int(key.issued_at.timestamp()))
    return PREFIX + _encoded(_FORM + sealing.seal(_PURPOSE, content, _BOUND_TO))


def unseal(text: str) -> SealedKey:
    """What is in the key, if it was sealed here. Raises Unauthenticated."""
    sealed = _decoded(text.removeprefix(PREFIX))
    if len(sealed) != _BYTES or not sealed.startswith(_FORM):
        raise Unauthenticated("This API key is not valid.")
    try:
        content = sealing.unseal(_PURPOSE, sealed.removeprefix(_FORM), _BOUND_TO)
    except sealing.SealBroken as error:
        raise Unauthenticated("This API key is not valid.") from error
    user_id, key_id, version, issued_at = _CONTENT.unpack(content)
    return SealedKey(UUID(bytes=user_id), UUID(bytes=key_id), version, datetime.fromtimestamp(issued_at, UTC))


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    """The bytes, or none for what is not exactly their encoding: a changed last letter is a changed key."""
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
    return content if _encoded(content) == text else b""

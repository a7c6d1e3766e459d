"""What a request shows of its caller: a stored key, a sealed key, or a token.

`Authorization: Bearer …`, or `X-API-Key` where there is no bearer. `presented` reads it and tells what can
be told without the database; `shared.accounts.admission` does the rest.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from shared.accounts import sealed_keys, tokens
from shared.accounts.models import EVERYTHING
from shared.accounts.sealed_keys import SealedKey
from shared.errors import Unauthenticated

STORED_PREFIX = "sk_live_"
_STORED = re.compile(STORED_PREFIX + r"[A-Za-z0-9_-]{20,}")
_MAX_KEY_LENGTH = 200


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key that the database knows by its hash."""

    key_hash: bytes


@dataclass(frozen=True, slots=True)
class Token:
    """A token that was verified: whose it is, and what it is good for."""

    user_id: UUID
    scopes: frozenset[str]


Presented: TypeAlias = StoredKey | SealedKey | Token


def presented(headers: Mapping[str, str]) -> Presented:
    """What the request shows. `headers` by their names in lower case. Raises Unauthenticated.

    A bearer that is neither a stored nor a sealed key is a token.
    """
    scheme, _, value = headers.get("authorization", "").partition(" ")
    is_bearer = scheme.lower() == "bearer"
    shown = (value if is_bearer else headers.get("x-api-key", "")).strip()
    if not shown:
        raise Unauthenticated("Send your API key as 'Authorization: Bearer sk_live_…'.")
    if len(shown) <= _MAX_KEY_LENGTH:
        if _STORED.fullmatch(shown):
            return StoredKey(hash_key(shown))
        if shown.startswith(sealed_keys.PREFIX):
            return sealed_keys.unseal(shown)
    if is_bearer and shown.count(".") == 2:  # noqa: PLR2004 - header, payload, signature
        return Token(tokens.verify(shown), frozenset({EVERYTHING}))
    raise Unauthenticated("This API key is not valid.")


def hash_key(key: str) -> bytes:
    """32 bytes. A key has 256 random bits, so a fast hash is as good as a slow one."""
    return hashlib.sha256(key.encode()).digest()

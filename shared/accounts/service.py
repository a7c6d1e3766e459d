"""Who calls. Keys are random, shown once, and kept only as SHA-256."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from shared.database import Connection, ask
from shared.errors import NotFound, Unauthenticated

KEY_PREFIX = "sk_live_"
_NOBODY = UUID(int=0)
_MAX_KEY_LENGTH = 200


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at the only moment at which it can be read."""

    key_id: UUID
    user_id: UUID
    api_key: str


def authenticate(headers: Mapping[str, str]) -> UUID:
    """The user whose key came as `Authorization: Bearer …` or `X-API-Key`. Raises Unauthenticated."""
    key = _presented_key(headers)
    if key is None:
        raise Unauthenticated("Send your API key as 'Authorization: Bearer sk_live_…'.")
    row = ask("select authenticate(%s) as user_id", [hash_key(key)])
    if row is None or row["user_id"] is None:
        raise Unauthenticated("This API key is not valid.")
    user_id: UUID = row["user_id"]
    return user_id


def create_api_key(db: Connection, name: str, user_id: UUID | None) -> NewKey:
    """A new key for a user, or for a new user of that name. Needs an admin's transaction."""
    if user_id is None:
        row = db.execute("insert into users (name) values (%s) returning id", [name]).fetchone()
    else:
        row = db.execute("select id from users where id = %s", [user_id]).fetchone()
    if row is None:
        raise NotFound("There is no such user.")
    api_key = KEY_PREFIX + secrets.token_urlsafe(32)
    created = db.execute(
        "insert into api_keys (user_id, name, prefix, key_hash) values (%s, %s, %s, %s) returning id",
        [row["id"], name, api_key[: len(KEY_PREFIX) + 4], hash_key(api_key)],
    ).fetchone()
    return NewKey(key_id=created["id"] if created else _NOBODY, user_id=row["id"], api_key=api_key)


def hash_key(key: str) -> bytes:
    """32 bytes. A key has 256 random bits, so a fast hash is as good as a slow one."""
    return hashlib.sha256(key.encode()).digest()


def _presented_key(headers: Mapping[str, str]) -> str | None:
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    key = bearer.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "").strip()
    return key if key.startswith(KEY_PREFIX) and len(key) <= _MAX_KEY_LENGTH else None

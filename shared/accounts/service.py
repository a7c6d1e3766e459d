"""API keys. They are random, shown once, and kept only as SHA-256; a sealed one is not kept at all."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from shared.accounts import sealed_keys
from shared.accounts.credentials import STORED_PREFIX, hash_key
from shared.accounts.models import ADMIN, EVERYTHING, KeyTerms
from shared.accounts.sealed_keys import SealedKey, seal
from shared.database import Connection
from shared.errors import NotFound

_RECOGNISED_BY = 4
"""So many letters after the prefix tell a person which key it is."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at the only moment at which it can be read."""

    key_id: UUID
    user_id: UUID
    api_key: str


def create_api_key(
    db: Connection, name: str, user_id: UUID | None, terms: KeyTerms | None = None, *, sealed: bool = False
) -> NewKey:
    """A new key for a user, or for a new user of that name. Needs the operator's transaction.

    Without terms it has the usual ones, and the first key of a deployment is for the administration, too.
    """
    if user_id is None:
        row = db.execute("insert into users (name) values (%s) returning id", [name]).fetchone()
    else:
        row = db.execute("select id from users where id = %s", [user_id]).fetchone()
    if row is None:
        raise NotFound("There is no such user.")
    terms = terms or KeyTerms.usual(sealed=sealed)
    if terms.scopes is None:
        first = db.execute("select from api_keys limit 1").fetchone() is None
        terms = terms.with_scopes((EVERYTHING, ADMIN) if first else (EVERYTHING,))
    made = new_secret(uuid4(), row["id"], sealed=sealed)
    db.execute(
        "insert into api_keys (id, user_id, name, kind, prefix, key_hash, scopes, per_minute, per_hour,"
        " expires_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            made.key_id,
            made.user_id,
            name,
            "sealed" if sealed else "stored",
            recognisable(made.api_key),
            stored_hash(made.api_key),
            list(terms.scopes or ()),
            terms.per_minute,
            terms.per_hour,
            terms.expires_at,
        ],
    )
    return made


def new_secret(key_id: UUID, user_id: UUID, *, sealed: bool, version: int = 1) -> NewKey:
    """A secret for a key. A sealed one is of the key's version; the caller keeps what there is to keep."""
    if sealed:
        api_key = seal(SealedKey(user_id, key_id, version, datetime.now(UTC)))
    else:
        api_key = STORED_PREFIX + secrets.token_urlsafe(32)
    return NewKey(key_id, user_id, api_key)


def stored_hash(api_key: str) -> bytes | None:
    """What the database keeps of a key: nothing of a sealed one."""
    return None if _is_sealed(api_key) else hash_key(api_key)


def recognisable(api_key: str) -> str:
    """The beginning of a key, which is not secret. Sealed ones all begin alike."""
    return sealed_keys.PREFIX if _is_sealed(api_key) else api_key[: len(STORED_PREFIX) + _RECOGNISED_BY]


def _is_sealed(api_key: str) -> bool:
    return api_key.startswith(sealed_keys.PREFIX)

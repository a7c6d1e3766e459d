"""Bearer tokens that are no keys: JWTs of our own, and of the issuers that the stage trusts.

Whose a token says that it is decides which keys and algorithms may verify it; nothing else of it is
believed before. Ours are HS256 with a key that nothing else uses, so no public key is ever a secret.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from shared.accounts.signing import derived_key
from shared.errors import Unauthenticated

ISSUER = "storyreel"
AUDIENCE = "storyreel-api"
ALGORITHM = "HS256"
ACCESS_SECONDS = 600
"""Nobody looks an access token up: one that was signed out of is good for so long."""

MAX_TOKEN_LENGTH = 8192
LEEWAY_SECONDS = 30


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A new token, and for how long it is good."""

    text: str
    expires_in: int


def issue(user_id: UUID) -> AccessToken:
    """An access token for a user. Needs Access.SIGNING."""
    import jwt  # noqa: PLC0415 - for those who sign in

    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(user_id),
        "iat": now,
        "exp": now + ACCESS_SECONDS,
        "jti": str(uuid4()),
    }
    key = _own_key()
    header = {"kid": _key_id(key), "typ": "at+jwt"}
    return AccessToken(jwt.encode(claims, key, ALGORITHM, headers=header), ACCESS_SECONDS)


def verify(token: str) -> UUID:
    """The user whose token it is: ours, or a trusted issuer's. Raises Unauthenticated.

    Raises ServiceUnavailable where an issuer's keys are needed and cannot be had.
    """
    if len(token) > MAX_TOKEN_LENGTH or token.count(".") != 2:  # noqa: PLR2004 - header, payload, signature
        raise Unauthenticated("This token is not valid.")
    import jwt  # noqa: PLC0415 - for those who present one

    try:
        claimed = jwt.decode(token, options={"verify_signature": False})
        if claimed.get("iss") == ISSUER:
            return _own_user(token)
        from shared.accounts.issuers import user_of  # noqa: PLC0415 - for those who present such a one

        return user_of(token, claimed.get("iss"))
    except jwt.ExpiredSignatureError as error:
        raise Unauthenticated("This token has expired. Get a new one.") from error
    except (jwt.PyJWTError, ValueError) as error:
        raise Unauthenticated("This token is not valid.") from error


def _own_user(token: str) -> UUID:
    import jwt  # noqa: PLC0415 - as above

    claims: dict[str, Any] = jwt.decode(
        token,
        _own_key(),
        algorithms=[ALGORITHM],
        audience=AUDIENCE,
        issuer=ISSUER,
        leeway=LEEWAY_SECONDS,
        options={"require": ["iss", "aud", "sub", "iat", "exp", "jti"]},
    )
    return UUID(claims["sub"])


def _own_key() -> bytes:
    return derived_key("access-token")


def _key_id(key: bytes) -> str:
    """What tells one key from the next, and nothing about it."""
    return hashlib.sha256(b"key-id\0" + key).hexdigest()[:16]

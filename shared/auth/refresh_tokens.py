"""Refresh tokens: each is good once, and gives its successor.

A token names its family (one sign-in) and its place in it, and has 256 secret bits. The first one's are
random, or follow from a request that may be sent again, and from the day (UTC); a successor's follow from the
token before it. Both take the deployment's secret, too. So a request whose answer was lost, or two at once,
give the same token, and the family never forks.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from shared.accounts.signing import derived_key

PREFIX = "rt_"
IDLE = timedelta(days=30)
"""A token that is not used for so long is good no more."""

LONGEST = timedelta(days=90)
"""After so long a password is asked for again."""

GRACE = timedelta(seconds=30)
"""Within this a spent token gives the same successor again. Later it is a sign of theft."""

KEPT = timedelta(days=1)
"""The same for the request that spent it, if it has an Idempotency-Key."""

_FORM = struct.Struct(">16sI32s")
MAX_LENGTH = 200


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A token, read. `secret` is 32 bytes."""

    family: UUID
    generation: int
    secret: bytes

    @classmethod
    def first(cls, proof: bytes | None = None) -> RefreshToken:
        """The first one of a new family: for the same request of nobody (`proof`) the same one all day.

        Not for ever: a family's row is deleted at some time, and its first token must not come back to life.
        """
        if proof is None:
            return cls(uuid4(), 0, secrets.token_bytes(32))
        made = hmac.digest(
            derived_key("first-refresh-token"), proof + _today().isoformat().encode(), "sha512"
        )
        return cls(UUID(bytes=made[:16], version=4), 0, made[32:])

    @classmethod
    def read(cls, text: str) -> RefreshToken | None:
        """A token as a caller sends it; None where it has not the form of one."""
        if not text.startswith(PREFIX) or len(text) > MAX_LENGTH:
            return None
        encoded = text.removeprefix(PREFIX)
        try:
            content = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
            family, generation, secret = _FORM.unpack(content)
        except (binascii.Error, ValueError, struct.error):
            return None
        # What Postgres holds as an integer.
        return cls(UUID(bytes=family), generation, secret) if generation < 2**31 - 1 else None

    def successor(self) -> RefreshToken:
        """The token that this one is exchanged for. Needs Access.SIGNING."""
        key = derived_key("refresh-token-successor")
        return RefreshToken(self.family, self.generation + 1, hmac.digest(key, self._packed(), "sha256"))

    @property
    def hash(self) -> bytes:
        """What is kept of it: 32 bytes. It has 256 secret bits, so a fast hash is as good as a slow one."""
        return hashlib.sha256(self._packed()).digest()

    def __str__(self) -> str:
        """As a caller keeps it."""
        return PREFIX + base64.urlsafe_b64encode(self._packed()).decode().rstrip("=")

    def _packed(self) -> bytes:
        return _FORM.pack(self.family.bytes, self.generation, self.secret)


def _today() -> date:
    return datetime.now(UTC).date()

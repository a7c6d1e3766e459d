"""Who calls, with what, and what he may still do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

ACT_AS = "act_as"
"""The scope to say who calls (X-User-ID) and in which session (X-Request-ID)."""

ADMIN = "admin"
"""The scope of the administration. `*` does not include it."""

EVERYTHING = "*"
"""The scope of every endpoint but the administration's."""

MAX_PER_MINUTE = 1_000_000
MAX_PER_HOUR = 10_000_000
"""What a limit of requests can be at the most."""


class Credential(StrEnum):
    """What a caller showed."""

    STORED_KEY = "stored_key"
    SEALED_KEY = "sealed_key"
    TOKEN = "token"  # noqa: S105 - the name of a kind
    SIGNED_LINK = "signed_link"


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many requests a caller has in the window in which fewer are left, and when that ends."""

    limit: int
    remaining: int
    reset_seconds: int

    def headers(self) -> dict[str, str]:
        """As every answer to a caller who is known carries them."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_seconds),
        }


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. `user_id` is whose rows he sees: another user's where the key may act as others."""

    user_id: UUID
    credential: Credential
    key_id: UUID | None = None
    scopes: frozenset[str] = frozenset()
    allowance: Allowance | None = None

    @property
    def may_override(self) -> bool:
        """Whether X-User-ID and X-Request-ID count."""
        return ACT_AS in self.scopes

    def may(self, operation: str, area: str) -> bool:
        """Whether an operation of an area is open to him, other than the administration's."""
        return not self.scopes.isdisjoint({EVERYTHING, area, operation})


@dataclass(frozen=True, slots=True)
class KeyTerms:
    """What a key may do, and how often. Scopes of None: what is usual for who asks."""

    scopes: tuple[str, ...] | None
    per_minute: int
    per_hour: int
    expires_at: datetime | None = None

    @classmethod
    def usual(cls, *, sealed: bool) -> KeyTerms:
        """Nothing special."""
        return cls(None, 200 if sealed else 600, 10_000)

    def with_scopes(self, scopes: tuple[str, ...]) -> KeyTerms:
        """The same with these scopes."""
        return replace(self, scopes=scopes)

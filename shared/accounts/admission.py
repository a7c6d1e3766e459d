"""Admission: who calls, whether he may, and how often he still may, in one round trip to Postgres.

Stored keys, sealed keys and tokens come the same way. What a token says is verified before
(`shared.accounts.credentials.presented` makes a `Token` of it, with the user's id and the token's scopes),
and then counted here like any key, by its user. The user of another issuer's subject is looked up before,
too, in a round trip of his own: once in a process, as `shared.accounts.issuers` remembers him.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.accounts import issuers
from shared.accounts.credentials import Presented, StoredKey, Token, presented
from shared.accounts.models import Allowance, Caller, Credential
from shared.accounts.sealed_keys import SealedKey
from shared.database import ask
from shared.errors import Forbidden, NotFound, StoryreelError, TooManyRequests, Unauthenticated
from shared.lambdas.http import HttpRequest
from shared.log import logger

_NOBODY = UUID(int=0)

_ADMIT = """
    select * from admit(
        presented_hash => %(hash)s, sealed_key => %(key_id)s, sealed_version => %(version)s,
        sealed_user => %(sealed_user)s, token_user => %(token_user)s, token_scopes => %(token_scopes)s,
        operation => %(operation)s, areas => %(areas)s, act_as => %(act_as)s
    )
"""


@dataclass(frozen=True, slots=True)
class Admission:
    """A caller, or why not. The allowance is there whenever the caller is known, refused or not."""

    caller: Caller | None
    refusal: StoryreelError | None
    allowance: Allowance | None

    def granted(self) -> Caller:
        """The caller. Raises the refusal."""
        if self.caller is None:
            raise self.refusal or Unauthenticated("Sign in.")
        return self.caller


def admit(request: HttpRequest, *, operation: str, scopes: Sequence[str]) -> Admission:
    """Admit the caller of a request to an operation, or refuse him. `scopes`: the areas that it is open to.

    Raises Unauthenticated where the request shows nothing that could be anybody's.
    """
    shown = presented(request.headers)
    wanted = {"operation": operation, "areas": list(scopes), "act_as": _act_as(request)}
    row = ask(_ADMIT, _parameters(shown) | wanted)
    if row is None:
        raise RuntimeError("admit() gives one row.")
    allowance = (
        None
        if row["rate_limit"] is None
        else Allowance(row["rate_limit"], row["remaining"], row["reset_seconds"])
    )
    if row["refusal"] == "unknown" and isinstance(shown, Token):
        issuers.forget_users()  # this one was deleted: his next token makes a new user
    if row["refusal"] is not None:
        logger().info("caller refused", extra={"reason": row["refusal"], "key_id": str(row["key_id"])})
        return Admission(None, _refusal(row["refusal"], operation, allowance), allowance)
    caller = Caller(row["user_id"], _kind(shown), row["key_id"], frozenset(row["scopes"]), allowance)
    return Admission(caller, None, allowance)


def _parameters(shown: Presented) -> dict[str, object]:
    none = dict.fromkeys(("hash", "key_id", "version", "sealed_user", "token_user", "token_scopes"))
    match shown:
        case StoredKey(key_hash):
            return none | {"hash": key_hash}
        case SealedKey(user_id, key_id, version):
            return none | {"key_id": key_id, "version": version, "sealed_user": user_id}
        case Token(user_id, scopes):
            return none | {"token_user": user_id, "token_scopes": sorted(scopes)}


def _kind(shown: Presented) -> Credential:
    match shown:
        case StoredKey():
            return Credential.STORED_KEY
        case SealedKey():
            return Credential.SEALED_KEY
        case Token():
            return Credential.TOKEN


def _act_as(request: HttpRequest) -> UUID | None:
    """Whom the caller wants to be; nobody for what is no id, as there is no such user."""
    wanted = request.headers.get("x-user-id", "").strip()
    if not wanted:
        return None
    try:
        return UUID(wanted)
    except ValueError:
        return _NOBODY


def _refusal(reason: str, operation: str, allowance: Allowance | None) -> StoryreelError:
    match reason:
        case "rate":
            return TooManyRequests(
                "You have used up your requests for now.",
                retry_after_seconds=None if allowance is None else allowance.reset_seconds,
            )
        case "scope":
            return Forbidden(f"You may not call {operation}: it takes an API key with a scope for it.")
        case "act_as":
            return Forbidden(
                "This API key cannot act as another user (X-User-ID): it lacks the scope act_as."
            )
        case "user":
            return NotFound("There is no such user.")
        case _:  # unknown, inactive, expired: nobody learns which
            return Unauthenticated("This API key is not valid.")

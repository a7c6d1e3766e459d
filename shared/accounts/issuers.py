"""Tokens of outside issuers (Cognito, Supabase, Auth0 …), verified with the public keys that they publish.

A stage says which issuers it trusts, for which audience, and where their keys are. Keys are kept per
process. A key id that is not among them has the set read anew, but not again and again: whoever sends
made-up ids makes nobody's keys be fetched more often than once in a while.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from shared.errors import AddressRefused, ServiceUnavailable, Unauthenticated
from shared.log import logger
from shared.settings import SignInSettings, TokenIssuer, settings

if TYPE_CHECKING:  # for those who present such a token
    from jwt import PyJWK

ALGORITHMS = ("RS256", "ES256", "EdDSA")
"""Of public keys only: never `none`, and never HS256, to which a public key would be a secret."""

LEEWAY_SECONDS = 60
"""How far the issuer's clock may be from ours."""

KEYS_SECONDS = 3600
"""After so long the set is read anew: a key that the issuer took back is not trusted any more."""

UNKNOWN_KEY_SECONDS = 30
"""The least time between two readings of a set."""

FETCH_SECONDS = 5.0
MAX_JWKS_BYTES = 256 * 1024
MAX_SUBJECT_CHARACTERS = 255
MAX_NAME_CHARACTERS = 100


@dataclass(slots=True)
class _KeySet:
    """An issuer's keys by their ids. Times by `time.monotonic()`."""

    keys: dict[str, PyJWK]
    read_at: float
    tried_at: float


_key_sets: dict[str, _KeySet] = {}


def user_of(token: str, issuer: object) -> UUID:
    """The user of a token. Raises Unauthenticated or PyJWT's own errors, and ServiceUnavailable."""
    trusted = next((each for each in settings(SignInSettings).issuers if each.issuer == issuer), None)
    if trusted is None:
        raise Unauthenticated("This token is not of an issuer that is trusted here.")
    claims = _verified(token, trusted)
    subject = claims["sub"]
    if not 0 < len(subject) <= MAX_SUBJECT_CHARACTERS or "\0" in subject:
        raise Unauthenticated("This token is not valid.")
    return _mapped(trusted.issuer, subject, _name(claims))


def forget_users() -> None:
    """Look every subject up anew: one of them may be a user who was deleted."""
    _mapped.cache_clear()


def _verified(token: str, trusted: TokenIssuer) -> dict[str, Any]:
    import jwt  # noqa: PLC0415 - for those who present such a token

    header = jwt.get_unverified_header(token)
    if header.get("alg") not in ALGORITHMS:
        raise Unauthenticated("This token is not valid.")
    claims: dict[str, Any] = jwt.decode(
        token,
        _key(trusted.jwks_url, str(header.get("kid", ""))),
        algorithms=ALGORITHMS,
        issuer=trusted.issuer,
        leeway=LEEWAY_SECONDS,
        options={
            "require": ["iss", "sub", "exp"],
            "verify_aud": False,  # below: Cognito's access tokens have another claim for it
            "enforce_minimum_key_length": True,
        },
    )
    if trusted.audience not in _audiences(claims):
        raise Unauthenticated("This token is not for this API.")
    return claims


def _audiences(claims: dict[str, Any]) -> list[Any]:
    """For whom a token is: `aud`, one or several; an access token of Cognito's has `client_id` alone."""
    if "aud" in claims:
        return claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    return [claims.get("client_id")] if claims.get("token_use") == "access" else []


def _name(claims: dict[str, Any]) -> str:
    """What to call a new user: tokens differ in what they say of people."""
    for claim in ("name", "email", "username"):
        value = claims.get(claim)
        if isinstance(value, str) and value.strip("\0 "):
            return value.replace("\0", "").strip()[:MAX_NAME_CHARACTERS]
    return "A user of another issuer"


@lru_cache(maxsize=4096)
def _mapped(issuer: str, subject: str, name: str) -> UUID:
    """The user of an issuer's subject, who is made when seen first."""
    from shared.database import ask  # noqa: PLC0415 - with the rest

    limit = settings(SignInSettings).new_user_monthly_cap_usd
    row = ask("select user_of_identity(%s, %s, %s, %s) as user_id", [issuer, subject, name, limit])
    if row is None:
        raise ServiceUnavailable("The database gave no answer.")
    user_id: UUID = row["user_id"]
    return user_id


def _key(url: str, key_id: str) -> PyJWK:
    known = _key_sets.get(url)
    now = time.monotonic()
    stale = known is None or now - known.read_at > KEYS_SECONDS or key_id not in known.keys
    if stale and (known is None or now - known.tried_at > UNKNOWN_KEY_SECONDS):
        known = _read_again(url, known, now)
    if known is None or not known.keys:
        raise ServiceUnavailable("The keys of this token's issuer cannot be read.", retry_after_seconds=30)
    if key_id not in known.keys:
        raise Unauthenticated("This token is not valid.")
    return known.keys[key_id]


def _read_again(url: str, known: _KeySet | None, now: float) -> _KeySet:
    """The set as it is now; where it cannot be read, what is known stays good for a while."""
    try:
        found = _KeySet(read_keys(url), now, now)
    except (OSError, ValueError) as error:
        logger().warning("issuer's keys not read", extra={"url": url, "error": type(error).__name__})
        good = known is not None and now - known.read_at < 2 * KEYS_SECONDS
        kept = known.keys if known is not None and good else {}
        found = _KeySet(kept, known.read_at if known is not None else now, now)
    _key_sets[url] = found
    return found


def read_keys(url: str) -> dict[str, PyJWK]:
    """The keys at an address that may verify tokens. Raises OSError, and ValueError for what is no set."""
    import jwt  # noqa: PLC0415 - for those who present such a token

    content = json.loads(_download(url))
    if not isinstance(content, dict) or not isinstance(content.get("keys"), list):
        raise ValueError("This is no JSON Web Key Set.")  # noqa: TRY004 - what was sent is wrong, not its use
    keys = {}
    for each in content["keys"]:
        # Of a public key only, and one of the algorithms that are allowed.
        if not isinstance(each, dict) or each.get("kty") not in {"RSA", "EC", "OKP"}:
            continue
        if each.get("use", "sig") != "sig" or each.get("alg", ALGORITHMS[0]) not in ALGORITHMS:
            continue
        try:
            keys[str(each.get("kid", ""))] = jwt.PyJWK(each)
        except jwt.PyJWTError:
            continue  # of a kind that is not known here
    return {key_id: key for key_id, key in keys.items() if key.algorithm_name in ALGORITHMS}


def _download(url: str) -> bytes:
    """What is at the address, and at no other: redirects are not followed."""
    import http.client  # noqa: PLC0415 - with the rest
    from urllib.parse import urlsplit  # noqa: PLC0415 - the same

    from shared.net import Patience, WayOut, is_loopback, target_of  # noqa: PLC0415 - the same

    give_up_at = time.monotonic() + FETCH_SECONDS
    # A laptop's own issuer is on this machine: where it may be is said by the setting that names it.
    way_out = WayOut(loopback_allowed=is_loopback(urlsplit(url).hostname))
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", "Connection": "close"}
    content = b""
    try:
        target = target_of(way_out.check(url))
        with way_out.open(url, Patience(FETCH_SECONDS, FETCH_SECONDS, FETCH_SECONDS)) as connection:
            connection.request("GET", target, headers=headers)
            with connection.getresponse() as answer:
                if answer.status != http.client.OK:
                    raise ValueError(f"The issuer answers {answer.status} for its keys.")
                while chunk := answer.read1(64 * 1024):
                    content += chunk
                    if len(content) > MAX_JWKS_BYTES:
                        raise ValueError("This key set is too large.")
    except (AddressRefused, http.client.HTTPException) as error:
        raise OSError("This key set cannot be read.") from error
    if time.monotonic() > give_up_at:
        raise TimeoutError("This key set comes too slowly.")
    return content

"""Tokens that nobody may get in with, by what is wrong with them: ours, and another issuer's."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import jwt
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.accounts import tokens
from shared.accounts.signing import derived_key
from tests.fakes.issuer import OTHER_RSA_KEY, RSA_KEY, Issuer, encoded, published

PEM = RSA_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def forged(header: dict[str, Any], claims: dict[str, Any], secret: bytes | None) -> str:
    """A token that no library would make: signed with HMAC and any secret, or not at all."""
    text = f"{encoded(header)}.{encoded(claims)}"
    signature = b"" if secret is None else hmac.digest(secret, text.encode(), hashlib.sha256)
    return f"{text}.{encoded(signature)}"


def own_claims(user_id: UUID, **changed: Any) -> dict[str, Any]:
    now = int(time.time())
    claims = {
        "iss": tokens.ISSUER,
        "aud": tokens.AUDIENCE,
        "sub": str(user_id),
        "iat": now,
        "exp": now + 300,
        "jti": str(uuid4()),
        **changed,
    }
    return {name: value for name, value in claims.items() if value is not None}


def own_token(user_id: UUID, key: bytes | None = None, **changed: Any) -> str:
    return jwt.encode(own_claims(user_id, **changed), key or derived_key("access-token"), "HS256")


OWN_FAULTS: dict[str, Callable[[UUID], str]] = {
    "alg none": lambda user: forged({"alg": "none", "typ": "JWT"}, own_claims(user), None),
    "alg None": lambda user: forged({"alg": "None"}, own_claims(user), None),
    "no signature": lambda user: own_token(user).rpartition(".")[0] + ".",
    "wrong key": lambda user: own_token(user, b"x" * 32),
    "another purpose's key": lambda user: own_token(user, derived_key("sealed-key")),
    "empty key": lambda user: forged({"alg": "HS256"}, own_claims(user), b""),
    "wrong audience": lambda user: own_token(user, aud="another-api"),
    "no audience": lambda user: own_token(user, aud=None),
    "wrong issuer": lambda user: own_token(user, iss="storyreel2"),
    "no issuer": lambda user: own_token(user, iss=None),
    "expired": lambda user: own_token(user, exp=int(time.time()) - 31),
    "never expires": lambda user: own_token(user, exp=None),
    "not yet": lambda user: own_token(user, nbf=int(time.time()) + 300),
    "no subject": lambda user: own_token(user, sub=None),
    "subject is no id": lambda user: own_token(user, sub="admin"),
    "tampered payload": lambda user: _tampered(own_token(user), own_claims(uuid4())),
    "tampered header": lambda user: f"{encoded({'alg': 'HS512'})}.{own_token(user).partition('.')[2]}",
    "signed by an RSA key": lambda user: jwt.encode(own_claims(user), RSA_KEY, "RS256"),
    "cut": lambda user: own_token(user)[:-2],
    "four parts": lambda user: own_token(user) + ".x",
    "two parts": lambda user: own_token(user).rpartition(".")[0],
    "payload is a list": lambda _: forged({"alg": "HS256"}, [], derived_key("access-token")),  # type: ignore[arg-type]
    "too long": lambda user: own_token(user, pad="x" * 9000),
    "nothing": lambda _: "..",
    "no text": lambda _: "ü.ü.ü",
}


def _tampered(token: str, claims: dict[str, Any]) -> str:
    header, _, signature = token.split(".")
    return f"{header}.{encoded(claims)}.{signature}"


"""With the deployment's own secret: for a process that has its environment."""


ISSUER_FAULTS: dict[str, Callable[[Issuer], str]] = {
    "alg none": lambda issuer: forged({"alg": "none", "kid": "rsa"}, issuer.claims(), None),
    "HS256 with the public key as its secret": lambda issuer: forged(
        {"alg": "HS256", "kid": "rsa"}, issuer.claims(), PEM
    ),
    "HS256 with our own key": lambda issuer: forged(
        {"alg": "HS256", "kid": "rsa"}, issuer.claims(), derived_key("access-token")
    ),
    "HS256 that says it is RS256": lambda issuer: forged(
        {"alg": "RS256", "kid": "rsa"}, issuer.claims(), PEM
    ),
    "wrong key": lambda issuer: issuer.token(key=OTHER_RSA_KEY),
    "a key of its own in the header": lambda issuer: jwt.encode(
        issuer.claims(),
        OTHER_RSA_KEY,
        "RS256",
        headers={"kid": "rsa", "jwk": published("rsa", OTHER_RSA_KEY)},
    ),
    "another key's id": lambda issuer: issuer.token(kid="ec"),
    "RS512, which is not allowed": lambda issuer: issuer.token(algorithm="RS512"),
    "PS256, which is not allowed": lambda issuer: issuer.token(algorithm="PS256"),
    "unknown key id": lambda issuer: issuer.token(kid="unknown"),
    "wrong audience": lambda issuer: issuer.token(aud="another-api"),
    "audience is not text": lambda issuer: issuer.token(aud={"storyreel-clients": 1}),
    "no audience": lambda issuer: issuer.token(aud=None),
    "another issuer": lambda issuer: issuer.token(iss="https://evil.example/"),
    "the issuer with a slash": lambda issuer: issuer.token(iss=issuer.name + "/"),
    "issuer is a list": lambda issuer: forged(
        {"alg": "RS256", "kid": "rsa"}, issuer.claims(iss=[issuer.name]), PEM
    ),
    "ours by name": lambda issuer: issuer.token(
        iss="storyreel", aud="storyreel-api", sub=str(uuid4()), jti="x"
    ),
    "expired": lambda issuer: issuer.token(exp=int(time.time()) - 61),
    "never expires": lambda issuer: issuer.token(exp=None),
    "expires never in words": lambda issuer: issuer.token(exp="never"),
    "not yet": lambda issuer: issuer.token(nbf=int(time.time()) + 300),
    "no subject": lambda issuer: issuer.token(sub=None),
    "empty subject": lambda issuer: issuer.token(sub=""),
    "subject is a number": lambda issuer: issuer.token(sub=7),
    "subject without end": lambda issuer: issuer.token(sub="x" * 256),
    "subject with a NUL": lambda issuer: issuer.token(sub="a\0b"),
    "tampered payload": lambda issuer: _tampered(issuer.token(), issuer.claims()),
    "an unknown critical header": lambda issuer: jwt.encode(
        issuer.claims(), RSA_KEY, "RS256", headers={"kid": "rsa", "crit": ["exp2"]}
    ),
}

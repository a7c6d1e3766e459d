"""Addresses and passwords: their form, their rules, and what is kept of a password."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from shared.errors import InvalidRequest

if TYPE_CHECKING:  # argon2's library, for the endpoints that hash
    from argon2 import PasswordHasher

MIN_PASSWORD_CHARACTERS = 12
MAX_PASSWORD_CHARACTERS = 128
MIN_DIFFERENT_CHARACTERS = 5
MAX_EMAIL_CHARACTERS = 254

MEMORY_KIB = 19 * 1024
ITERATIONS = 2
LANES = 1
"""OWASP's parameters for argon2id: 19 MiB, two passes, one lane."""

DUMMY_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1$ISr6v2pmGX2O4nHH96TAUA$/uDO3bEukiLhadjOn4gKBPRkIH/OVMb3lTbCkGnnciY"
)
"""Nobody's password, with the same parameters: to compare with it takes as long as with a real one."""

_EMAIL = re.compile(r"[^\s@\x00-\x1f\x7f]{1,64}@(?:[^\s@.\x00-\x1f\x7f]{1,63}\.)+[^\s@.\x00-\x1f\x7f]{2,63}")


def normal_email(email: str) -> str:
    """An address as it is compared: without regard to case and to the forms of Unicode.

    Raises InvalidRequest for what is no address.
    """
    normal = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", email.strip()).casefold())
    if len(normal) > MAX_EMAIL_CHARACTERS or not _EMAIL.fullmatch(normal):
        raise InvalidRequest("email: This is not an e-mail address.")
    return normal


def check_password(password: str, email: str) -> None:
    """Long enough and not the address; no rule on kinds of characters. Raises InvalidRequest."""
    normal = _normal(password)
    if not MIN_PASSWORD_CHARACTERS <= len(normal) <= MAX_PASSWORD_CHARACTERS:
        raise InvalidRequest(
            f"password: A password has {MIN_PASSWORD_CHARACTERS} to {MAX_PASSWORD_CHARACTERS} characters."
            " A few words in a row are easy to keep in mind."
        )
    if normal.casefold() in {email, email.partition("@")[0]}:
        raise InvalidRequest("password: Your address is no password.")
    if len(set(normal)) < MIN_DIFFERENT_CHARACTERS:
        raise InvalidRequest(f"password: A password has {MIN_DIFFERENT_CHARACTERS} different characters.")


def hash_password(password: str) -> str:
    """What is kept: argon2id with its parameters and a random salt."""
    return _hasher().hash(_normal(password))


def is_password(password: str, kept: str | None) -> bool:
    """Whether it is the password that was hashed. For an unknown account (None) a no takes as long."""
    from argon2.exceptions import VerificationError  # noqa: PLC0415 - for the endpoints that hash

    try:
        _hasher().verify(kept or DUMMY_HASH, _normal(password))
    except VerificationError:
        return False
    return kept is not None


def hash_of_today(password: str, kept: str) -> str | None:
    """The same password's hash where the kept one has other parameters than today's; else None."""
    return hash_password(password) if _hasher().check_needs_rehash(kept) else None


def _normal(password: str) -> str:
    """NFKC, so that the same keys on another keyboard or system give the same password (RFC 8265)."""
    return unicodedata.normalize("NFKC", password)


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher, Type  # noqa: PLC0415 - for the endpoints that hash

    return PasswordHasher(time_cost=ITERATIONS, memory_cost=MEMORY_KIB, parallelism=LANES, type=Type.ID)

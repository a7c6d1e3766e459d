"""Signing in with an address and a password, and staying signed in."""

from __future__ import annotations

import ipaddress
import secrets
from dataclasses import dataclass
from uuid import UUID

from shared.accounts import tokens
from shared.auth import passwords, queries
from shared.auth.models import Account, ChangePassword, NewAccount, SignIn, TokensAnswer
from shared.auth.refresh_tokens import RefreshToken
from shared.database import Connection, reading, transaction
from shared.errors import Conflict, Forbidden, NotFound, TooManyRequests, Unauthenticated
from shared.lambdas.idempotency import NEW_REQUEST, Idempotency
from shared.log import logger
from shared.settings import SignInSettings, settings

IPV6_NETWORK_BITS = 64
"""What a household gets: an address of it is as good as any other."""


@dataclass(frozen=True, slots=True)
class FirstPassword:
    """A password at the only moment at which it can be read."""

    user_id: UUID
    password: str


def register(order: NewAccount, source_ip: str, idempotency: Idempotency = NEW_REQUEST) -> TokensAnswer:
    """A new user, who is signed in at once; sent again the same day, the same one, until the refresh token
    is spent.

    Raises Forbidden where the stage lets nobody register, InvalidRequest, Conflict for an address that is
    taken, TooManyRequests, and AnswerNotKept. There is no mail to confirm an address, so it cannot be hidden
    that it is.
    """
    if settings(SignInSettings).registration != "open":
        raise Forbidden("Nobody can register here. Ask who runs this API for an account.")
    email = passwords.normal_email(order.email)
    passwords.check_password(order.password, email)
    first = RefreshToken.first(idempotency.proof)
    made = queries.register_user(
        email,
        order.name or email,
        passwords.hash_password(order.password),
        settings(SignInSettings).new_user_monthly_cap_usd,
        network(source_ip),
        first,
    )
    _refuse_wait(made.wait)
    if made.user_id is None:
        raise Conflict("There is an account with this address. Sign in.")
    return _tokens(made.user_id, first)


def sign_in(order: SignIn, source_ip: str, idempotency: Idempotency = NEW_REQUEST) -> TokensAnswer:
    """Two tokens for an address and its password; sent again the same day, the same refresh token, until it
    is spent.

    Raises Unauthenticated, the same and after the same time whether the address or the password is wrong,
    TooManyRequests, and AnswerNotKept.
    """
    email, address = passwords.normal_email(order.email), network(source_ip)
    found = queries.begin_sign_in(email, address)
    _refuse_wait(found.wait)
    right = passwords.is_password(order.password, found.password_hash)
    if not right or found.user_id is None or found.password_hash is None:
        raise Unauthenticated("The address or the password is wrong.")
    first = RefreshToken.first(idempotency.proof)
    rehashed = passwords.hash_of_today(order.password, found.password_hash)
    if not queries.complete_sign_in(found.user_id, email, address, found.password_hash, rehashed, first):
        raise Unauthenticated("The address or the password is wrong.")
    return _tokens(found.user_id, first)


def refresh(text: str, idempotency: Idempotency = NEW_REQUEST) -> TokensAnswer:
    """The next two tokens for a refresh token. Raises Unauthenticated."""
    token = RefreshToken.read(text)
    if token is None:
        raise Unauthenticated("This refresh token is not valid.")
    successor = token.successor()
    outcome, user_id = queries.rotate(token, successor, idempotency.proof)
    if outcome == "reused":
        logger().warning(
            "spent refresh token used again: its family is revoked", extra={"user": str(user_id)}
        )
    if outcome not in {"rotated", "again"} or user_id is None:
        raise Unauthenticated("This refresh token is not valid any more. Sign in.")
    return _tokens(user_id, successor)


def sign_out(text: str) -> None:
    """End the sign-in of a refresh token. One that is not valid ends nothing, and nobody learns which."""
    token = RefreshToken.read(text)
    if token is not None:
        queries.revoke(token)


def account(user_id: UUID) -> Account:
    """The user."""
    with reading(user_id) as read:
        own = read(queries.OWN_ACCOUNT)
    return queries.account_of(own.one)


def change_password(user_id: UUID, order: ChangePassword) -> TokensAnswer:
    """Change the user's password: every sign-in ends, and a new one begins.

    Raises Forbidden for a wrong current password, Conflict for a user without one, InvalidRequest, and
    TooManyRequests.
    """
    with transaction(user_id) as db:
        own = queries.own_credentials(db)
    _refuse_wait(own.wait)
    if own.email is None or own.password_hash is None:
        raise Conflict("This account has no password: it signs in elsewhere, or with API keys.")
    passwords.check_password(order.new_password, own.email)
    if not passwords.is_password(order.current_password, own.password_hash):
        raise Forbidden("The current password is wrong.")
    first = RefreshToken.first()
    new_hash = passwords.hash_password(order.new_password)
    with transaction(user_id) as db:
        if not queries.change_own_password(db, own.password_hash, new_hash, first):
            raise Conflict("The password was changed in the meantime.")
    return _tokens(user_id, first)


def give_password(db: Connection, email: str, name: str | None, user_id: UUID | None) -> FirstPassword:
    """A random password for an address: a known account's, a known user's, or a new user's.

    Needs the operator's transaction. Raises InvalidRequest, NotFound, and Conflict for another's address.
    """
    email = passwords.normal_email(email)
    owner = queries.user_of_email(db, email)
    if owner is not None and user_id not in {None, owner}:
        raise Conflict("Another user has this address.")
    user_id = user_id or owner
    if user_id is None:
        row = db.execute("insert into users (name) values (%s) returning id", [name or email]).fetchone()
    else:
        row = db.execute("select id from users where id = %s", [user_id]).fetchone()
    if row is None:
        raise NotFound("There is no such user.")
    password = secrets.token_urlsafe(18)
    queries.set_password(db, row["id"], email, passwords.hash_password(password))
    return FirstPassword(row["id"], password)


def network(source_ip: str) -> str:
    """What tries are counted by: an IPv4 address, or the network of an IPv6 one."""
    try:
        address = ipaddress.ip_address(source_ip)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, IPV6_NETWORK_BITS), strict=False))
    return str(address)


def _tokens(user_id: UUID, refresh_token: RefreshToken) -> TokensAnswer:
    access = tokens.issue(user_id)
    return TokensAnswer(
        access_token=access.text,
        expires_in=access.expires_in,
        refresh_token=str(refresh_token),
        user_id=user_id,
    )


def _refuse_wait(seconds: float | None) -> None:
    if seconds is not None:
        raise TooManyRequests("Too many attempts. Wait a while.", retry_after_seconds=seconds)

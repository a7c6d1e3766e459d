"""The SQL of signing in: database functions, each in one round trip where nobody is known yet."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.rows import class_row, dict_row

from shared.auth.models import Account
from shared.auth.refresh_tokens import GRACE, IDLE, KEPT, LONGEST, RefreshToken
from shared.database import Connection, Question, ask
from shared.errors import ServiceUnavailable
from shared.lambdas.idempotency import AnswerNotKept


@dataclass(frozen=True, slots=True)
class Candidate:
    """Whom an address belongs to, and what the password is compared with; `wait` seconds if not now."""

    user_id: UUID | None
    password_hash: str | None
    wait: float | None


@dataclass(frozen=True, slots=True)
class Credentials:
    """The caller's own; None for a user without a password."""

    email: str | None
    password_hash: str | None
    wait: float | None


_GONE_ON = "This request was done before, and its tokens are spent. Send it with a new Idempotency-Key."


def begin_sign_in(email: str, address: str) -> Candidate:
    """Count a try of a network address at an account, before its outcome is known."""
    row = _one(ask("select * from begin_sign_in(%s, %s)", [email, address]))
    return Candidate(row["user_id"], row["password_hash"], row["wait"])


def complete_sign_in(
    user_id: UUID, email: str, address: str, old_hash: str, new_hash: str | None, first: RefreshToken
) -> bool:
    """The password was right: begin a family. False where it was changed in between.

    Raises AnswerNotKept where the family was begun by the same request before, and its first token is spent.
    """
    row = ask(
        "select complete_sign_in(%s, %s, %s, %s, %s, %s, %s, %s, %s) as done",
        [user_id, email, address, old_hash, new_hash, first.family, first.hash, IDLE, LONGEST],
    )
    done: bool | None = _one(row)["done"]
    if done is None:
        raise AnswerNotKept(_GONE_ON)
    return done


def register_user(
    email: str, name: str, password_hash: str, limit: Decimal, address: str, first: RefreshToken
) -> Candidate:
    """A new user with a first family; no user where the address is taken.

    Raises AnswerNotKept where the same request made a user before who has another address now.
    """
    try:
        row = ask(
            "select * from register_user(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [email, name, password_hash, limit, address, first.family, first.hash, IDLE, LONGEST],
        )
    except UniqueViolation as error:
        raise AnswerNotKept(_GONE_ON) from error
    return Candidate(_one(row)["user_id"], password_hash, _one(row)["wait"])


def rotate(token: RefreshToken, successor: RefreshToken, proof: bytes | None) -> tuple[str, UUID | None]:
    """What becomes of a token (see the migration), and whose it is. `proof`: see Idempotency."""
    row = ask(
        "select * from rotate_refresh_token(%s, %s, %s, %s, %s::bytea, %s, %s, %s)",
        [token.family, token.generation, token.hash, successor.hash, proof, GRACE, KEPT, IDLE],
    )
    return _one(row)["outcome"], _one(row)["user_id"]


def revoke(token: RefreshToken) -> None:
    """End a token's family, if it is one of its last two."""
    ask("select revoke_family(%s, %s)", [token.family, token.hash])


def own_credentials(db: Connection) -> Credentials:
    """The caller's own, for a try at the password that counts."""
    with db.cursor(row_factory=class_row(Credentials)) as cursor:
        found = cursor.execute("select email, password_hash, wait from own_credentials()").fetchone()
    return found or Credentials(None, None, None)


def change_own_password(db: Connection, old_hash: str, new_hash: str, first: RefreshToken) -> bool:
    """End every family of the caller's and begin one. False where the password was changed in between."""
    row = db.execute(
        "select change_own_password(%s, %s, %s, %s, %s, %s) as done",
        [old_hash, new_hash, first.family, first.hash, IDLE, LONGEST],
    ).fetchone()
    return bool(_one(row)["done"])


OWN_ACCOUNT = Question(
    "select id, name, own_email() as email, monthly_cap_usd, spending_limit_usd, created_at"
    " from users where id = app_user_id()",
    (),
    dict_row,
)
"""The caller: for `account_of`."""


def account_of(row: dict[str, Any] | None) -> Account:
    """A user."""
    return Account.model_validate(_one(row))


def set_password(db: Connection, user_id: UUID, email: str, password_hash: str) -> None:
    """Give a user an address and a password, and end every sign-in. Needs the operator's transaction."""
    db.execute(
        "insert into credentials (user_id, email, password_hash) values (%s, %s, %s)"
        " on conflict (user_id) do update"
        " set email = excluded.email, password_hash = excluded.password_hash, changed_at = now()",
        [user_id, email, password_hash],
    )
    db.execute(
        "update refresh_families set revoked_at = now() where user_id = %s and revoked_at is null", [user_id]
    )


def user_of_email(db: Connection, email: str) -> UUID | None:
    """Whose address it is. Needs the operator's transaction."""
    row = db.execute("select user_id from credentials where email = %s", [email]).fetchone()
    return None if row is None else row["user_id"]


def _one(row: dict[str, Any] | None) -> dict[str, Any]:
    """The row that a function of the database's gives whatever happens."""
    if row is None:
        raise ServiceUnavailable("The database gave no answer.")
    return row

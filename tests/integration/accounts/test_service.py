from __future__ import annotations

from collections.abc import Callable

import pytest

from shared.accounts.service import NewKey, authenticate
from shared.database import admin_transaction
from shared.errors import Unauthenticated


@pytest.mark.parametrize(
    "headers",
    [
        lambda key: {"authorization": f"Bearer {key}"},
        lambda key: {"authorization": f"bearer  {key} "},
        lambda key: {"x-api-key": key},
    ],
)
def test_a_key_signs_its_user_in(user: NewKey, headers: Callable[[str], dict[str, str]]) -> None:
    assert authenticate(headers(user.api_key)) == user.user_id


def test_an_unknown_key_is_refused(user: NewKey) -> None:
    last = "A" if user.api_key[-1] != "A" else "B"
    with pytest.raises(Unauthenticated):
        authenticate({"x-api-key": user.api_key[:-1] + last})


def test_a_revoked_key_is_refused(user: NewKey) -> None:
    with admin_transaction() as db:
        db.execute("update api_keys set revoked_at = now() where id = %s", [user.key_id])
    with pytest.raises(Unauthenticated):
        authenticate({"x-api-key": user.api_key})


def test_the_use_of_a_key_is_noted_once_a_minute(user: NewKey) -> None:
    def last_used() -> object:
        with admin_transaction() as db:
            row = db.execute("select last_used_at from api_keys where id = %s", [user.key_id]).fetchone()
            return row and row["last_used_at"]

    assert last_used() is None
    authenticate({"x-api-key": user.api_key})
    noted = last_used()
    authenticate({"x-api-key": user.api_key})
    assert noted is not None
    assert last_used() == noted


def test_the_database_does_not_hold_the_key(user: NewKey) -> None:
    with admin_transaction() as db:
        rows = db.execute("select * from api_keys where id = %s", [user.key_id]).fetchall()
    assert user.api_key not in repr(rows)

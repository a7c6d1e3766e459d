from __future__ import annotations

from shared.accounts.service import NewKey
from shared.database import admin_transaction


def test_the_database_does_not_hold_the_key(user: NewKey) -> None:
    with admin_transaction() as db:
        rows = db.execute("select * from api_keys where id = %s", [user.key_id]).fetchall()
    assert user.api_key not in repr(rows)

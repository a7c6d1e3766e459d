from __future__ import annotations

import psycopg
import pytest

from shared.accounts.service import NewKey
from shared.database import _open, admin_transaction, transaction
from shared.errors import DatabaseUnavailable
from shared.migrate import MIGRATIONS, MigrationChanged, migrate


def test_an_exception_takes_back_what_was_done(user: NewKey) -> None:
    with pytest.raises(RuntimeError), transaction(user.user_id) as db:
        db.execute("update video_sessions set title = 'never'")
        db.execute("insert into media_sessions (user_id, request_id) values (%s, 'a')", [user.user_id])
        raise RuntimeError
    with transaction(user.user_id) as db:
        assert db.execute("select 1 from media_sessions").fetchall() == []


def test_a_connection_that_the_server_closed_is_replaced_without_a_word(user: NewKey) -> None:
    with transaction(user.user_id) as db:
        first = db.info.backend_pid
    with admin_transaction() as db:
        db.execute("select pg_terminate_backend(%s)", [first])
    with transaction(user.user_id) as db:
        assert db.info.backend_pid != first


def test_a_connection_that_breaks_in_the_middle_is_an_error_that_says_try_again(user: NewKey) -> None:
    with pytest.raises(DatabaseUnavailable) as raised, transaction(user.user_id) as db:
        with admin_transaction() as admin:
            admin.execute("select pg_terminate_backend(%s)", [db.info.backend_pid])
        db.execute("select 1")
    assert raised.value.retryable


def test_a_connection_is_reused(user: NewKey) -> None:
    pids = set()
    for _ in range(3):
        with transaction(user.user_id) as db:
            pids.add(db.info.backend_pid)
    assert len(pids) == 1
    assert len(_open.connections) <= 2


def test_a_statement_that_takes_too_long_is_ended(user: NewKey) -> None:
    with pytest.raises(DatabaseUnavailable), transaction(user.user_id) as db:
        db.execute("set local statement_timeout = 50")
        db.execute("select pg_sleep(5)")


@pytest.mark.usefixtures("parts")
def test_migrations_are_applied_once() -> None:
    with admin_transaction() as db:
        assert migrate(db) == []
        rows = db.execute("select name from schema_migrations order by name").fetchall()
    assert [row["name"] for row in rows] == sorted(path.name for path in MIGRATIONS.glob("*.sql"))


@pytest.mark.usefixtures("parts")
def test_a_migration_that_was_changed_after_it_was_applied_is_refused() -> None:
    with pytest.raises(MigrationChanged), admin_transaction() as db:
        db.execute("update schema_migrations set checksum = 'another'")
        migrate(db)


def test_a_mistake_in_sql_is_not_taken_for_an_outage(user: NewKey) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable), transaction(user.user_id) as db:
        db.execute("select * from nowhere")

from __future__ import annotations

import os
import ssl
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from threading import Barrier, Event, Thread
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from shared import settings
from shared.accounts.service import NewKey
from shared.database import (
    POSTGRES_CA,
    PROXY_CA,
    Answer,
    Question,
    _connect,
    _open,
    admin_transaction,
    ask_all,
    close_connections,
    operator_transaction,
    reading,
    transaction,
)
from shared.errors import DatabaseUnavailable
from shared.migrate import MIGRATIONS, ROLE_LIMITS, MigrationChanged, migrate
from tests.benchmarks.round_trips import CountingProxy, fewest


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
    assert len(_open.connections) <= 3  # one for each role


def test_a_statement_that_takes_too_long_is_ended(user: NewKey) -> None:
    with pytest.raises(DatabaseUnavailable), transaction(user.user_id) as db:
        db.execute("set local statement_timeout = 50")
        db.execute("select pg_sleep(5)")


@pytest.mark.usefixtures("parts")
def test_migrations_are_applied_once() -> None:
    assert migrate() == []
    with admin_transaction() as db:
        rows = db.execute("select name from schema_migrations order by name").fetchall()
    assert [row["name"] for row in rows] == sorted(path.name for path in MIGRATIONS.glob("*.sql"))


@pytest.fixture
def files(parts: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:  # noqa: ARG001
    """A folder of migrations of its own, that may make tables `trial_…`."""
    monkeypatch.setattr("shared.migrate.MIGRATIONS", tmp_path)
    yield tmp_path
    with admin_transaction() as db:
        db.execute("drop table if exists trial_first, trial_second")
        db.execute("delete from schema_migrations where starts_with(name, 'trial_')")


def tables() -> list[str]:
    with admin_transaction() as db:
        rows = db.execute("select tablename from pg_tables where starts_with(tablename, 'trial_') order by 1")
        return [row["tablename"] for row in rows]


def test_a_migration_that_was_changed_after_it_was_applied_is_refused(files: Path) -> None:
    first = files / "trial_1.sql"
    first.write_text("create table trial_first (id integer)")
    assert migrate() == ["trial_1.sql"]
    first.write_text("create table trial_first (id bigint)")
    (files / "trial_2.sql").write_text("create table trial_second (id integer)")
    with pytest.raises(MigrationChanged):
        migrate()
    assert tables() == ["trial_first"]


def test_a_migration_that_fails_takes_back_itself_alone(files: Path) -> None:
    (files / "trial_1.sql").write_text("create table trial_first (id integer)")
    second = files / "trial_2.sql"
    second.write_text("create table trial_second (id integer); select * from nowhere")
    with pytest.raises(psycopg.errors.UndefinedTable):
        migrate()
    assert tables() == ["trial_first"]
    second.write_text("create table trial_second (id integer)")
    assert migrate() == ["trial_2.sql"]


def test_a_migration_lets_go_of_its_locks_while_it_waits_for_another(
    files: Path, user: NewKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.migrate.LOCK_SECONDS", 1)
    (files / "trial_1.sql").write_text("create table trial_first (id integer)")
    migrate()
    (files / "trial_2.sql").write_text("alter table trial_first add column a integer")
    held, waits = Barrier(2, timeout=60), Event()

    def hold() -> None:
        with admin_transaction() as db:
            db.execute("lock table trial_first in access exclusive mode")
            held.wait()
            assert waits.wait(60)
        close_connections()

    def pause(_: float) -> None:
        with transaction(user.user_id) as db:  # whoever came meanwhile is served
            db.execute("select 1 from users")
        waits.set()
        holder.join(60)

    monkeypatch.setattr("shared.migrate.time", SimpleNamespace(monotonic=time.monotonic, sleep=pause))
    holder = Thread(target=hold)
    holder.start()
    held.wait()
    assert migrate() == ["trial_2.sql"]
    assert waits.is_set()


def test_a_mistake_in_sql_is_not_taken_for_an_outage(user: NewKey) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable), transaction(user.user_id) as db:
        db.execute("select * from nowhere")


def test_time_limits_are_the_roles_own_and_not_asked_for_by_the_client(user: NewKey) -> None:
    with transaction(user.user_id) as db:
        rows = db.execute(
            "select name, setting, source from pg_settings where name = any(%s)", [list(ROLE_LIMITS)]
        ).fetchall()
        assert "options" not in db.info.get_parameters()
    assert {row["name"]: (row["setting"], row["source"]) for row in rows} == {
        "statement_timeout": ("25000", "user"),
        "idle_in_transaction_session_timeout": ("60000", "user"),
    }


def test_the_owner_has_the_same_time_limits(user: NewKey) -> None:  # noqa: ARG001 - the stack's environment
    with admin_transaction() as db:
        (row,) = db.execute("select rolconfig from pg_roles where rolname = current_user").fetchall()
    assert sorted(row["rolconfig"]) == [f"{name}={value}" for name, value in sorted(ROLE_LIMITS.items())]


def _limit_of_the_operator(connections: int) -> None:
    with admin_transaction() as db:
        db.execute(
            sql.SQL("alter role storyreel_operator connection limit {}").format(sql.Literal(connections))
        )


@pytest.fixture
def no_connection_left(user: NewKey) -> Iterator[Callable[[], None]]:  # noqa: ARG001 - the stack's environment
    """Postgres gives the operator no connection, until the function that this is has been called."""
    allowed = settings.settings(settings.DatabaseAdminSettings).operator_connections
    close_connections()
    _limit_of_the_operator(0)
    yield partial(_limit_of_the_operator, allowed)
    _limit_of_the_operator(allowed)


@pytest.mark.usefixtures("no_connection_left")
def test_where_postgres_has_no_connection_left_for_a_role_the_answer_is_to_try_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.database.RECONNECT_SECONDS", 0.5)
    with pytest.raises(DatabaseUnavailable) as refused, operator_transaction():
        pass
    assert (refused.value.status, refused.value.retryable) == (503, True)
    assert "too many connections" in str(refused.value.__cause__)


def test_who_finds_no_connection_waits_for_one(
    no_connection_left: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            no_connection_left()

    monkeypatch.setattr("time.sleep", wait)
    with operator_transaction() as db:
        assert db.info.user == "storyreel_operator"
    assert len(waits) == 3
    assert waits[2] > waits[0]


@pytest.mark.usefixtures("parts")
def test_postgres_lets_each_role_have_its_part_and_takes_back_what_nobody_uses() -> None:
    access = settings.settings(settings.DatabaseAdminSettings)
    with admin_transaction() as db:
        rows = db.execute(
            "select rolname, rolconnlimit, rolconfig from pg_roles where rolname like 'storyreel%'"
        ).fetchall()
    limits = {row["rolname"]: row["rolconnlimit"] for row in rows}
    assert limits == {
        "storyreel_owner": -1,
        "storyreel_api": access.api_connections,
        "storyreel_operator": access.operator_connections,
    }
    ended = {row["rolname"] for row in rows if "idle_session_timeout=60s" in row["rolconfig"]}
    assert ended == {"storyreel_api", "storyreel_operator"}


def test_a_connection_that_was_taken_back_is_replaced_at_once(
    user: NewKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    close_connections()
    with transaction(user.user_id) as db:
        first = db.info.backend_pid
        db.execute("set session idle_session_timeout = 1")
    with admin_transaction() as admin:
        while admin.execute("select 1 from pg_stat_activity where pid = %s", [first]).fetchone():
            admin.execute("select pg_stat_clear_snapshot()")
    monkeypatch.setattr("time.sleep", pytest.fail)
    with transaction(user.user_id) as db:
        assert db.info.backend_pid != first


def test_a_caller_is_forgotten_with_the_transaction(user: NewKey) -> None:
    with transaction(user.user_id) as db:
        pass
    assert db.execute("select current_setting('app.user_id', true) as caller").fetchone() == {"caller": ""}


@pytest.mark.parametrize(("proxy", "certificates"), [("true", PROXY_CA), ("false", POSTGRES_CA)])
def test_whoever_answers_must_show_the_certificate_that_is_expected_there(
    user: NewKey,  # noqa: ARG001 - the stack's environment
    monkeypatch: pytest.MonkeyPatch,
    proxy: str,
    certificates: Path,
) -> None:
    asked: dict[str, object] = {}
    monkeypatch.setenv("DATABASE_PROXY", proxy)
    monkeypatch.setenv("DATABASE_SSLMODE", "verify-full")
    monkeypatch.setattr("psycopg.connect", lambda **given: asked.update(given))
    settings._read.cache_clear()
    _connect(settings.settings(settings.DatabaseSettings), os.environ["DATABASE_SECRET_ARN"])
    settings._read.cache_clear()
    assert (asked["sslmode"], asked["sslrootcert"]) == ("verify-full", str(certificates))
    assert (asked["prepare_threshold"] is None) is (proxy == "true")


@pytest.mark.parametrize("bundle", [PROXY_CA, POSTGRES_CA])
def test_the_certificates_are_authorities_that_a_client_can_read(bundle: Path) -> None:
    context = ssl.create_default_context(cafile=bundle)
    assert len(context.get_ca_certs()) >= 5


ROLE = Question("select app_user_id() as caller, current_setting('app.user_id', true) as set", (), dict_row)


def test_a_reading_asks_all_its_questions_as_its_caller_and_is_then_nobody(user: NewKey) -> None:
    keys = Question("select id, user_id from api_keys", (), dict_row)
    with reading(user.user_id) as read:
        first, second = read(ROLE), read(keys)
    assert first.all == [{"caller": user.user_id, "set": str(user.user_id)}]
    assert second.all == [{"id": user.key_id, "user_id": user.user_id}]
    assert ask_all("select nullif(current_setting('app.user_id', true), '') as set", ()) == [{"set": None}]
    assert ask_all("select count(*) as n from api_keys", ()) == [{"n": 0}]


def test_a_reading_is_asked_again_on_another_connection(user: NewKey) -> None:
    with transaction(user.user_id) as db:
        backend = db.info.backend_pid
    with admin_transaction() as admin:
        admin.execute("select pg_terminate_backend(%s)", [backend])
    with reading(user.user_id) as read:
        answer = read(ROLE)
    assert answer.one is not None
    assert answer.one["caller"] == user.user_id


def test_an_answer_is_not_there_before_the_question_was_asked(user: NewKey) -> None:
    with reading(user.user_id) as read:
        answer = read(ROLE)
        with pytest.raises(RuntimeError):
            _ = answer.all
    assert len(answer.all) == 1


def test_a_mistake_in_one_question_is_told_and_the_connection_goes_on(user: NewKey) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable), reading(user.user_id) as read:
        read(ROLE)
        read(Question("select * from nowhere", (), dict_row))
        read(ROLE)
    with reading(user.user_id) as read:
        answer = read(ROLE)
    assert answer.one is not None
    assert answer.one["caller"] == user.user_id


def test_a_reading_takes_one_round_trip(user: NewKey, monkeypatch: pytest.MonkeyPatch) -> None:
    access = settings.settings(settings.DatabaseSettings)
    with CountingProxy(access.host, access.port) as proxy:
        monkeypatch.setenv("DATABASE_PORT", str(proxy.port))
        settings._read.cache_clear()
        close_connections()
        with reading(user.user_id) as read:
            read(ROLE)
        answers: list[Answer[Any]] = []

        def ask() -> None:
            with reading(user.user_id) as read:
                answers.extend([read(ROLE) for _ in range(5)])

        round_trips = fewest(proxy, ask)
        close_connections()
    settings._read.cache_clear()
    assert round_trips == 1
    assert all(each.one for each in answers)

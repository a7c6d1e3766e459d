"""Postgres: one connection per process and thread, reused; every transaction runs as one caller."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, LiteralString, TypeAlias, TypeVar
from uuid import UUID

import psycopg
from psycopg.rows import BaseRowFactory, DictRow, dict_row

from shared.aws import forget_secret, secret
from shared.errors import DatabaseUnavailable
from shared.settings import (
    DatabaseAdminSettings,
    DatabaseOperatorSettings,
    DatabaseSettings,
    DirectDatabaseSettings,
    settings,
)

Connection: TypeAlias = psycopg.Connection[DictRow]
Server: TypeAlias = DatabaseSettings | DirectDatabaseSettings
T = TypeVar("T")
Row = TypeVar("Row")

_CERTIFICATES = Path(__file__).parent / "certificates"

POSTGRES_CA = _CERTIFICATES / "rds-global-bundle.pem"
"""https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem"""

PROXY_CA = _CERTIFICATES / "amazon-trust-services.pem"
"""The five roots of https://www.amazontrust.com/repository: RDS Proxy's certificates are of ACM."""

CONNECT_SECONDS = 5
_PREPARE_AFTER = 5
RECONNECT_SECONDS = 20
"""A failover of RDS, a restarted Postgres, or one without a free connection is ridden out for so long."""

_FIRST_PAUSE_SECONDS = 0.25
_LONGEST_PAUSE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Question(Generic[Row]):
    """A statement that only reads, or does no harm a second time, and what becomes of a row of its answer."""

    statement: LiteralString
    parameters: Sequence[object] | Mapping[str, object]
    row: BaseRowFactory[Row]

    def all(self, db: Connection) -> list[Row]:
        """Every row, asked in a transaction."""
        with db.cursor(row_factory=self.row) as cursor:
            return cursor.execute(self.statement, self.parameters).fetchall()

    def one(self, db: Connection) -> Row | None:
        """The first row, asked in a transaction."""
        with db.cursor(row_factory=self.row) as cursor:
            return cursor.execute(self.statement, self.parameters).fetchone()


class Answer(Generic[Row]):
    """What a question of a `reading` is answered: there when the reading's block is over."""

    def __init__(self) -> None:
        self._rows: list[Row] | None = None

    @property
    def all(self) -> list[Row]:
        """Every row."""
        if self._rows is None:
            raise RuntimeError("The questions have not been asked yet.")
        return self._rows

    @property
    def one(self) -> Row | None:
        """The first row."""
        return next(iter(self.all), None)


class Reading:
    """Questions of one caller that do not wait for each other's answers."""

    def __init__(self) -> None:
        self._questions: list[tuple[Question[Any], Answer[Any]]] = []

    def __call__(self, question: Question[Row]) -> Answer[Row]:
        """Ask this, too."""
        answer: Answer[Row] = Answer()
        self._questions.append((question, answer))
        return answer

    def ask(self, connection: Connection, user_id: UUID) -> None:
        """Ask everything in one round trip: a pipeline is a transaction, and ends by itself."""
        with ExitStack() as stack:
            cursors = [
                stack.enter_context(connection.cursor(row_factory=question.row))
                for question, _ in self._questions
            ]
            with connection.pipeline():
                connection.execute("select set_config('app.user_id', %s, true)", [str(user_id)])
                for cursor, (question, _) in zip(cursors, self._questions, strict=True):
                    cursor.execute(question.statement, question.parameters)
            for cursor, (_, answer) in zip(cursors, self._questions, strict=True):
                answer._rows = cursor.fetchall()  # noqa: SLF001 - the answer's own asker


class _Open(threading.local):
    """The thread's open connections, by the secret that opened them."""

    def __init__(self) -> None:
        self.connections: dict[str, Connection] = {}


_open = _Open()


@contextmanager
def transaction(user_id: UUID) -> Iterator[Connection]:
    """A transaction that sees and changes one user's rows, and no others.

    Raises DatabaseUnavailable where Postgres stays away or the connection breaks on the way.
    """
    access = settings(DatabaseSettings)
    with _transaction(access, access.secret_arn, str(user_id)) as connection:
        yield connection


@contextmanager
def reading(user_id: UUID) -> Iterator[Reading]:
    """Collect questions that see one user's rows, and ask all of them in one round trip at the end.

    Asked again on a broken connection: that does no harm. Raises DatabaseUnavailable.
    """
    read = Reading()
    yield read
    access = settings(DatabaseSettings)
    _on_connection(access, access.secret_arn, lambda connection: read.ask(connection, user_id))


def ask(question: LiteralString, parameters: Sequence[object] | Mapping[str, object]) -> DictRow | None:
    """One row for one statement that needs no caller: see `ask_all`."""
    return next(iter(ask_all(question, parameters)), None)


def ask_all(question: LiteralString, parameters: Sequence[object] | Mapping[str, object]) -> list[DictRow]:
    """Every row for one statement that needs no caller, in one round trip.

    It is its own transaction, and asked again on a broken connection: where the answer to its commit was
    lost it runs twice. A statement that changes something has to know itself again, by an id that the caller
    made, or must do no harm the second time. Raises DatabaseUnavailable.
    """
    access = settings(DatabaseSettings)

    def answer(connection: Connection) -> list[DictRow]:
        return connection.execute(question, parameters).fetchall()

    return _on_connection(access, access.secret_arn, answer)[1]


@contextmanager
def admin_transaction() -> Iterator[Connection]:
    """A transaction of the schema's owner: for migrations."""
    access = settings(DatabaseAdminSettings)
    with _transaction(access, access.admin_secret_arn, "") as connection:
        yield connection


@contextmanager
def operator_transaction() -> Iterator[Connection]:
    """A transaction of the operator, who sees everybody's rows as far as chores need them."""
    access = settings(DatabaseOperatorSettings)
    with _transaction(access, access.operator_secret_arn, "") as connection:
        yield connection


@contextmanager
def _transaction(access: Server, secret_arn: str, user: str) -> Iterator[Connection]:
    connection = _begin(access, secret_arn, user)
    try:
        yield connection
        connection.execute("commit")
    except psycopg.OperationalError as error:
        connection.close()
        raise DatabaseUnavailable("The database connection broke.") from error
    except BaseException:
        _roll_back(connection)
        raise


def _roll_back(connection: Connection) -> None:
    try:
        connection.execute("rollback")
    except psycopg.Error:
        connection.close()


def _begin(access: Server, secret_arn: str, user: str) -> Connection:
    """Open the transaction."""

    def begin(connection: Connection) -> None:
        with connection.pipeline():  # one round trip for both
            connection.execute("begin")
            connection.execute("select set_config('app.user_id', %s, true)", [user])

    return _on_connection(access, secret_arn, begin)[0]


def _on_connection(access: Server, secret_arn: str, act: Callable[[Connection], T]) -> tuple[Connection, T]:
    """The first act on a connection. One that turns out dead is replaced, and the act is done again.

    So an act does no harm when it is done twice: what it changed may have been committed unheard.
    """
    give_up_at = time.monotonic() + RECONNECT_SECONDS
    pause = _FIRST_PAUSE_SECONDS
    while True:
        kept = _open.connections.get(secret_arn)
        reused = kept is not None and not kept.closed
        try:
            if kept is None or not reused:
                kept = _open.connections[secret_arn] = _connect(access, secret_arn)
            result = act(kept)
        except psycopg.OperationalError as error:
            if (stale := _open.connections.pop(secret_arn, None)) is not None:
                stale.close()
            if reused:  # Postgres closes what is idle: that says nothing of a new one
                continue
            if time.monotonic() > give_up_at:
                raise DatabaseUnavailable("The database does not answer.") from error
            forget_secret(secret_arn)  # the password may have been replaced
            # Not all at once: Postgres may have no connection left for the role, and each try costs it one.
            time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - no secret
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        else:
            return kept, result


def _connect(access: Server, secret_arn: str) -> Connection:
    login = secret(secret_arn)
    return psycopg.connect(
        host=access.host,
        port=access.port,
        dbname=access.name,
        user=login["username"],
        password=login["password"],
        sslmode=access.sslmode,
        sslrootcert=str(PROXY_CA if access.proxy else POSTGRES_CA),
        connect_timeout=CONNECT_SECONDS,
        # Time limits are the role's own (`shared.migrate`): RDS Proxy takes no options.
        application_name="storyreel",
        # A prepared statement would tie the session to one of the proxy's connections.
        prepare_threshold=None if access.proxy else _PREPARE_AFTER,
        autocommit=True,  # transactions are begun by `_begin`, in one round trip with the caller
        row_factory=dict_row,
    )


def close_connections() -> None:
    """Close what this thread has open."""
    while _open.connections:
        _open.connections.popitem()[1].close()

"""Migrations: numbered SQL files, each applied once, in order, in a transaction of its own."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Any, LiteralString, cast

from psycopg import sql
from psycopg.errors import LockNotAvailable

from shared.database import Connection, admin_transaction
from shared.errors import DatabaseUnavailable, StoryreelError
from shared.log import logger

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 7_283_901
"""Any number that nobody else locks: two deployments at once apply nothing twice."""

LOCK_SECONDS = 3
"""So long a migration waits for a lock at a time: whoever comes after it waits behind it."""

PATIENCE_SECONDS = 120
"""So long it tries again."""


class MigrationChanged(StoryreelError):
    """A file that was applied already has another content now."""

    code = "migration_changed"


ROLE_LIMITS = {"statement_timeout": "25s", "idle_in_transaction_session_timeout": "60s"}
"""What Postgres ends by itself, whoever connects as one of our roles, and through whatever."""


def ensure_limits(db: Connection, role: str, **more: str) -> None:
    """The role's sessions have our time limits, and these, from the next one on."""
    for name, value in (ROLE_LIMITS | more).items():
        db.execute(
            sql.SQL("alter role {} set {} = {}").format(
                sql.Identifier(role), sql.Identifier(name), sql.Literal(value)
            )
        )


def ensure_role(db: Connection, name: str, password: str, connections: int) -> None:
    """A role exists, may log in with this password so often at a time, and is bound by row-level security.

    What comes after is refused by Postgres, and tried again: nobody takes the connections that the owner,
    a person and RDS itself need, whatever a burst of functions asks for.
    """
    known = db.execute("select 1 from pg_roles where rolname = %s", [name]).fetchone()
    statement: LiteralString = "alter" if known else "create"
    db.execute(
        sql.SQL("{} role {} login password {} nocreatedb nocreaterole noinherit connection limit {}").format(
            sql.SQL(statement), sql.Identifier(name), sql.Literal(password), sql.Literal(connections)
        )
    )


def migrate() -> list[str]:
    """Apply what is new, file by file; returns the names of the files applied.

    Where one fails, those before it stay: they only add, and the next run goes on. Raises MigrationChanged
    before anything is applied, and DatabaseUnavailable where others hold a file's tables all the time.
    """
    with admin_transaction() as db:
        db.execute("set local statement_timeout = 0")  # another deployment may be at a large table
        db.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        db.execute(
            "create table if not exists schema_migrations ("
            " name text primary key, checksum text not null, applied_at timestamptz not null default now())"
        )
        new = [path for path in sorted(MIGRATIONS.glob("*.sql")) if _is_new(db, path)]
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    return [path.name for path in new if _apply_patiently(path, give_up_at)]


def _apply_patiently(path: Path, give_up_at: float) -> bool:
    while True:
        try:
            with admin_transaction() as db:
                return _apply(db, path)
        except DatabaseUnavailable as error:
            if not isinstance(error.__cause__, LockNotAvailable) or time.monotonic() > give_up_at:
                raise
            logger().info("a migration waits for a lock", extra={"migration": path.name})
            time.sleep(1)


def _apply(db: Connection, path: Path) -> bool:
    """False where another deployment has applied it meanwhile."""
    db.execute("set local statement_timeout = 0")  # an index on a large table takes its time
    db.execute(sql.SQL("set local lock_timeout = {}").format(f"{LOCK_SECONDS}s"))
    db.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
    if not _is_new(db, path):
        return False
    text = path.read_text(encoding="utf-8")
    db.execute(cast("Any", text))  # the repository's own file
    db.execute("insert into schema_migrations (name, checksum) values (%s, %s)", [path.name, _checksum(text)])
    return True


def _is_new(db: Connection, path: Path) -> bool:
    row = db.execute("select checksum from schema_migrations where name = %s", [path.name]).fetchone()
    if row is not None and row["checksum"] != _checksum(path.read_text(encoding="utf-8")):
        raise MigrationChanged(f"{path.name} was changed after it was applied. Add a new file instead.")
    return row is None


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

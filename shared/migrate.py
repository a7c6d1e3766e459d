"""Migrations: numbered SQL files, each applied once, in order, in a transaction of its own."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, LiteralString, cast

from psycopg import sql

from shared.database import Connection
from shared.errors import StoryreelError

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 7_283_901
"""Any number that nobody else locks: two deployments at once apply nothing twice."""


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


def migrate(db: Connection) -> list[str]:
    """Apply what is new; returns the names of the files applied.

    The caller's transaction holds them all: a deployment's migrations succeed together or not at all.
    """
    db.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
    db.execute(
        "create table if not exists schema_migrations ("
        " name text primary key, checksum text not null, applied_at timestamptz not null default now())"
    )
    applied = {
        row["name"]: row["checksum"] for row in db.execute("select name, checksum from schema_migrations")
    }
    return [path.name for path in sorted(MIGRATIONS.glob("*.sql")) if _apply(db, path, applied)]


def _apply(db: Connection, path: Path, applied: dict[str, str]) -> bool:
    text = path.read_text(encoding="utf-8")
    checksum = hashlib.sha256(text.encode()).hexdigest()
    if path.name in applied:
        if applied[path.name] != checksum:
            raise MigrationChanged(f"{path.name} was changed after it was applied. Add a new file instead.")
        return False
    db.execute(cast("Any", text))  # the repository's own file
    db.execute("insert into schema_migrations (name, checksum) values (%s, %s)", [path.name, checksum])
    return True

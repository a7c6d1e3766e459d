"""What a migration may do once there are deployments: add, so that the code before it still runs."""

from __future__ import annotations

import re

import pytest

from shared.migrate import MIGRATIONS

FIRST_RELEASE = {
    "0001_foundation.sql",
    "0002_api_keys.sql",
    "0003_sign_in.sql",
    "0004_idempotency_keys.sql",
    "0005_sessions.sql",
    "0006_uploads.sql",
    "0007_webhooks.sql",
    "0008_retention.sql",
    "0009_making.sql",
    "0010_deployment_cap.sql",
    "0011_shared_turns.sql",
    "0012_collecting.sql",
    "0013_handing_over.sql",
    "0014_repeated_requests.sql",
}
_TAKES_AWAY = re.compile(
    r"\b(drop|rename|truncate)\b|\brevoke\b(?!\s+all\s+on\s+function\s+\w+(\([^)]*\))?\s+from\s+public\b)"
    r"|\balter\s+column\s+\w+\s+(set\s+not\s+null|(set\s+data\s+)?type)\b",
    re.IGNORECASE,
)


def taken_away(text: str) -> list[str]:
    """What a file takes away from code that runs while it is applied; comments do nothing."""
    bare = re.sub(r"--[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL)
    return [match[0].lower() for match in _TAKES_AWAY.finditer(bare)]


def test_the_first_release_is_all_there() -> None:
    assert {path.name for path in MIGRATIONS.glob("*.sql")} >= FIRST_RELEASE


def test_migrations_after_the_first_release_only_add() -> None:
    later = [path for path in MIGRATIONS.glob("*.sql") if path.name not in FIRST_RELEASE]
    assert {path.name: taken_away(path.read_text(encoding="utf-8")) for path in later} == {
        path.name: [] for path in later
    }


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("alter table users drop column name;", ["drop"]),
        ("alter table users rename to people;", ["rename"]),
        ("REVOKE select on users from storyreel_api;", ["revoke"]),
        ("truncate users;", ["truncate"]),
        ("alter table users alter column name set not null;", ["alter column name set not null"]),
        ("alter table users alter column name type varchar(3);", ["alter column name type"]),
        ("-- drop nothing\nalter table users add column age integer;", []),
        ("revoke all on function f from public; grant execute on function f to storyreel_api;", []),
        ("revoke all on function f(integer) from public;", []),
    ],
)
def test_what_takes_something_away_is_seen(text: str, found: list[str]) -> None:
    assert taken_away(text) == found

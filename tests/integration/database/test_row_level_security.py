"""A forgotten WHERE leaks nothing: every table of a tenant's, as one user and as the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, LiteralString, cast
from uuid import UUID, uuid4

import psycopg
import pytest

from shared.accounts.service import NewKey
from shared.assets.make import keep
from shared.assets.models import Bench, Product
from shared.assets.recipes import UploadRecipe
from shared.database import admin_transaction, operator_transaction, transaction
from shared.stories.models import Sheet, Story, StoryScene
from shared.uploads import queries as uploads
from shared.uploads.queries import NewUpload
from shared.videos import piece_queries, queries
from shared.webhooks.models import EventData
from shared.webhooks.outbox import new_event
from shared.webhooks.queries import add_delivery, add_endpoint, bury_pending, replace_secret
from tests.integration.conftest import add_video

SEALED = ("credentials", "refresh_families", "identities")
"""Tables that only functions of the database's own read: the API may not even ask for its own rows."""


def tenant_tables() -> list[str]:
    with admin_transaction() as db:
        rows = db.execute(
            "select table_name from information_schema.columns"
            " where table_schema = 'public' and column_name = 'user_id' order by 1"
        ).fetchall()
    return [row["table_name"] for row in rows if row["table_name"] not in SEALED]


def count(user_id: UUID, table: str) -> int:
    with transaction(user_id) as db:
        row = db.execute(cast("Any", f"select count(*) as n from {table}")).fetchone()
        return int(row["n"]) if row else 0


@pytest.fixture
def owner_with_rows_everywhere(user: NewKey) -> UUID:
    video_id = add_video(user.user_id)
    bench = Bench(user.user_id, str(video_id), video_id, None, 60)
    content = b"picture"
    asset = keep(bench, UploadRecipe(sha256="0" * 64), Product(content, "image/png"))
    scene = StoryScene(title="t", description="d", prompt="p", motion="m", narration="n")
    story = Story(
        title="t", overview="o", sheet=Sheet(characters=(), setting="s", palette="p"), scenes=(scene,)
    )
    with transaction(user.user_id) as db:
        queries.keep_story(db, user.user_id, video_id, story, [5000])
        (kept,) = queries.scenes(db, video_id)
        piece_queries.add_pictures(db, user.user_id, video_id, "frame", {1: asset.id})
        piece_queries.set_frame(db, user.user_id, kept.id, asset.id)
        piece_queries.set_clip(db, user.user_id, kept.id, asset.id, asset.id)
        piece_queries.set_narration(db, user.user_id, kept.id, asset.id)
        video = queries.find_video(db, video_id)
        assert video is not None
        piece_queries.set_final(db, video, cut=asset.id, captions=None, frames=120)
        db.execute(
            "insert into provider_calls (user_id, video_id, identity, kind, provider, model,"
            " estimated_cost_usd, lease_expires_at) values (%s, %s, 'i', 'clip', 'p', 'm', 0, now())",
            [user.user_id, video_id],
        )
        upload = NewUpload(uuid4(), user.user_id, str(video_id), "image", "post", "image/png", 9, None)
        uploads.add(db, upload, 1)
        db.execute(
            "insert into provider_turns (user_id, video_id, kind, identity, provider, model)"
            " values (%s, %s, 'clip', 'i', 'p', 'm')",
            [user.user_id, video_id],
        )
        db.execute(
            "insert into idempotency_keys (user_id, key, request_hash, attempt, lease_expires_at)"
            " values (%s, 'k', sha256(''), %s, now())",
            [user.user_id, video_id],
        )
        add_endpoint(db, user.user_id, video_id, "https://example.com/", (), "")
        replace_secret(db, user.user_id, video_id, b"sealed", 0)
        add_delivery(db, user.user_id, video_id, video_id, new_event("ping", EventData()))
        bury_pending(db, video_id)
    return user.user_id


def test_the_owner_sees_rows_in_every_table_and_a_stranger_in_none(
    owner_with_rows_everywhere: UUID, new_user: Callable[[], NewKey]
) -> None:
    stranger = new_user().user_id
    tables = tenant_tables()
    seen = {table: (count(owner_with_rows_everywhere, table), count(stranger, table)) for table in tables}
    # A stranger has an own key, and so one row there.
    assert seen == {table: (1, 1 if table == "api_keys" else 0) for table in tables}


@pytest.mark.usefixtures("parts")
def test_every_table_with_a_user_has_row_level_security() -> None:
    with admin_transaction() as db:
        rows = db.execute(
            "select relname from pg_class where relkind = 'r' and relrowsecurity"
            " and relnamespace = 'public'::regnamespace"
        ).fetchall()
    assert {*tenant_tables(), *SEALED, "users", "sign_in_attempts"} <= {row["relname"] for row in rows}


@pytest.mark.parametrize("table", [*SEALED, "sign_in_attempts"])
@pytest.mark.parametrize("statement", ["select * from {}", "delete from {}"])
def test_the_api_cannot_read_or_change_what_is_sealed(user: NewKey, table: str, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege), transaction(user.user_id) as db:
        db.execute(cast("Any", statement.format(table)))


def test_nobody_can_write_a_row_for_another(user: NewKey, new_user: Callable[[], NewKey]) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege), transaction(user.user_id) as db:
        db.execute(
            "insert into media_sessions (user_id, request_id) values (%s, 'a')",
            [new_user().user_id],
        )


def test_nobody_can_change_or_delete_anothers_row(
    owner_with_rows_everywhere: UUID, new_user: Callable[[], NewKey]
) -> None:
    with transaction(new_user().user_id) as db:
        assert db.execute("update video_sessions set title = 'mine'").rowcount == 0
        assert db.execute("delete from video_sessions").rowcount == 0
    assert count(owner_with_rows_everywhere, "video_sessions") == 1


@pytest.mark.usefixtures("owner_with_rows_everywhere")
def test_without_a_caller_nothing_is_seen() -> None:
    assert count(UUID(int=0), "video_sessions") == 0


def test_the_role_of_the_api_cannot_bypass_it(user: NewKey) -> None:
    with transaction(user.user_id) as db:
        row = db.execute(
            "select rolsuper or rolbypassrls or rolcreaterole as mighty from pg_roles"
            " where rolname = current_user"
        ).fetchone()
        assert row == {"mighty": False}
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            db.execute("alter table video_sessions disable row level security")


def test_the_caller_of_one_transaction_is_forgotten_in_the_next(
    owner_with_rows_everywhere: UUID, new_user: Callable[[], NewKey]
) -> None:
    assert count(owner_with_rows_everywhere, "assets") == 1
    assert count(new_user().user_id, "assets") == 0


def test_the_operator_sees_every_users_rows_where_its_chores_are(
    owner_with_rows_everywhere: UUID, new_user: Callable[[], NewKey]
) -> None:
    stranger = new_user().user_id
    with operator_transaction() as db:
        videos = db.execute("select distinct user_id from video_sessions").fetchall()
        users = db.execute(
            "select id from users where id = any(%s)", [[stranger, owner_with_rows_everywhere]]
        )
        assert {row["id"] for row in users} == {stranger, owner_with_rows_everywhere}
    assert owner_with_rows_everywhere in {row["user_id"] for row in videos}


@pytest.mark.parametrize(
    "statement",
    [
        "alter table users add column mine text",
        "create table mine (id integer)",
        "drop policy own_row on users",
        "create role mine",
        "alter role storyreel_api superuser",
        "select sealed from webhook_secrets",
        "select answer from idempotency_keys",
        "select key_hash from api_keys",
        "update api_keys set scopes = '{admin}'",
        "update provider_calls set actual_cost_usd = 0",
        "delete from provider_calls",
        "delete from video_sessions",
        "select * from assets",
    ],
)
@pytest.mark.usefixtures("owner_with_rows_everywhere")
def test_the_operator_can_do_nothing_else(statement: LiteralString) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege), operator_transaction() as db:
        db.execute(statement)

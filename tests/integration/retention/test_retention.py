"""What is deleted is gone: from every table with a user's id, and from the bucket."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

import pytest

from shared import storage
from shared.accounts.service import NewKey
from shared.assets.keys import session_prefix, user_prefixes, video_mark
from shared.assets.make import keep
from shared.assets.models import Bench, Product
from shared.assets.recipes import UploadRecipe
from shared.aws import client
from shared.database import Connection, admin_transaction, transaction
from shared.errors import NotFound
from shared.retention import queries, service
from shared.retention.models import ChangeRetention
from shared.videos import queries as video_queries
from shared.videos.models import Makers, VideoRequest
from shared.videos.queries import NewVideo
from tests.integration.conftest import add_video
from tests.integration.database.test_row_level_security import tenant_tables
from tests.running_stack import Api, RunningStack

ORDER = {"prompt": "A fox learns to paint", "frameCount": 2, "duration": 6, "draft": True}
SOON = 60.0


def objects(user_id: UUID) -> list[str]:
    """Every object of the bucket whose key names the user, wherever it lies."""
    pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket=storage.bucket())
    return [each["Key"] for page in pages for each in page.get("Contents", []) if str(user_id) in each["Key"]]


def rows(user_id: UUID) -> dict[str, int]:
    """How many rows each table has that bear the user's id, in whatever column; those that have any."""
    found = {}
    with admin_transaction() as db:
        for table in [*tenant_tables(), "users"]:
            column = "id" if table == "users" else "user_id"
            statement = cast("Any", f"select count(*) as n from {table} where {column} = %s")
            row = db.execute(statement, [user_id]).fetchone()
            found[table] = int(row["n"]) if row else 0
    return {table: count for table, count in found.items() if count}


def make_old(user_id: UUID, days: int) -> None:
    """As if nothing had happened for so long."""
    with admin_transaction() as db:
        db.execute("set local session_replication_role = replica")  # no trigger sets the time again
        for table in ("video_sessions", "media_sessions"):
            db.execute(
                cast(
                    "Any",
                    f"update {table} set updated_at = now() - make_interval(days => %s) where user_id = %s",
                ),
                [days, user_id],
            )


def later() -> float:
    return time.monotonic() + SOON


@pytest.mark.usefixtures("parts")
def test_a_deleted_user_leaves_neither_rows_nor_objects(stack: RunningStack, fake: object) -> None:  # noqa: ARG001
    api, user_id = stack.new_caller()
    stranger, stranger_id = stack.new_caller()
    api.make(**ORDER)
    api.create(**ORDER)  # and one that is at work
    stranger.make(**ORDER, stopAfter="frames")
    assert len(rows(user_id)) > 5
    assert objects(user_id)
    kept = rows(stranger_id), objects(stranger_id)

    answer = stack.invoke("delete_user", {"userId": str(user_id)})

    assert answer["objects"] > 0
    assert rows(user_id) == {}
    assert (rows(stranger_id), objects(stranger_id)) == kept
    assert api.call("GET", "/api/videos")[0] == 401
    assert stranger.call("GET", "/api/videos")[0] == 200


def test_what_a_function_stores_after_the_deletion_is_cleared_away(new_user: Callable[[], NewKey]) -> None:
    user_id = new_user().user_id
    service.delete_user(user_id, later())
    late = user_prefixes(user_id)[0] + "session/video-clips/late.mp4"
    storage.put(late, b"late", "video/mp4")
    assert service.sweep(later()) >= 1
    assert objects(user_id) == []


def test_a_deletion_is_looked_after_until_nobody_can_be_at_work_any_more(
    new_user: Callable[[], NewKey],
) -> None:
    prefix = f"{new_user().user_id}/"
    with admin_transaction() as db:
        queries.note_deletion(db, prefix)
        queries.note_deletion(db, prefix, ["old"])
        db.execute(
            "update deletions set deleted_at = now() - interval '21 minutes'"
            " where prefix = %s and marks = '{old}'",
            [prefix],
        )
    service.sweep(later())
    with admin_transaction() as db:
        left = [each.marks for each in queries.deletions(db, 1000) if each.prefix == prefix]
    assert left == [[]]


def test_a_user_who_is_not_there_cannot_be_deleted(new_user: Callable[[], NewKey]) -> None:
    user_id = new_user().user_id
    service.delete_user(user_id, later())
    with pytest.raises(NotFound):
        service.delete_user(user_id, later())


def test_a_session_goes_when_its_time_is_over_and_a_younger_one_stays(
    new_user: Callable[[], NewKey],
) -> None:
    old, young = new_user().user_id, new_user().user_id
    for user_id in (old, young):
        video_id = add_video(user_id)
        bench = Bench(user_id, str(video_id), video_id, None, 60)
        keep(bench, UploadRecipe(sha256="0" * 64), Product(b"picture", "image/png"))
        with transaction(user_id) as db:
            db.execute("update video_sessions set state = 'succeeded'")
        service.change_retention(user_id, ChangeRetention(retention_days=30))
    make_old(old, 31)
    make_old(young, 29)
    assert service.delete_expired(later()) == 1
    assert (objects(old), "video_sessions" in rows(old)) == ([], False)
    assert (len(objects(young)), rows(young)["video_sessions"]) == (1, 1)


def test_one_session_that_cannot_be_deleted_does_not_keep_the_others(
    new_user: Callable[[], NewKey], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, whole = new_user().user_id, new_user().user_id
    for user_id in (broken, whole):
        add_video(user_id)
        with transaction(user_id) as db:
            db.execute("update video_sessions set state = 'succeeded'")
        service.change_retention(user_id, ChangeRetention(retention_days=30))
    make_old(broken, 40)
    make_old(whole, 35)
    erase = service.erase_session

    def erase_whole(db: Connection, session: queries.Session, video_ids: list[UUID]) -> int:
        if session.user_id == broken:
            raise ValueError("A row that nobody can read.")
        return erase(db, session, video_ids)

    monkeypatch.setattr(service, "erase_session", erase_whole)
    assert service.delete_expired(later()) == 1
    assert "video_sessions" in rows(broken)
    assert "video_sessions" not in rows(whole)
    monkeypatch.undo()
    service.delete_user(broken, later())


def test_without_a_setting_everything_is_kept(new_user: Callable[[], NewKey]) -> None:
    user_id = new_user().user_id
    add_video(user_id)
    with transaction(user_id) as db:
        db.execute("update video_sessions set state = 'succeeded'")
    make_old(user_id, 3000)
    service.delete_expired(later())
    assert rows(user_id)["video_sessions"] == 1


def test_what_is_being_made_is_kept_however_old_it_is(new_user: Callable[[], NewKey]) -> None:
    user_id = new_user().user_id
    add_video(user_id)
    service.change_retention(user_id, ChangeRetention(retention_days=1))
    make_old(user_id, 400)
    service.delete_expired(later())
    assert rows(user_id)["video_sessions"] == 1


def test_a_deleted_video_is_looked_for_by_its_own_mark(user: NewKey) -> None:
    """A session may be opened again under the same name: its new objects are not touched."""
    video_id, another = UUID(int=1), UUID(int=2)
    prefix = session_prefix(user.user_id, "again")
    with transaction(user.user_id) as db:
        queries.note_deletion(db, prefix, [video_mark(video_id)])
    for each in (video_id, another):
        storage.put(f"{prefix}video-clips/generated_clip_1{video_mark(each)}0", b"clip", "video/mp4")
    service.sweep(later())
    assert objects(user.user_id) == [f"{prefix}video-clips/generated_clip_1{video_mark(another)}0"]


def test_a_session_that_is_deleted_is_looked_for_once_with_all_that_was_in_it(user: NewKey) -> None:
    session = queries.Session(user.user_id, "many")
    videos = [UUID(int=number) for number in range(1, 4)]
    prefix = session_prefix(*session)
    for each in videos:
        request, maker = VideoRequest(prompt="A whale"), "draft/a"
        makers = Makers(story=maker, frame=maker, clip=maker, narration=maker)
        new = NewVideo(UUID(int=user.user_id.int ^ each.int), user.user_id, "many", request, makers)
        with transaction(user.user_id) as db:
            video_queries.add_video(db, new)
    with transaction(user.user_id) as db:
        found = queries.videos_of(db, "many")
        service.erase_session(db, session, found)
    for each in found:
        storage.put(f"{prefix}video-clips/generated_clip_1{video_mark(each)}0", b"late", "video/mp4")
    storage.put(f"{prefix}video-clips/new", b"of a session that was opened again", "video/mp4")
    with admin_transaction() as db:
        noted = [each for each in queries.deletions(db, 1000) if each.prefix == prefix]
    assert [set(each.marks) for each in noted] == [{video_mark(each) for each in found}]
    service.sweep(later())
    assert objects(user.user_id) == [f"{prefix}video-clips/new"]


def test_nobody_can_have_anothers_objects_deleted(user: NewKey, new_user: Callable[[], NewKey]) -> None:
    import psycopg  # noqa: PLC0415

    stranger = new_user().user_id
    with pytest.raises(psycopg.errors.InsufficientPrivilege), transaction(user.user_id) as db:
        queries.note_deletion(db, f"{stranger}/")


def test_a_user_reads_and_changes_how_long_sessions_are_kept(api: Api) -> None:
    assert api.call("GET", "/api/retention") == (200, {"success": True, "retentionDays": None})
    assert api.call("PUT", "/api/retention", {"retentionDays": 30})[1]["retentionDays"] == 30
    assert api.call("GET", "/api/retention")[1]["retentionDays"] == 30
    assert api.call("PUT", "/api/retention", {"retentionDays": 0})[0] == 422
    assert api.call("PUT", "/api/retention", {"retentionDays": None})[1]["retentionDays"] is None

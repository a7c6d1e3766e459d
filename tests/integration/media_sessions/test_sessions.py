"""The media library on real Postgres, storage and stack: pages, filters, search, detail, deletion."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from PIL import Image

from shared.database import admin_transaction, reading, transaction
from shared.errors import Conflict
from shared.media_sessions import queries
from shared.videos import queries as video_queries
from shared.videos.models import MAX_SESSION_JOBS, Makers, VideoRequest
from shared.videos.queries import NewVideo
from tests.running_stack import Api, RunningStack

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
MAKERS = Makers(story="draft/a", frame="draft/a", clip="draft/a", narration="draft/a")


@pytest.fixture
def caller(stack: RunningStack, parts: None) -> tuple[Api, UUID]:  # noqa: ARG001 - the parts must be up
    return stack.new_caller()


def add_session(user_id: UUID, number: int, prompt: str = "A keeper", **columns: Any) -> str:
    """A session with one finished video, made a minute after the one before."""
    request_id = f"session-{number}"
    video_id = UUID(int=user_id.int ^ number)
    request = VideoRequest(prompt=prompt, stop_after=columns.pop("stop_after", "final"))
    with transaction(user_id) as db:
        video_queries.add_video(db, NewVideo(video_id, user_id, request_id, request, MAKERS))
        db.execute(
            "update video_sessions set state = %s, title = %s, finished_at = now() where id = %s",
            [columns.get("state", "succeeded"), columns.get("title", f"Part {number}"), video_id],
        )
        db.execute(
            "update media_sessions set created_at = %s where user_id = %s and request_id = %s",
            [BEGIN + timedelta(minutes=number), user_id, request_id],
        )
    return request_id


def listed(api: Api, **query: str) -> list[str]:
    """The sessions of a list, over all its pages."""
    found: list[str] = []
    cursor = ""
    while True:
        given = {**query, "cursor": cursor}
        asked = "&".join(f"{name}={quote(value)}" for name, value in given.items() if value)
        status, answer = api.call("GET", f"/api/sessions?{asked}")
        assert status == 200, answer
        found += [each["requestId"] for each in answer["items"]]
        cursor = answer["nextCursor"]
        if not cursor:
            return found


def test_pages_hold_every_session_once_newest_first(caller: tuple[Api, UUID]) -> None:
    api, user_id = caller
    expected = [add_session(user_id, number) for number in range(1, 8)][::-1]
    assert listed(api, limit="3") == expected
    assert listed(api, limit="7") == expected


def test_a_list_says_how_long_its_pictures_open(caller: tuple[Api, UUID]) -> None:
    api, _ = caller
    for asked, told in (("", 3600), ("?expiresIn=90", 90), ("?expiresIn=86400", 21_600)):
        assert api.call("GET", f"/api/sessions{asked}")[1]["urlExpiresIn"] == told


def test_sessions_made_at_the_same_moment_are_all_listed(caller: tuple[Api, UUID]) -> None:
    api, user_id = caller
    expected = {add_session(user_id, number) for number in range(1, 6)}
    with transaction(user_id) as db:
        db.execute("update media_sessions set created_at = %s", [BEGIN])
    found = listed(api, limit="2")
    assert (len(found), set(found)) == (5, expected)


def test_filters_by_state_kind_and_time(caller: tuple[Api, UUID]) -> None:
    api, user_id = caller
    video = add_session(user_id, 1)
    failed = add_session(user_id, 2, state="failed")
    frames = add_session(user_id, 3, state="stopped", stop_after="frames")
    making = add_session(user_id, 4, state="running")
    assert listed(api, state="done") == [frames, video]
    assert listed(api, state="failed") == [failed]
    assert listed(api, state="making") == [making]
    assert listed(api, kind="video") == [video]
    assert listed(api, kind="frames", state="done") == [frames]
    assert listed(api, createdAfter=(BEGIN + timedelta(minutes=3)).isoformat()) == [making, frames]
    assert listed(api, createdBefore=(BEGIN + timedelta(minutes=2)).isoformat()) == [video]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("whale", [3, 1]),
        ("WHA", [3, 1]),
        ("whale lighthouse", [1]),
        ("Größe", [2]),
        ("größe", [2]),
        ("wh", []),
        ("zebra", []),
        ("'; drop table users; --", []),
        ("part 3", [3]),
    ],
)
def test_search_finds_all_words_in_title_and_prompts(
    caller: tuple[Api, UUID], search: str, found: list[int]
) -> None:
    api, user_id = caller
    add_session(user_id, 1, "A whale near a lighthouse")
    add_session(user_id, 2, "Ein Turm von wahrer Größe")
    add_session(user_id, 3, "Whales, again")
    assert listed(api, search=search) == [f"session-{number}" for number in found]


def test_search_finds_what_is_old_and_rare_and_pages_through_what_many_have(
    caller: tuple[Api, UUID],
) -> None:
    api, user_id = caller
    with admin_transaction() as db:
        db.execute(
            "insert into media_sessions (user_id, request_id, title, created_at)"
            " select %s, 's' || n, case n when 1 then 'A narwhal' else 'A whale' end, %s + n * interval '1 s'"
            " from generate_series(1, 2500) n",
            [user_id, BEGIN],
        )
    assert listed(api, search="narwhal") == ["s1"]
    found = listed(api, search="whale", limit="100")
    assert found == [f"s{number}" for number in range(2500, 1, -1)]


def test_anothers_sessions_are_neither_listed_nor_found(
    caller: tuple[Api, UUID], stack: RunningStack
) -> None:
    _, user_id = caller
    stranger, _ = stack.new_caller()
    add_session(user_id, 1, "A whale")
    assert listed(stranger) == []
    assert listed(stranger, search="whale") == []
    assert stranger.call("GET", "/api/sessions/session-1")[0] == 404


def test_a_page_function_gives_nothing_to_nobody(caller: tuple[Api, UUID]) -> None:
    _, user_id = caller
    add_session(user_id, 1)
    nothing = dict.fromkeys(
        ("state", "kind", "since", "until", "words", "before_created", "before_request"), None
    )
    with reading(UUID(int=0)) as read:
        found = read(queries.page(**nothing, most=10))
    assert found.all == []


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("limit=0", 422),
        ("state=asleep", 422),
        ("createdAfter=2026-03-01T00:00:00", 422),
        ("cursor=nonsense", 400),
        ("search=%21%21", 422),
        ("search=a%00b", 422),
        ("expiresIn=1", 422),
    ],
)
def test_a_senseless_question_is_refused(caller: tuple[Api, UUID], query: str, status: int) -> None:
    assert caller[0].call("GET", f"/api/sessions?{query}")[0] == status


def test_a_session_shows_what_was_made_in_it_and_goes_with_all_of_it(
    caller: tuple[Api, UUID], objects: Callable[[str], set[str]]
) -> None:
    api, user_id = caller
    picture = io.BytesIO()
    Image.new("RGB", (640, 360), "teal").save(picture, "PNG")
    image = base64.b64encode(picture.getvalue()).decode()
    status, _ = api.call("POST", "/api/upload_image", {"image": image, "requestId": "s"})
    assert status == 201
    body = {"prompt": "A whale", "requestId": "s", "draft": True}
    status, frame = api.call("POST", "/api/generate_single_image", {**body, "frameIndex": 4})
    assert status == 200, frame
    clip = {**body, "startImage": frame["s3Key"], "duration": 2}
    status, moved = api.call("POST", "/api/generate_single_video_clip", clip)
    assert status == 200, moved
    status, final = api.call("POST", "/api/merge_video_clips", {**body, "title": "One whale"})
    assert status == 200, final

    status, answer = api.call("GET", "/api/sessions/s")
    session = answer["session"]
    assert status == 200
    assert (session["title"], session["state"], session["kind"]) == ("One whale", "done", "video")
    assert (session["frames"], session["clips"], session["videos"]) == (1, 1, 1)
    assert [each["s3Key"] for each in session["frameItems"]] == [frame["s3Key"]]
    assert session["frameItems"][0]["index"] == 4
    assert [each["s3Key"] for each in session["clipItems"]] == [moved["s3Key"]]
    assert session["finalVideo"]["s3Key"] == final["s3Key"]
    assert [each["kind"] for each in session["uploadItems"]] == ["image"]
    assert {each["piece"] for each in session["jobs"]} == {"frame", "clip", "cut"}
    assert [each["requestId"] for each in api.call("GET", "/api/sessions")[1]["items"]] == ["s"]

    prefix = f"{user_id}/s/"
    count = len(objects(prefix))
    status, deleted = api.call("DELETE", "/api/sessions/s")
    assert (status, deleted["deletedObjects"]) == (200, count)
    assert objects(prefix) == set()
    assert api.call("GET", "/api/sessions/s")[0] == 404
    assert api.call("GET", f"/api/videos/{frame['jobId']}")[0] == 404


def add_lists(user_id: UUID, count: int) -> None:
    """A session with so many frames, of which all but one have the same index, jobs and uploads."""
    add_session(user_id, 1)
    with admin_transaction() as db:
        db.execute(
            """
            with video as (
                insert into video_sessions (id, user_id, request_id, request, makers, state, piece,
                                            piece_index, piece_identity, finished_at, error)
                select gen_random_uuid(), v.user_id, v.request_id,
                       jsonb_set(v.request, '{prompt}', to_jsonb(repeat('é', 3000))), v.makers, 'failed',
                       'frame', least(n, 2) - 1, repeat('0', 60) || to_char(n, 'FM0000'), now(),
                       jsonb_build_object('code', 'c', 'message', repeat('m', 3000), 'scene', null)
                from video_sessions v, generate_series(1, %(count)s) n where v.user_id = %(user_id)s
                returning id, request_id
            ), scene as (
                insert into video_scenes (video_id, number, user_id, title, description, prompt, motion,
                                          narration, duration_ms)
                select id, 1, %(user_id)s, '', '', '', '', '', 1000 from video returning id, video_id
            ), asset as (
                insert into assets (id, user_id, video_id, scene_id, kind, recipe, identity, sha256,
                                    storage_key, content_type, size_bytes)
                select gen_random_uuid(), %(user_id)s, video_id, id, 'frame', '{}',
                       repeat(replace(video_id::text, '-', ''), 2), repeat('0', 64),
                       %(user_id)s::text || '/session-1/reference-frames/' || video_id || '.png',
                       'image/png', 1
                from scene returning id, scene_id
            )
            insert into video_frames (scene_id, user_id, asset_id)
                select scene_id, %(user_id)s, id from asset
            """,
            {"count": count, "user_id": user_id},
        )
        db.execute(
            """
            insert into uploads (id, user_id, request_id, kind, method, state, content_type, size_bytes,
                                 storage_key, expires_at, finished_at)
            select gen_random_uuid(), %(user_id)s, 'session-1', 'image', 'post', 'complete', 'image/png', 1,
                   %(user_id)s::text || '/session-1/user-uploads/image_' || n || '.png', now(), now()
            from generate_series(1, %(count)s) n
            """,
            {"count": count, "user_id": user_id},
        )


def test_the_pages_of_a_session_hold_everything_once_and_in_order(caller: tuple[Api, UUID]) -> None:
    api, user_id = caller
    add_lists(user_id, 7)
    found: dict[str, list[dict[str, Any]]] = {"frameItems": [], "uploadItems": [], "jobs": []}
    cursor, pages = "", 0
    while True:
        status, answer = api.call("GET", f"/api/sessions/session-1?limit=3&cursor={cursor}")
        assert status == 200, answer
        session = answer["session"]
        assert max(len(session[name]) for name in found) <= 3
        for name in found:
            found[name] += session[name]
        cursor, pages = session["nextCursor"], pages + 1
        if cursor is None:
            break
    assert pages == 3
    assert [each["index"] for each in found["frameItems"]] == [0] + [1] * 6
    assert {name: len(items) for name, items in found.items()} == {
        "frameItems": 7,
        "uploadItems": 7,
        "jobs": 8,
    }
    assert len({each["jobId"] for each in found["frameItems"]}) == 7
    assert len({each["s3Key"] for each in found["uploadItems"]}) == 7
    assert len({each["jobId"] for each in found["jobs"]}) == 8
    assert {len(each["prompt"]) for each in found["frameItems"]} == {200}
    assert {len(each["error"]["message"]) for each in found["jobs"] if each["error"]} == {500}


def test_a_cursor_of_a_session_that_is_not_ours_is_refused(caller: tuple[Api, UUID]) -> None:
    api, user_id = caller
    add_session(user_id, 1)
    for cursor in ("nonsense", base64.urlsafe_b64encode(b'{"frames": [-1, 0, 0]}').decode()):
        status, answer = api.call("GET", f"/api/sessions/session-1?cursor={cursor}")
        assert (status, answer["code"]) == (400, "malformed_request")


def test_a_session_that_is_full_takes_no_more_but_finds_what_it_has(caller: tuple[Api, UUID]) -> None:
    _, user_id = caller
    request = VideoRequest(prompt="A keeper")
    more = [
        NewVideo(
            UUID(int=user_id.int ^ number),
            user_id,
            "full",
            request,
            MAKERS,
            piece="frame",
            piece_identity=f"{number:064x}",
        )
        for number in (5000, 5001)
    ]
    with transaction(user_id) as db:
        assert video_queries.add_video(db, more[0])
    with admin_transaction() as db:
        db.execute("set local session_replication_role = replica")  # as if added one after the other
        db.execute(
            "insert into video_sessions (id, user_id, request_id, request, makers)"
            " select gen_random_uuid(), user_id, request_id, request, makers"
            " from video_sessions, generate_series(1, %s) where user_id = %s",
            [MAX_SESSION_JOBS - 1, user_id],
        )
    with pytest.raises(Conflict, match="1000 jobs"), transaction(user_id) as db:
        video_queries.add_video(db, more[1])
    with transaction(user_id) as db:
        assert not video_queries.add_video(db, more[0])


def test_a_session_in_which_something_is_made_is_not_deleted(caller: tuple[Api, UUID]) -> None:
    api, user_id = caller
    add_session(user_id, 1, state="running")
    status, answer = api.call("DELETE", "/api/sessions/session-1")
    assert (status, answer["code"]) == (409, "conflict")


def test_a_video_belongs_to_the_session_that_it_names_or_to_one_of_its_own(caller: tuple[Api, UUID]) -> None:
    api, _ = caller
    order = {"prompt": "A whale", "frameCount": 1, "duration": 2, "stopAfter": "story", "draft": True}
    named, own = api.make(**order, requestId="s"), api.make(**order)
    assert set(listed(api)) == {"s", own["id"]}
    assert api.call("DELETE", f"/api/videos/{own['id']}")[0] == 200
    assert listed(api) == ["s"]
    assert api.call("DELETE", f"/api/videos/{named['id']}")[0] == 200
    assert listed(api) == []

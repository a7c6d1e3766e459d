"""What users send: in the request, by a form, in parts; and what becomes of what is not what it says."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast
from urllib.request import Request, urlopen
from uuid import UUID, uuid4

import psycopg
import pytest
from PIL import Image

from shared import multipart, storage
from shared.accounts.models import Caller, Credential
from shared.database import admin_transaction, transaction
from shared.errors import AssetMissing, NotFound
from shared.lambdas.endpoint import Call
from shared.lambdas.http import HttpRequest
from shared.media_sessions import service as sessions
from shared.retention import service as retention
from shared.uploads import clearing, queries, service
from shared.uploads.models import UploadImage
from shared.uploads.parts import PART_BYTES, part_sizes
from tests.hostile_pictures import HARMLESS, MARK, REFUSED
from tests.running_stack import Api, RunningStack
from tests.unit.lambdas.events import proxy_event
from tests.uploading import Parts, send_form, send_part, small_video

MEGABYTE = 1024**2


class Sender:
    """One user who uploads."""

    def __init__(self, api: Api, user_id: UUID) -> None:
        self.api = api
        self.user_id = user_id

    def announce(self, kind: str, content_type: str, size: int, **more: Any) -> dict[str, Any]:
        order = {"contentType": content_type, "sizeBytes": size, **more}
        status, answer = self.api.call("POST", f"/api/upload_{kind}", order)
        assert status == 201, answer
        return answer

    def complete(self, upload: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        return self.api.call("POST", f"/api/uploads/{upload['uploadId']}/complete")

    def state(self, upload: dict[str, Any]) -> dict[str, Any]:
        status, answer = self.api.call("GET", f"/api/uploads/{upload['uploadId']}")
        assert status == 200, answer
        return answer

    def send(self, kind: str, content_type: str, content: bytes) -> tuple[int, dict[str, Any]]:
        """All of it: announce, send by the form, complete."""
        upload = self.announce(kind, content_type, len(content))
        assert send_form(upload["form"], content) == 204
        return self.complete(upload)

    def objects(self) -> list[str]:
        """Everything of the user's in storage."""
        from shared.aws import client  # noqa: PLC0415 - with the stack's environment

        found: list[str] = []
        for prefix in (f"{self.user_id}/", f"tmp/{self.user_id}/"):
            answer = client("s3").list_objects_v2(Bucket=storage.bucket(), Prefix=prefix)
            found += [each["Key"] for each in answer.get("Contents", [])]
        return found

    def incoming(self, upload: dict[str, Any]) -> str:
        return f"tmp/{self.user_id}/{upload['requestId']}/{upload['uploadId']}"


@pytest.fixture
def new_sender(stack: RunningStack, parts: None) -> Callable[[], Sender]:  # noqa: ARG001 - storage is used here
    return lambda: Sender(*stack.new_caller())


@pytest.fixture
def sender(new_sender: Callable[[], Sender]) -> Iterator[Sender]:
    made = new_sender()
    yield made
    storage.delete_all(f"{made.user_id}/")


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 48)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "teal").save(buffer, kind)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return small_video(tmp_path_factory.mktemp("video") / "video.mp4")


def loaded(url: str) -> bytes:
    with urlopen(Request(url), timeout=30) as response:  # noqa: S310 - the stack's own address
        return bytes(response.read())


def test_a_small_picture_comes_in_the_request_and_is_there_at_once(sender: Sender) -> None:
    encoded = base64.b64encode(picture("JPEG")).decode()
    for text in (encoded, f"data:image/jpeg;base64,{encoded}"):
        order = {"image": text, "requestId": "my-1", "fileName": "../../a b.jpg"}
        status, answer = sender.api.call("POST", "/api/upload_image", order)
        assert status == 201, answer
        assert (answer["state"], answer["method"], answer["requestId"]) == ("complete", "inline", "my-1")
        assert (answer["width"], answer["height"], answer["contentType"]) == (64, 48, "image/jpeg")
        identity = UUID(answer["uploadId"]).hex
        assert answer["s3Key"] == f"{sender.user_id}/my-1/user-uploads/image_{identity}.jpg"
        assert loaded(answer["imageUrl"]) == loaded(answer["proxyUrl"])
        assert len(loaded(answer["imageUrl"])) == answer["sizeBytes"]
        assert sender.state(answer)["s3Key"] == answer["s3Key"]


def test_a_larger_picture_goes_by_a_form(sender: Sender) -> None:
    content = picture("PNG", (900, 700)) + bytes(5_000_000)
    status, answer = sender.send("image", "image/png", content)
    assert status == 200, answer
    assert (answer["state"], answer["width"], answer["duration"]) == ("complete", 900, None)
    assert answer["sizeBytes"] < 100_000  # what followed the picture is not kept
    assert sender.objects() == [answer["s3Key"]]


def test_the_bytes_decide_and_not_what_was_announced(sender: Sender) -> None:
    status, answer = sender.send("image", "image/webp", picture("PNG"))
    assert (status, answer["contentType"], answer["s3Key"][-4:]) == (200, "image/png", ".png")


@pytest.mark.parametrize("kind", ["video", "final_video"])
def test_a_small_video_goes_by_a_form(sender: Sender, video: bytes, kind: str) -> None:
    status, answer = sender.send(kind, "video/mp4", video)
    assert status == 200, answer
    assert (answer["kind"], answer["width"], answer["height"], answer["duration"]) == (kind, 320, 180, 1.0)
    assert f"/user-uploads/{kind}_" in answer["s3Key"]
    assert loaded(answer["videoUrl"]) == video
    again = sender.complete(answer)
    assert again[0] == 200
    assert sender.objects() == [answer["s3Key"]]


def test_a_large_video_comes_in_parts_with_an_interruption(sender: Sender, video: bytes) -> None:
    size = 64 * MEGABYTE + 12_345  # `bench_upload` sends a gigabyte
    content = Parts(video, size)
    upload = sender.announce("video", "video/mp4", size)
    assert (upload["method"], upload["partSize"], upload["uploadedParts"]) == ("multipart", PART_BYTES, [])
    assert upload["partCount"] == len(upload["parts"]) == len(part_sizes(size))
    first_half = upload["parts"][: len(upload["parts"]) // 2]
    assert {content.send(part) for part in first_half} == {200}
    early = sender.complete(upload)
    assert (early[0], early[1]["code"]) == (409, "conflict")
    assert early[1]["details"]["missingParts"][0] == len(first_half) + 1
    resumed = sender.state(upload)
    assert resumed["uploadedParts"] == [part["partNumber"] for part in first_half]
    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(content.send, resumed["parts"])) == {200}
    status, answer = sender.complete(upload)
    assert status == 200, answer
    assert (answer["state"], answer["sizeBytes"], answer["width"]) == ("complete", size, 320)
    request = Request(answer["videoUrl"], headers={"Range": f"bytes=0-{len(video) - 1}"})  # noqa: S310
    with urlopen(request, timeout=30) as response:  # noqa: S310 - the stack's own address
        assert response.read() == video
        assert response.headers["Content-Range"] == f"bytes 0-{len(video) - 1}/{size}"
    assert sender.objects() == [answer["s3Key"]]
    assert sender.complete(upload)[0] == 200
    assert sender.api.call("DELETE", f"/api/uploads/{upload['uploadId']}")[0] == 409


def test_a_completion_that_was_cut_off_is_taken_up(sender: Sender, video: bytes) -> None:
    size = PART_BYTES + 1000
    upload = sender.announce("video", "video/mp4", size)
    assert {Parts(video, size).send(part) for part in upload["parts"]} == {200}
    key = sender.incoming(upload)
    with admin_transaction() as db:
        row = db.execute("select multipart_id from uploads where id = %s", [upload["uploadId"]]).fetchone()
    assert row is not None
    multipart.put_together(key, row["multipart_id"], multipart.parts(key, row["multipart_id"]))
    state = sender.state(upload)
    assert (state["state"], state["uploadedParts"], state["parts"]) == ("open", [1, 2], [])
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: sender.complete(upload), range(2)))
    assert [status for status, _ in answers] == [200, 200]
    assert sender.objects() == [answers[0][1]["s3Key"]]


def test_an_upload_that_is_completed_many_times_at_once_is_complete(sender: Sender, video: bytes) -> None:
    upload = sender.announce("video", "video/mp4", len(video))
    assert send_form(upload["form"], video) == 204
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: sender.complete(upload), range(12)))
    assert {(status, answer["state"], answer["s3Key"]) for status, answer in answers} == {
        (200, "complete", answers[0][1]["s3Key"])
    }
    assert sender.objects() == [answers[0][1]["s3Key"]]


def test_what_is_given_up_while_it_is_completed_is_one_or_the_other(sender: Sender, video: bytes) -> None:
    for _ in range(3):
        upload = sender.announce("video", "video/mp4", len(video))
        assert send_form(upload["form"], video) == 204
        address = f"/api/uploads/{upload['uploadId']}"
        with ThreadPoolExecutor(2) as pool:
            completing = pool.submit(sender.complete, upload)
            aborting = pool.submit(sender.api.call, "DELETE", address)
        state = sender.state(upload)
        outcome = (completing.result()[0], aborting.result()[0], state["state"], len(sender.objects()))
        assert outcome in {(200, 409, "complete", 1), (409, 200, "aborted", 0)}
        storage.delete_all(f"{sender.user_id}/")


def test_a_large_file_that_is_no_video_is_refused_and_deleted(sender: Sender, video: bytes) -> None:
    size = PART_BYTES + 1000
    for head in (b"", b"#EXTM3U\n" + video, video[: video.index(b"mdat") + 4]):
        upload = sender.announce("video", "video/mp4", size)
        contents = {1: head + bytes(PART_BYTES - len(head)), 2: bytes(1000)}
        assert {send_part(part, contents[part["partNumber"]]) for part in upload["parts"]} == {200}
        status, answer = sender.complete(upload)
        assert (status, answer["code"]) == (422, "media_refused")
        assert sender.objects() == []
        state = sender.state(upload)
        assert (state["state"], state["error"]["code"]) == ("refused", "media_refused")
        assert sender.complete(upload)[0] == 409


@pytest.mark.parametrize(("kind", "content_type"), [("image", "image/png"), ("video", "video/mp4")])
def test_a_small_file_that_is_something_else_is_refused_and_deleted(
    sender: Sender, kind: str, content_type: str
) -> None:
    status, answer = sender.send(kind, content_type, b"<html><script>alert(1)</script></html>")
    assert (status, answer["code"]) == (422, "media_refused")
    assert sender.objects() == []


def test_a_form_takes_its_own_key_type_and_size_alone(sender: Sender) -> None:
    content = picture()
    form = sender.announce("image", "image/png", len(content))["form"]
    assert send_form(form, content + b"x") in {400, 403}
    assert send_form(form, content[:-1]) in {400, 403}
    assert send_form(form, content, **{"Content-Type": "text/html"}) == 403
    assert send_form(form, content, key=f"{sender.user_id}/r/user-uploads/a.png") == 403
    assert sender.objects() == []
    assert send_form(form, content) == 204


def test_a_part_takes_its_own_size_alone(sender: Sender) -> None:
    upload = sender.announce("video", "video/mp4", PART_BYTES + 10)
    small = upload["parts"][1]
    assert send_part(small, bytes(11)) == 403
    assert send_part({**small, "url": small["url"].replace("partNumber=2", "partNumber=3")}, bytes(10)) == 403
    assert send_part(small, bytes(10)) == 200
    assert sender.state(upload)["uploadedParts"] == [2]


def test_what_is_given_up_is_thrown_away(sender: Sender) -> None:
    upload = sender.announce("video", "video/mp4", PART_BYTES + 10)
    assert send_part(upload["parts"][1], bytes(10)) == 200
    with admin_transaction() as db:
        row = db.execute("select multipart_id from uploads where id = %s", [upload["uploadId"]]).fetchone()
    assert row is not None
    for _ in range(2):
        status, answer = sender.api.call("DELETE", f"/api/uploads/{upload['uploadId']}")
        assert (status, answer["state"], answer["parts"]) == (200, "aborted", None)
    with pytest.raises(AssetMissing):
        multipart.parts(sender.incoming(upload), row["multipart_id"])
    assert send_part(upload["parts"][1], bytes(10)) == 404
    assert sender.complete(upload)[0] == 409


def test_nothing_is_complete_before_it_was_sent(sender: Sender) -> None:
    upload = sender.announce("image", "image/png", 100)
    status, answer = sender.complete(upload)
    assert (status, answer["code"]) == (409, "conflict")
    assert sender.state(upload)["state"] == "open"


def test_a_completion_that_came_too_early_can_be_sent_again_under_its_key(sender: Sender) -> None:
    content = picture()
    upload = sender.announce("image", "image/png", len(content))
    path, headers = f"/api/uploads/{upload['uploadId']}/complete", {"Idempotency-Key": str(uuid4())}
    assert sender.api.call("POST", path, headers=headers)[0] == 409
    assert send_form(upload["form"], content) == 204
    status, answer = sender.api.call("POST", path, headers=headers)
    assert (status, answer["state"]) == (200, "complete")
    assert sender.api.call("POST", path, headers=headers) == (status, answer)


def test_a_user_has_so_many_uploads_on_their_way_and_no_more(sender: Sender) -> None:
    def announce(_: int) -> int:
        return sender.api.call("POST", "/api/upload_image", {"contentType": "image/png", "sizeBytes": 9})[0]

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(announce, range(26)))
    assert sorted(statuses) == [201] * 20 + [429] * 6
    with admin_transaction() as db:
        db.execute(
            "update uploads set expires_at = now() - interval '1 second' where user_id = %s", [sender.user_id]
        )
    assert announce(0) == 201


def test_an_upload_that_was_left_lying_is_over(sender: Sender) -> None:
    upload = sender.announce("video", "video/mp4", PART_BYTES + 10)
    with admin_transaction() as db:
        row = db.execute(
            "update uploads set expires_at = now() - interval '1 second'"
            " where id = %s returning multipart_id",
            [upload["uploadId"]],
        ).fetchone()
    assert row is not None
    assert (sender.state(upload)["state"], sender.state(upload)["parts"]) == ("expired", None)
    assert sender.complete(upload)[0] == 409
    sender.announce("image", "image/png", 9)
    with pytest.raises(AssetMissing):
        multipart.parts(sender.incoming(upload), row["multipart_id"])


def test_what_a_user_who_never_returns_left_lying_is_closed_and_forgotten(
    sender: Sender, stack: RunningStack
) -> None:
    left = sender.announce("image", "image/png", 9, requestId="left")
    kept = sender.announce("image", "image/png", 9, requestId="kept")
    storage.put(sender.incoming(left), b"left", "image/png")

    def run() -> set[str]:
        stack.invoke("delete_expired", {})
        with admin_transaction() as db:
            rows = db.execute(
                "select request_id, u.state from media_sessions join uploads u using (user_id, request_id)"
                " where user_id = %s",
                [sender.user_id],
            ).fetchall()
        return {f"{row['request_id']} {row['state']}" for row in rows}

    def make_older(column: str, days: int) -> None:
        statement = cast(
            "Any", f"update uploads set {column} = now() - make_interval(days => %s) where id = %s"
        )
        with admin_transaction() as db:
            db.execute(statement, [days, left["uploadId"]])

    make_older("expires_at", 1)
    assert run() == {"left expired", "kept open"}
    with pytest.raises(AssetMissing):
        storage.describe(sender.incoming(left))
    make_older("finished_at", 6)
    assert run() == {"left expired", "kept open"}
    make_older("finished_at", 8)
    assert run() == {"kept open"}
    assert sender.api.call("GET", "/api/sessions/left")[0] == 404
    assert sender.state(kept)["state"] == "open"


def age(upload: dict[str, Any], column: str, days: int) -> None:
    statement = cast("Any", f"update uploads set {column} = now() - make_interval(days => %s) where id = %s")
    with admin_transaction() as db:
        db.execute(statement, [days, upload["uploadId"]])


def abort(sender: Sender, upload: dict[str, Any], days_ago: int) -> None:
    with transaction(sender.user_id) as db:
        assert queries.abort(db, UUID(upload["uploadId"]))
    age(upload, "finished_at", days_ago)


def soon() -> float:
    return time.monotonic() + 60


def test_a_session_stays_while_somebody_may_ask_what_became_of_an_upload_in_it(sender: Sender) -> None:
    old, late = (sender.announce("image", "image/png", 9, requestId="tried") for _ in range(2))
    abort(sender, old, 8)
    abort(sender, late, 1)
    clearing.clear_away(soon())
    assert sender.api.call("GET", f"/api/uploads/{old['uploadId']}")[0] == 404
    assert sender.state(late)["state"] == "aborted"
    age(late, "finished_at", 8)
    clearing.clear_away(soon())
    assert sender.api.call("GET", "/api/sessions/tried")[0] == 404


def test_what_one_run_has_no_time_to_forget_the_next_one_does(sender: Sender) -> None:
    abort(sender, sender.announce("image", "image/png", 9, requestId="later"), 8)
    clearing.clear_away(time.monotonic())
    assert sender.api.call("GET", "/api/sessions/later")[0] == 200
    clearing.clear_away(soon())
    assert sender.api.call("GET", "/api/sessions/later")[0] == 404


def test_many_uploads_are_closed_as_fast_as_one(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    uploads = [sender.announce("image", "image/png", 9, requestId="many") for _ in range(5)]
    for each in uploads:
        age(each, "expires_at", 1)
    asked: list[Any] = []
    execute = psycopg.Cursor.execute

    def counted(cursor: Any, query: Any, *values: Any, **named: Any) -> Any:
        asked.append(query)
        return execute(cursor, query, *values, **named)

    with transaction(sender.user_id) as db, monkeypatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", counted)
        closed = clearing.close_expired(db, 100)
    assert {str(each.id) for each in closed} == {each["uploadId"] for each in uploads}
    assert {each.state for each in closed} == {"expired"}
    assert len(asked) == 2, asked
    with admin_transaction() as db:
        noted = db.execute(
            "select count(*) as n from deletions where starts_with(prefix, %s)", [f"{sender.user_id}/many/"]
        ).fetchone()
    assert noted == {"n": 5}


def test_a_server_that_acts_for_its_users_names_the_session_by_a_header(stack: RunningStack) -> None:
    server, _ = stack.new_caller("server", scopes=["*", "act_as"])
    named: dict[str, Any] = {"headers": {"X-Request-ID": "monday"}}
    announced: dict[str, Any] = {"contentType": "video/mp4", "sizeBytes": 9}
    uploads = {
        "/api/upload_video": announced,
        "/api/upload_final_video": announced,
        "/api/upload_image": {"image": base64.b64encode(picture()).decode()},
        "/api/public/upload-image": {"image": base64.b64encode(picture()).decode()},
    }
    for path, body in uploads.items():
        status, answer = server.call("POST", path, body, **named)
        assert (status, answer["requestId"]) == (201, "monday")
        assert server.call("POST", path, {**body, "requestId": "mine"}, **named)[1]["requestId"] == "mine"
    order = {"prompt": "A fox", "frameCount": 1, "duration": 2, "draft": True, "stopAfter": "story"}
    video = server.call("POST", "/api/videos?wait=25", order, **named)[1]["video"]
    jobs = server.call("GET", "/api/sessions/monday")[1]["session"]["jobs"]
    assert [each["jobId"] for each in jobs] == [video["id"]]
    other = stack.new_caller("other")[0]  # before whom a proxy stands, for all that we know
    status, answer = other.call("POST", "/api/upload_video", announced, **named)
    assert (status, answer["requestId"] != "monday") == (201, True)
    status, answer = other.call("POST", "/api/videos", order, **named)
    assert (status, answer["video"]["id"] != video["id"]) == (202, True)
    assert other.call("GET", "/api/sessions/monday")[0] == 404


@pytest.fixture
def ended_while_it_is_stored(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Has something done to an upload's session as soon as its object is stored, in the same process."""

    def arrange(act: Callable[[], object]) -> None:
        put = storage.put

        def put_and_act(key: str, content: Any, content_type: str) -> None:
            put(key, content, content_type)
            if key.startswith(f"{sender.user_id}/"):
                act()

        monkeypatch.setattr(storage, "put", put_and_act)

    return arrange


def call_of(sender: Sender) -> Call:
    """A call of the user's, for the service itself."""
    request = HttpRequest.from_event(proxy_event("POST"), 10)
    return Call(Caller(sender.user_id, Credential.STORED_KEY), request, time.monotonic() + 29)


def test_an_upload_whose_session_is_deleted_while_it_is_completed_leaves_no_object(
    sender: Sender, ended_while_it_is_stored: Callable[..., None]
) -> None:
    upload = sender.announce("image", "image/png", len(picture()))
    assert send_form(upload["form"], picture()) == 204
    ended_while_it_is_stored(lambda: sessions.delete_session(sender.user_id, upload["requestId"]))
    with pytest.raises(NotFound):
        service.complete(call_of(sender), UUID(upload["uploadId"]), 900)
    assert [key for key in sender.objects() if not key.startswith("tmp/")] == []


def test_a_picture_whose_session_is_deleted_while_it_is_stored_leaves_no_object(
    sender: Sender, ended_while_it_is_stored: Callable[..., None]
) -> None:
    ended_while_it_is_stored(lambda: sessions.delete_session(sender.user_id, "gone"))
    order = UploadImage(image=base64.b64encode(picture()).decode(), request_id="gone")
    with pytest.raises(NotFound):
        service.upload_image(call_of(sender), order)
    assert sender.objects() == []


@pytest.mark.parametrize("end", ["session", "expiry"])
def test_what_a_sender_stored_that_died_before_it_said_so_is_cleared_away(
    sender: Sender, ended_while_it_is_stored: Callable[..., None], end: str
) -> None:
    class Died(Exception):
        pass

    def die() -> None:
        raise Died

    ended_while_it_is_stored(die)
    with pytest.raises(Died):
        service.upload_image(
            call_of(sender), UploadImage(image=base64.b64encode(picture()).decode(), request_id="s")
        )
    (orphan,) = sender.objects()
    if end == "session":
        assert sender.api.call("DELETE", "/api/sessions/s")[0] == 200
        boto3_put(orphan)  # later than the deletion
    else:
        with admin_transaction() as db:
            db.execute(
                "update uploads set expires_at = now() - interval '1 second' where user_id = %s",
                [sender.user_id],
            )
        sender.announce("image", "image/png", 9)
    retention.sweep(time.monotonic() + 60)
    assert sender.objects() == []


def boto3_put(key: str) -> None:
    """Store something there, whatever `storage.put` has been made to do."""
    from shared.aws import client  # noqa: PLC0415 - with the stack's environment

    client("s3").put_object(Bucket=storage.bucket(), Key=key, Body=b"late")


def test_anothers_upload_is_like_one_that_does_not_exist(
    sender: Sender, new_sender: Callable[[], Sender]
) -> None:
    stranger, upload = new_sender(), sender.announce("image", "image/png", 9)
    for method, path in (("GET", ""), ("POST", "/complete"), ("DELETE", "")):
        answers = [
            stranger.api.call(method, f"/api/uploads/{each}{path}")
            for each in (upload["uploadId"], uuid4(), "not-an-id")
        ]
        assert [status for status, _ in answers] == [404] * 3
        assert answers[0][1]["error"] == answers[1][1]["error"]
    assert sender.state(upload)["state"] == "open"


@pytest.mark.parametrize(
    ("kind", "order"),
    [
        ("image", {}),
        ("image", {"image": "AAAA", "contentType": "image/png", "sizeBytes": 1}),
        ("image", {"contentType": "image/png"}),
        ("image", {"contentType": "image/svg+xml", "sizeBytes": 1}),
        ("image", {"contentType": "image/png", "sizeBytes": 20 * MEGABYTE + 1}),
        ("image", {"contentType": "image/png", "sizeBytes": 0}),
        ("video", {"contentType": "video/mp4", "sizeBytes": 1024**3 + 1}),
        ("video", {"contentType": "text/html", "sizeBytes": 1}),
        ("final_video", {"contentType": "video/mp4"}),
        ("video", {"contentType": "video/mp4", "sizeBytes": 9, "requestId": "../../other"}),
        ("video", {"contentType": "video/mp4", "sizeBytes": 9, "requestId": "a" * 65}),
        ("video", {"contentType": "video/mp4", "sizeBytes": 9, "requestId": "a\n"}),
        ("video", {"contentType": "video/mp4", "sizeBytes": 9, "requestId": "ä"}),
        ("video", {"contentType": "video/mp4", "sizeBytes": 9, "requestId": ""}),
    ],
)
def test_what_cannot_be_announced_is_refused(sender: Sender, kind: str, order: dict[str, Any]) -> None:
    status, answer = sender.api.call("POST", f"/api/upload_{kind}", order)
    assert (status, answer["code"]) == (422, "invalid_request")


@pytest.mark.parametrize("image", ["%%%", "ä", "data:image/png;base64", "AAA"])
def test_what_is_no_base64_is_refused(sender: Sender, image: str) -> None:
    status, answer = sender.api.call("POST", "/api/upload_image", {"image": image})
    assert (status, answer["code"]) in {(400, "malformed_request"), (415, "unsupported_media")}


@pytest.mark.parametrize("megabytes", [5, 7, 12])
def test_a_body_over_the_limit_is_refused_with_413(sender: Sender, megabytes: int) -> None:
    status, answer = sender.api.call("POST", "/api/upload_image", {"image": "A" * (megabytes * MEGABYTE)})
    assert (status, answer["code"], answer["success"]) == (413, "payload_too_large", False)


def test_the_largest_body_that_is_taken_arrives(sender: Sender) -> None:
    content = picture() + bytes(3_440_000)  # a picture, and what is dropped
    order = {"image": base64.b64encode(content).decode()}
    status, answer = sender.api.call("POST", "/api/upload_image", order)
    assert status == 201, answer


def test_hostile_pictures_are_refused_or_made_harmless(sender: Sender) -> None:
    for name, make in {**REFUSED, **HARMLESS}.items():
        order = {"image": base64.b64encode(make()).decode()}
        status, answer = sender.api.call("POST", "/api/upload_image", order)
        if name in REFUSED:
            assert (status, answer["success"]) in {(415, False), (422, False)}, (name, answer)
        else:
            assert status == 201, (name, answer)
            assert MARK not in loaded(answer["imageUrl"]), name
    assert len(sender.objects()) == len(HARMLESS)

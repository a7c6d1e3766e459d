"""Stored media through the API's own address: who may have it, and how it comes."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from uuid import UUID, uuid4

import pytest

from shared import storage
from tests.running_stack import Api, RunningStack
from tests.unit.library.test_keys import HOSTILE

CHUNK = 4 * 1024 * 1024
SMALL = b"\x89PNG" + bytes(range(256)) * 40
LARGE = (b"0123456789abcdef" * 65536) * 9  # 9 MiB

Answer = tuple[int, dict[str, str], bytes]


class Shelf:
    """One user's objects, and plain HTTP to the API."""

    def __init__(self, api: Api, user_id: UUID) -> None:
        self.api = api
        self.user_id = user_id

    def put(self, folder: str, name: str, content: bytes, content_type: str) -> str:
        key = f"{self.user_id}/r-1/{folder}/{name}"
        storage.put(key, content, content_type)
        return key

    def get(
        self,
        target: str,
        headers: Mapping[str, str] | None = None,
        *,
        signed_in: bool = True,
        method: str = "GET",
    ) -> Answer:
        """The path is sent as it stands: nothing on this side tidies it up."""
        connection = HTTPConnection(urlsplit(self.api.url).netloc, timeout=30)
        own = {"Authorization": f"Bearer {self.api.key}"} if signed_in else {}
        connection.request(method, target, headers={**own, **(headers or {})})
        response = connection.getresponse()
        try:
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()

    def link(self, key: str, expires_in: int = 600) -> dict[str, Any]:
        status, answer = self.api.call(
            "GET", f"/api/get_presigned_url?key={quote(key)}&expiresIn={expires_in}"
        )
        assert status == 200, answer
        return answer

    def signed(self, key: str) -> str:
        """Path and query of the signed address."""
        return str(self.link(key)["proxyUrl"]).removeprefix(self.api.url)


@pytest.fixture
def new_shelf(stack: RunningStack, parts: None) -> Any:  # noqa: ARG001 - storage is used here
    return lambda: Shelf(*stack.new_caller())


@pytest.fixture
def shelf(new_shelf: Any) -> Iterator[Shelf]:
    made: Shelf = new_shelf()
    yield made
    storage.delete_all(f"{made.user_id}/")


@pytest.fixture
def image(shelf: Shelf) -> str:
    return shelf.put("reference-frames", f"generated_frame_1_{'a' * 32}.png", SMALL, "image/png")


@pytest.fixture
def video(shelf: Shelf) -> str:
    return shelf.put("video-clips", "final_video.mp4", LARGE, "video/mp4")


def test_a_picture_comes_whole_with_what_a_browser_needs(shelf: Shelf, image: str) -> None:
    status, headers, content = shelf.get(f"/api/proxy_s3_image/{image}")
    assert (status, content) == (200, SMALL)
    assert headers["Content-Type"] == "image/png"
    assert headers["Content-Length"] == str(len(SMALL))
    assert headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["Content-Disposition"] == f'inline; filename="generated_frame_1_{"a" * 32}.png"'
    assert headers["Accept-Ranges"] == "bytes"
    again = shelf.get(f"/api/proxy_s3_image/{image}", {"If-None-Match": headers["ETag"]})
    assert (again[0], again[2]) == (304, b"")
    assert again[1]["ETag"] == headers["ETag"]
    changed = shelf.get(f"/api/proxy_s3_image/{image}", {"If-None-Match": '"another"'})
    assert changed[0] == 200


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-", 0, CHUNK - 1),
        ("bytes=0-1", 0, 1),
        ("bytes=100-199", 100, 199),
        (f"bytes={CHUNK}-", CHUNK, 2 * CHUNK - 1),
        ("bytes=9000000-", 9_000_000, len(LARGE) - 1),
        ("bytes=9000000-99999999999", 9_000_000, len(LARGE) - 1),
        ("bytes=-10", len(LARGE) - 10, len(LARGE) - 1),
        ("bytes=-99999999", 0, CHUNK - 1),
    ],
)
def test_a_range_comes_as_far_as_an_answer_reaches(
    shelf: Shelf, video: str, asked: str, first: int, last: int
) -> None:
    status, headers, content = shelf.get(f"/api/proxy_s3_video/{video}", {"Range": asked})
    assert status == 206
    assert headers["Content-Range"] == f"bytes {first}-{last}/{len(LARGE)}"
    assert content == LARGE[first : last + 1]
    assert headers["Content-Type"] == "video/mp4"
    assert headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("asked", [f"bytes={len(LARGE)}-", "bytes=-0"])
def test_a_range_behind_the_end_is_refused(shelf: Shelf, video: str, asked: str) -> None:
    status, headers, content = shelf.get(f"/api/proxy_s3_video/{video}", {"Range": asked})
    assert (status, headers["Content-Range"]) == (416, f"bytes */{len(LARGE)}")
    assert json.loads(content)["code"] == "range_not_satisfiable"


def test_a_range_of_an_older_version_is_answered_with_all_of_the_new_one(shelf: Shelf, image: str) -> None:
    target = f"/api/proxy_s3_image/{image}"
    etag = shelf.get(target)[1]["ETag"]
    assert shelf.get(target, {"Range": "bytes=4-7", "If-Range": etag})[0] == 206
    status, _, content = shelf.get(target, {"Range": "bytes=4-7", "If-Range": '"older"'})
    assert (status, content) == (200, SMALL)


def test_what_is_too_large_for_one_answer_is_handed_on_to_storage(shelf: Shelf, video: str) -> None:
    status, headers, content = shelf.get(f"/api/proxy_s3_video/{video}")
    assert (status, content, headers["Cache-Control"]) == (307, b"", "no-store")
    where = urlsplit(headers["Location"])
    connection = HTTPConnection(where.netloc, timeout=30)
    connection.request("GET", f"{where.path}?{where.query}")
    assert connection.getresponse().read() == LARGE
    connection.close()


def test_a_head_has_the_headers_of_the_whole_and_no_body(shelf: Shelf, image: str) -> None:
    target = f"/api/proxy_s3_image/{image}"
    whole = shelf.get(target)[1]
    for more in ({}, {"Range": "bytes=4-7"}):  # a range is a GET's alone
        status, headers, content = shelf.get(target, more, method="HEAD")
        assert (status, content) == (200, b"")
        told = ("Content-Length", "Content-Type", "ETag", "Accept-Ranges", "Cache-Control")
        assert {name: headers[name] for name in told} == {name: whole[name] for name in told}
    assert shelf.get(target, {"If-None-Match": whole["ETag"]}, method="HEAD")[0] == 304


def test_a_head_of_what_is_too_large_for_one_answer_leads_to_storage_which_says_how_large(
    shelf: Shelf, video: str
) -> None:
    status, headers, _ = shelf.get(shelf.signed(video), signed_in=False, method="HEAD")
    assert status == 307
    where = urlsplit(headers["Location"])
    connection = HTTPConnection(where.netloc, timeout=30)
    connection.request("HEAD", f"{where.path}?{where.query}")
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Content-Length"]) == (200, str(len(LARGE)))
    connection.close()


def test_a_head_tells_no_more_than_the_caller_may_see(shelf: Shelf, new_shelf: Any, image: str) -> None:
    target = f"/api/proxy_s3_image/{image}"
    assert shelf.get(target, signed_in=False, method="HEAD")[0] == 401
    assert new_shelf().get(target, method="HEAD")[0] == 404
    assert shelf.get(f"{shelf.signed(image)}x", signed_in=False, method="HEAD")[0] == 403
    assert shelf.get("/api/sessions", method="HEAD")[0] == 404


def test_the_whole_is_the_sum_of_its_ranges(shelf: Shelf, video: str) -> None:
    target, content = shelf.signed(video), b""
    while len(content) < len(LARGE):
        status, _, more = shelf.get(target, {"Range": f"bytes={len(content)}-"}, signed_in=False)
        assert status == 206
        content += more
    assert content == LARGE


def test_a_signed_address_needs_no_key_and_opens_nothing_else(
    shelf: Shelf, new_shelf: Any, image: str, video: str
) -> None:
    target = shelf.signed(image)
    assert shelf.get(target, signed_in=False)[2] == SMALL
    path, _, query = target.partition("?")
    other = shelf.put("reference-frames", f"generated_frame_2_{'a' * 32}.png", SMALL, "image/png")
    stranger = new_shelf()
    signature = query.partition("signature=")[2]
    changed = [
        f"/api/proxy_s3_image/{other}?{query}",
        f"/api/proxy_s3_video/{video}?{query}",
        f"{path.replace(str(shelf.user_id), str(stranger.user_id))}?{query}",
        f"{path}?{query.replace('expires=', 'expires=9')}",
        f"{path}?{query.replace('expires=', 'expires=0')}",
        f"{path}?{query}x",
        f"{path}?{query[:-1]}",
        f"{path}?expires=9999999999&signature=",
        f"{path}?expires=&signature={signature}",
        f"{path}?signature={signature}",
        f"{path}?expires=1e9&signature={signature}",
        f"{path}?{query}&signature=",
        f"{path}?{query}&signature=%00%ff%C3%A9",
    ]
    for each in changed:
        status, _, content = shelf.get(each, signed_in=False)
        assert (status, json.loads(content)["code"]) == (403, "forbidden"), each
        # Who is signed in as another is not let in by a link that is not valid, either.
        assert stranger.get(each)[0] == 403, each


def test_an_expired_address_is_refused(shelf: Shelf, image: str) -> None:
    from shared.accounts.signing import derived_key  # noqa: PLC0415 - with the stack's environment
    from shared.library.keys import read_key  # noqa: PLC0415 - the same
    from shared.library.links import PURPOSE, sign  # noqa: PLC0415 - the same

    signature = sign(read_key(image), 1_700_000_000, derived_key(PURPOSE))
    target = f"/api/proxy_s3_image/{image}?expires=1700000000&signature={signature}"
    status, _, content = shelf.get(target, signed_in=False)
    assert status == 403
    assert "expired" in json.loads(content)["error"]


def test_without_a_key_and_without_a_signature_nobody_gets_anything(shelf: Shelf, image: str) -> None:
    assert shelf.get(f"/api/proxy_s3_image/{image}", signed_in=False)[0] == 401


def _same(answer: tuple[int, dict[str, Any]]) -> tuple[int, dict[str, Any]]:
    return answer[0], {name: value for name, value in answer[1].items() if name != "requestId"}


def test_anothers_object_is_like_one_that_does_not_exist(shelf: Shelf, new_shelf: Any, image: str) -> None:
    stranger = new_shelf()
    unknown = image.replace("frame_1", "frame_7")
    link = shelf.link(image)
    for key in (image, unknown, f"{stranger.user_id}/r-1/reference-frames/frame_7.png"):
        status, _, content = stranger.get(f"/api/proxy_s3_image/{key}")
        assert (status, json.loads(content)["code"]) == (404, "not_found")
    asked = [
        ("GET", f"/api/get_presigned_url?key={quote(image)}", None),
        ("GET", f"/api/get_presigned_url?key={quote(unknown)}", None),
        ("POST", "/api/convert_s3_image_to_base64", {"s3Key": image}),
        ("POST", "/api/convert_s3_image_to_base64", {"url": link["url"]}),
        ("POST", "/api/convert_s3_image_to_base64", {"url": link["proxyUrl"]}),
    ]
    answers = [_same(stranger.api.call(*each)) for each in asked]
    assert answers[0][0] == 404
    assert answers == [answers[0]] * len(answers)
    assert _same(shelf.api.call("GET", f"/api/get_presigned_url?key={quote(unknown)}")) == answers[0]


def test_only_pictures_are_shown_as_pictures_and_only_videos_as_videos(
    shelf: Shelf, image: str, video: str
) -> None:
    story = shelf.put("story", "story.json", b"{}", "application/json")
    for target in (
        f"/api/proxy_s3_video/{image}",
        f"/api/proxy_s3_image/{video}",
        f"/api/proxy_s3_image/{story}",
        f"/api/proxy_s3_video/{story}",
    ):
        assert shelf.get(target)[0] == 404
    assert shelf.link(story)["proxyUrl"] is None


def test_hostile_keys_name_nothing(shelf: Shelf) -> None:
    for text in [each for each in HOSTILE if each.strip("/") and len(each) < 1000]:
        for sent in {quote(text, safe=""), quote(text, safe="/.%?")}:
            status, _, content = shelf.get(f"/api/proxy_s3_image/{sent}")
            assert (status, json.loads(content)["code"]) == (404, "not_found"), sent
        status, answer = shelf.api.call("POST", "/api/convert_s3_image_to_base64", {"s3Key": text})
        assert status in {404, 422}, (text, answer)


def test_the_type_is_that_of_the_key_whatever_storage_was_told(shelf: Shelf) -> None:
    key = shelf.put("user-uploads", "image_1.png", b"<script>alert(1)</script>", "text/html")
    status, headers, _ = shelf.get(f"/api/proxy_s3_image/{key}")
    assert (status, headers["Content-Type"], headers["X-Content-Type-Options"]) == (
        200,
        "image/png",
        "nosniff",
    )


def test_a_link_opens_storage_and_the_proxy_for_as_long_as_was_asked(shelf: Shelf, image: str) -> None:
    link = shelf.link(image, 120)
    assert (link["s3Key"], link["expiresIn"]) == (image, 120)
    assert "X-Amz-Expires=120" in link["url"]
    assert link["proxyUrl"].startswith(f"{shelf.api.url}/api/proxy_s3_image/{image}?expires=")
    week = shelf.link(image, 604_800)
    assert "X-Amz-Expires=21600" in week["url"]
    for seconds in (0, -1, 604_801):
        status, _ = shelf.api.call("GET", f"/api/get_presigned_url?key={quote(image)}&expiresIn={seconds}")
        assert status == 422


def test_a_link_says_how_long_each_of_its_addresses_opens(shelf: Shelf, image: str) -> None:
    link = shelf.link(image, expires_in=86_400)
    assert (link["expiresIn"], link["urlExpiresIn"]) == (86_400, 21_600)
    assert "X-Amz-Expires=21600&" in f"{link['url']}&"
    left = int(parse_qs(urlsplit(link["proxyUrl"]).query)["expires"][0]) - time.time()
    assert 86_300 < left <= 86_400


def test_a_picture_is_given_as_text_by_key_and_by_address(shelf: Shelf, image: str) -> None:
    link = shelf.link(image)
    for body in ({"s3Key": image}, {"url": link["url"]}, {"url": link["proxyUrl"]}):
        status, answer = shelf.api.call("POST", "/api/convert_s3_image_to_base64", body)
        assert status == 200, answer
        assert base64.b64decode(answer["base64"]) == SMALL
        assert (answer["s3Key"], answer["contentType"], answer["sizeBytes"]) == (
            image,
            "image/png",
            len(SMALL),
        )


def test_a_picture_that_fits_no_answer_is_too_large_for_text(shelf: Shelf) -> None:
    fits = shelf.put("user-uploads", "image_1.png", LARGE[:CHUNK], "image/png")
    too_large = shelf.put("user-uploads", "image_2.png", LARGE[: CHUNK + 1], "image/png")
    assert shelf.api.call("POST", "/api/convert_s3_image_to_base64", {"s3Key": fits})[0] == 200
    status, answer = shelf.api.call("POST", "/api/convert_s3_image_to_base64", {"s3Key": too_large})
    assert (status, answer["code"]) == (413, "payload_too_large")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"s3Key": "a", "url": "b"},
        {"url": "http://169.254.169.254/latest/meta-data"},
        {"url": "file:///etc/passwd"},
        {"url": "http://[::1"},
        {"url": "x" * 5000},
    ],
)
def test_other_addresses_are_not_fetched(shelf: Shelf, body: dict[str, str]) -> None:
    status, answer = shelf.api.call("POST", "/api/convert_s3_image_to_base64", body)
    assert status in {404, 422}, answer


def test_an_object_that_is_gone_is_not_found(shelf: Shelf, image: str) -> None:
    target = shelf.signed(image)
    storage.delete_all(image)
    assert shelf.get(target, signed_in=False)[0] == 404


def test_a_body_over_the_limit_is_refused_with_413(shelf: Shelf) -> None:
    for megabytes in (1, 5, 12):
        status, answer = shelf.api.call(
            "POST", "/api/convert_s3_image_to_base64", {"url": "x" * (megabytes << 20), "s3Key": str(uuid4())}
        )
        assert (status, answer["code"]) == (413, "payload_too_large")

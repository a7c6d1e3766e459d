"""What a piece is made of, where it comes from our own storage."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest

from shared import storage
from shared.accounts.service import NewKey
from shared.errors import InvalidRequest, NotFound, PayloadTooLarge
from shared.pieces import sources

pytestmark = pytest.mark.usefixtures("parts")

Put = Callable[[str, str, int], str]


@pytest.fixture
def put(user: NewKey, tmp_path: Path) -> Put:
    """Stores an object of the user's that no row knows: zeros, as many as are asked for."""

    def put(name: str, content_type: str, size_bytes: int) -> str:
        path = tmp_path / "content"
        with path.open("wb") as file:
            file.truncate(size_bytes)
        key = f"{user.user_id}/r-1/user-uploads/{name}"
        storage.put(key, path, content_type)
        return key

    return put


@pytest.fixture
def _nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        pytest.fail("it was read before it was looked at")

    monkeypatch.setattr(storage, "read", refuse)
    monkeypatch.setattr(storage, "download", refuse)


@pytest.mark.usefixtures("_nothing_is_read")
def test_a_picture_over_the_limit_is_refused_unread(user: NewKey, put: Put, tmp_path: Path) -> None:
    key = put("large.png", "image/png", sources.MAX_PICTURE_BYTES + 1)
    with pytest.raises(PayloadTooLarge):
        sources.picture(user.user_id, key, "startImage", tmp_path)


def test_pictures_that_are_too_large_together_are_refused(
    user: NewKey, put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "MAX_PICTURES_BYTES", 1000)
    keys = [put(f"{name}.png", "image/png", 500) for name in ("one", "two", "three")]
    assert len(sources.pictures(user.user_id, keys[:2], "images", tmp_path)) == 2
    with pytest.raises(PayloadTooLarge):
        sources.pictures(user.user_id, keys, "images", tmp_path)


@pytest.mark.usefixtures("_nothing_is_read")
def test_what_cannot_be_looked_into_in_time_is_refused_with_what_to_do(
    user: NewKey, put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "OUTSIDE_SECONDS", -1.0)
    with pytest.raises(InvalidRequest, match="upload them first"):
        sources.pictures(user.user_id, [put("one.png", "image/png", 500)], "images", tmp_path)
    with pytest.raises(InvalidRequest, match="upload them first"):
        sources.clips(user.user_id, [put("one.mp4", "video/mp4", 500)], tmp_path)


@pytest.mark.usefixtures("_nothing_is_read")
def test_a_clip_over_the_limit_is_refused_unread(
    user: NewKey, put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "MAX_CLIP_BYTES", 2_000_000)
    key = put("large.mp4", "video/mp4", sources.MAX_CLIP_BYTES + 1)
    with pytest.raises(PayloadTooLarge):
        sources.clips(user.user_id, [key], tmp_path)


@pytest.mark.usefixtures("_nothing_is_read")
def test_a_clip_that_does_not_fit_beside_the_others_is_refused_unread(
    user: NewKey, put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = put("clip.mp4", "video/mp4", 1000)
    monkeypatch.setattr(sources, "MAX_CLIPS_BYTES", 999)
    with pytest.raises(PayloadTooLarge):
        sources.clips(user.user_id, [key], tmp_path)
    monkeypatch.setattr(sources, "MAX_CLIPS_BYTES", 0)
    with pytest.raises(InvalidRequest):
        sources.clips(user.user_id, [key], tmp_path)


@pytest.mark.usefixtures("_nothing_is_read")
def test_an_object_of_another_kind_is_refused_unread(user: NewKey, put: Put, tmp_path: Path) -> None:
    video = put("a.mp4", "video/mp4", 10)
    picture = put("a.png", "image/png", 10)
    with pytest.raises(InvalidRequest, match="startImage"):
        sources.picture(user.user_id, video, "startImage", tmp_path)
    with pytest.raises(InvalidRequest, match=r"clips\.0"):
        sources.clips(user.user_id, [picture], tmp_path)


@pytest.mark.parametrize("address", ["https://[", "https://[::1", "https://a..b/c.png", "https://é.example"])
def test_an_address_that_cannot_be_one_is_refused(user: NewKey, tmp_path: Path, address: str) -> None:
    with pytest.raises(InvalidRequest, match="startImage"):
        sources.picture(user.user_id, address, "startImage", tmp_path)
    with pytest.raises(InvalidRequest, match=r"clips\.0"):
        sources.clips(user.user_id, [address], tmp_path)


def test_an_upload_is_found_however_its_id_is_written(user: NewKey, tmp_path: Path) -> None:
    for upload_id in (str(uuid4()), str(uuid4()).upper()):
        with pytest.raises(NotFound):
            sources.picture(user.user_id, upload_id, "startImage", tmp_path)
        with pytest.raises(NotFound):
            sources.picture(user.user_id, f"{upload_id}/r-1/user-uploads/a.png", "startImage", tmp_path)


@pytest.fixture
def _a_silent_host(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every public host takes the connection and says nothing."""
    ours, theirs = socket.socketpair()
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 443))]
    with ours, theirs:
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        monkeypatch.setattr(socket, "create_connection", lambda *_, **__: ours)
        yield


@pytest.mark.usefixtures("_a_silent_host")
def test_the_last_picture_has_no_longer_than_all_have_together(
    user: NewKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "OUTSIDE_SECONDS", 0.5)
    with pytest.raises(InvalidRequest, match="upload them first"):
        sources.pictures(user.user_id, ["https://pictures.example/a.png"], "images", tmp_path)


@pytest.mark.usefixtures("_a_silent_host")
def test_a_host_that_is_silent_is_told_with_the_time_that_it_had(
    user: NewKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "PICTURE_SECONDS", 0.5)
    with pytest.raises(InvalidRequest, match=r"pictures\.example .* within 0\.5 s, with 20 MB"):
        sources.picture(user.user_id, "https://pictures.example/a.png", "image", tmp_path)


def test_a_clip_of_ones_own_is_not_read_on_when_the_time_is_over(
    user: NewKey, put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = itertools.count(0, 10)  # it is looked at when all begins, before the clip, and while it is read
    monkeypatch.setattr(sources, "time", SimpleNamespace(monotonic=lambda: next(times)))
    with pytest.raises(InvalidRequest, match="upload them first"):
        sources.clips(user.user_id, [put("one.mp4", "video/mp4", 5000)], tmp_path)


def test_an_object_that_is_not_there_is_not_found(user: NewKey, tmp_path: Path) -> None:
    folder = f"{user.user_id}/r-1/user-uploads"
    with pytest.raises(NotFound):
        sources.picture(user.user_id, f"{folder}/a.png", "startImage", tmp_path)
    with pytest.raises(NotFound):
        sources.clips(user.user_id, [f"{folder}/a.mp4"], tmp_path)

"""What a piece is made of, where it comes from our own storage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

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


def test_an_object_that_is_not_there_is_not_found(user: NewKey, tmp_path: Path) -> None:
    folder = f"{user.user_id}/r-1/user-uploads"
    with pytest.raises(NotFound):
        sources.picture(user.user_id, f"{folder}/a.png", "startImage", tmp_path)
    with pytest.raises(NotFound):
        sources.clips(user.user_id, [f"{folder}/a.mp4"], tmp_path)

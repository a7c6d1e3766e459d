from __future__ import annotations

import re
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
from hypothesis import example, given, strategies as st

from shared.errors import NotFound
from shared.library.keys import own_key, read_key

OWNER = UUID("6f1cbb0e-7a3b-4d53-9d5e-0f7d34a0c001")
GOOD = f"{OWNER}/my-request_1/user-uploads/image_{'0' * 32}.png"

HOSTILE = [
    "",
    "/",
    GOOD + "/",
    "/" + GOOD,
    GOOD + ".",
    GOOD + "..",
    GOOD + " ",
    GOOD + "\n",
    GOOD + "\0",
    GOOD + "%00",
    GOOD + "?versionId=1",
    GOOD.replace("/user-uploads/", "//user-uploads/"),
    GOOD.replace("/user-uploads/", "/user-uploads/../user-uploads/"),
    GOOD.replace("/user-uploads/", "/user-uploads/./"),
    GOOD.replace("my-request_1", ".."),
    GOOD.replace("my-request_1", "%2e%2e"),
    GOOD.replace("my-request_1", "a" * 65),
    GOOD.replace("my-request_1", "ünïcode"),
    GOOD.replace("user-uploads", "user-uploads\\.."),
    GOOD.replace("user-uploads", "somewhere-else"),
    GOOD.replace("/", "%252F"),
    GOOD.replace("/", "\uff0f"),
    GOOD.replace("6", "\uff16"),
    GOOD.replace(".png", ".svg"),
    GOOD.replace(".png", ".html"),
    GOOD.replace(".png", ".png.exe"),
    GOOD.replace(".png", ".PNG"),
    GOOD.upper(),
    f"{OWNER}/../{uuid4()}/r/user-uploads/image.png",
    f"tmp/{GOOD}",
    f"{OWNER.hex}/r/user-uploads/image.png",
    f"{{{OWNER}}}/r/user-uploads/image.png",
    "." * 5000,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_no_key_names_nothing(text: str) -> None:
    with pytest.raises(NotFound):
        own_key(OWNER, text)


@pytest.mark.parametrize("text", [GOOD, quote(GOOD, safe=""), quote(GOOD)])
def test_a_key_is_read_encoded_or_not(text: str) -> None:
    key = own_key(OWNER, text)
    assert (key.text, key.user_id, key.request_id) == (GOOD, OWNER, "my-request_1")
    assert (key.name, key.content_type, key.written_once) == (f"image_{'0' * 32}.png", "image/png", True)


def test_anothers_key_is_like_one_that_is_none() -> None:
    with pytest.raises(NotFound) as foreign:
        own_key(uuid4(), GOOD)
    with pytest.raises(NotFound) as unknown:
        own_key(OWNER, "nonsense")
    assert (foreign.value.message, foreign.value.details) == (unknown.value.message, unknown.value.details)


_pieces = st.sampled_from(
    [str(OWNER), str(uuid4()), "..", ".", "", "%2e", "%2F", "%", "\0", "é", "a", "tmp", "user-uploads",
     "video-clips", "x.png", "x.mp4", "x.mp4.", "~", "\\", " "]
)  # fmt: skip


@given(st.one_of(st.text(max_size=80), st.lists(_pieces, max_size=8).map("/".join)))
@example(GOOD)
def test_whatever_is_taken_for_a_key_is_a_plain_path_of_the_owners(text: str) -> None:
    try:
        key = own_key(OWNER, text)
    except NotFound:
        return
    assert key.text.startswith(f"{OWNER}/")
    assert len(key.text.split("/")) == 4
    assert re.fullmatch(r"[A-Za-z0-9_./-]+", key.text, re.ASCII)
    assert ".." not in key.text
    assert "//" not in key.text
    assert read_key(key.text) == key

from __future__ import annotations

import base64

import pytest
from hypothesis import given, strategies as st

from shared.base64_text import decode_base64
from shared.errors import MalformedRequest


@given(st.binary(max_size=200))
def test_bytes_come_through_plain_and_in_an_address_of_their_own(content: bytes) -> None:
    text = base64.b64encode(content).decode()
    assert decode_base64(text, "image") == content
    assert decode_base64(f"data:image/png;base64,{text}", "image") == content


@pytest.mark.parametrize("text", ["%%%", "AAA", "ä", "AA==AA", "data:image/png;base64,ä", " AAAA"])
def test_what_is_no_base64_is_malformed_and_not_repeated(text: str) -> None:
    with pytest.raises(MalformedRequest, match=r"^image is not valid base64"):
        decode_base64(text, "image")

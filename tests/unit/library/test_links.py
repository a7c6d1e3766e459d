from __future__ import annotations

from uuid import uuid4

from shared.library.keys import read_key
from shared.library.links import sign

USER = uuid4()
KEY = read_key(f"{USER}/r/video-clips/final_video_{'0' * 32}.mp4")
OTHER = read_key(f"{USER}/r/video-clips/final_video_{'1' * 32}.mp4")


def test_a_signature_is_of_one_key_one_end_and_one_secret() -> None:
    signatures = {
        sign(KEY, 1000, b"secret"),
        sign(OTHER, 1000, b"secret"),
        sign(KEY, 1001, b"secret"),
        sign(KEY, 1000, b"another"),
        sign(read_key(KEY.text.replace(str(USER), str(uuid4()))), 1000, b"secret"),
    }
    assert len(signatures) == 5
    assert sign(KEY, 1000, b"secret") in signatures
    assert {len(each) for each in signatures} == {43}

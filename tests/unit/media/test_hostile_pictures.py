from __future__ import annotations

import io
import tracemalloc

import pytest
from PIL import Image

from shared.errors import MediaError, UnsupportedMedia
from shared.media.pictures import read_picture
from tests.hostile_pictures import HARMLESS, MARK, REFUSED, turned


def test_there_are_more_than_forty() -> None:
    assert len(REFUSED) + len(HARMLESS) > 40


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_picture_is_refused_in_our_own_words(name: str) -> None:
    with pytest.raises((MediaError, UnsupportedMedia)):
        read_picture(REFUSED[name]())


@pytest.mark.parametrize("name", HARMLESS)
def test_of_a_picture_nothing_but_the_picture_is_kept(name: str) -> None:
    picture = read_picture(HARMLESS[name]())
    shown = Image.open(io.BytesIO(picture.content))
    shown.load()
    assert picture.content_type in {"image/png", "image/jpeg"}
    assert shown.mode in {"RGB", "RGBA"}
    assert getattr(shown, "n_frames", 1) == 1
    assert set(shown.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert not shown.getexif()
    for hidden in (MARK, b"PK\x03\x04", b"Exif", b"alert"):
        assert hidden not in picture.content


@pytest.mark.parametrize("way", range(1, 9))
def test_a_photograph_is_shown_the_way_that_it_was_held(way: int) -> None:
    shown = Image.open(io.BytesIO(read_picture(turned(way)).content)).convert("RGB")
    # Red was on the left of what the camera stored.
    width, height = (60, 40) if way < 5 else (40, 60)
    assert shown.size == (width, height)
    place = {
        1: (5, 20),
        2: (55, 20),
        3: (55, 20),
        4: (5, 20),
        5: (20, 5),
        6: (20, 5),
        7: (20, 55),
        8: (20, 55),
    }
    red = shown.getpixel(place[way])
    opposite = shown.getpixel((width - 1 - place[way][0], height - 1 - place[way][1]))
    assert isinstance(red, tuple)
    assert isinstance(opposite, tuple)
    assert red[0] > 200
    assert opposite[0] < 60


def test_a_bomb_of_text_is_not_unpacked() -> None:
    bomb = REFUSED["png with a bomb of text"]()
    tracemalloc.start()
    try:
        with pytest.raises(MediaError):
            read_picture(bomb)
        assert tracemalloc.get_traced_memory()[1] < 30_000_000
    finally:
        tracemalloc.stop()

from __future__ import annotations

from functools import cache

import pytest
from PIL import Image, ImageChops, ImageStat

from shared.media.formats import CUT_FORMATS
from shared.providers.draft.pictures.typography import laid_out
from shared.providers.draft.planes import Planes
from shared.providers.draft.titles import FADE_SECONDS, TITLE_SECONDS, Titles

SIZES = [(cut.width, cut.height) for cut in CUT_FORMATS.values()]
SIZE = SIZES[0]
TITLE = "A lost whale"


def ground(light: int = 128, size: tuple[int, int] = SIZE) -> Planes:
    half = (size[0] // 2, size[1] // 2)
    return Planes(Image.new("L", size, light), Image.new("L", half, 90), Image.new("L", half, 170))


@cache
def titled(
    seconds: float,
    *,
    title: str = TITLE,
    number: int | None = 2,
    light: int = 128,
    size: tuple[int, int] = SIZE,
) -> Planes:
    frame = ground(light, size)
    Titles(title, number, size).lay(frame, seconds)
    return frame


def changed(frame: Planes, light: int = 128) -> Image.Image:
    return ImageChops.difference(frame.luma, ground(light, frame.luma.size).luma)


def test_the_mark_is_there_from_the_first_frame_to_the_last_and_always_the_same() -> None:
    first, last = titled(0), titled(19)
    assert first == last
    mark = laid_out(TITLE, 2, SIZE)[0].box
    assert ImageStat.Stat(changed(first).crop(mark)).extrema[0][1] > 60


def test_the_title_fades_in_stays_and_fades_out() -> None:
    title = laid_out(TITLE, 2, SIZE)[1].box

    def strength(seconds: float) -> float:
        return ImageStat.Stat(ImageChops.difference(titled(seconds).luma, titled(0).luma).crop(title)).mean[0]

    full = strength(FADE_SECONDS)
    assert 0 < strength(FADE_SECONDS / 2) < full
    assert strength(TITLE_SECONDS) == full
    assert 0 < strength(TITLE_SECONDS + FADE_SECONDS / 2) < full
    assert strength(TITLE_SECONDS + FADE_SECONDS) == 0
    assert titled(1) == titled(2)


def test_the_mark_has_the_same_place_and_size_whatever_the_title() -> None:
    assert titled(0, title="") == titled(0, title="Once upon a time " * 20)


@pytest.mark.parametrize("size", SIZES)
def test_letters_keep_to_the_safe_area_and_the_top(size: tuple[int, int]) -> None:
    frame = titled(1, title="Once upon a time " * 20, light=16, size=size)
    box = changed(frame, 16).point([255 * (value > 100) for value in range(256)]).getbbox()
    assert box is not None
    assert size[0] * 0.05 < box[0]
    assert box[2] < size[0] * 0.95
    assert size[1] * 0.05 < box[1]
    assert box[3] < size[1] * 0.4  # far from captions


@pytest.mark.parametrize("light", [16, 60, 128, 200, 235])
def test_type_is_white_and_can_be_read_on_any_ground(light: int) -> None:
    frame = titled(1, light=light)
    for line in laid_out(TITLE, 2, SIZE):
        darkest, brightest = ImageStat.Stat(frame.luma.crop(line.box)).extrema[0]
        assert brightest > 215
        assert brightest - darkest > 90


def test_type_has_no_colour() -> None:
    left, top, right, bottom = (edge // 2 * 2 for edge in laid_out(TITLE, 2, SIZE)[1].box)
    letters = titled(1, light=16).luma.crop((left, top, right, bottom)).reduce(2)
    inside = letters.point([255 * (value > 220) for value in range(256)])
    assert inside.getbbox() is not None
    for plane in (titled(1, light=16).blue, titled(1, light=16).red):
        part = plane.crop((left // 2, top // 2, left // 2 + inside.width, top // 2 + inside.height))
        low, high = ImageStat.Stat(part, inside).extrema[0]
        assert 118 <= low <= high <= 138


@pytest.mark.parametrize("title", ["東京", "مرحبا", "🚀", ""])
def test_a_title_that_the_font_lacks_is_left_out(title: str) -> None:
    assert titled(1, title=title) == titled(1, title="") == titled(0, title="")


def test_a_clip_without_a_number_says_at_least_that_it_is_a_draft() -> None:
    frame = titled(0, number=None)
    assert changed(frame).getbbox() is not None
    assert frame != titled(0)

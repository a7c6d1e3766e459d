from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from shared.media.formats import CUT_FORMATS
from shared.providers.draft.pictures.typography import MARGIN, drawable, font, laid_out, lettered

SIZES = [(cut.width, cut.height) for cut in CUT_FORMATS.values()]
TITLES = [
    "Dawn",
    "The keeper and the whale",
    "Donaudampfschifffahrtsgesellschaftskapitän " * 8,
    "W" * 10_000,
    "",
]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("title", TITLES)
def test_type_stays_within_the_safe_area(size: tuple[int, int], title: str) -> None:
    width, height = size
    for line in laid_out(title, 12, size):
        left, top, right, bottom = line.box
        assert width * MARGIN - 1 <= left < right <= width * (1 - MARGIN) + 1
        assert height * MARGIN - 1 <= top < bottom
        assert bottom < height * 0.5  # far from captions, which stand at the bottom


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("title", TITLES)
def test_what_is_drawn_stays_within_the_boxes_that_were_laid_out(size: tuple[int, int], title: str) -> None:
    lines = laid_out(title, 3, size)
    letters = lettered(lines, size).getbbox()
    assert letters is not None
    assert letters[0] >= min(line.box[0] for line in lines) - 2
    assert letters[1] >= min(line.box[1] for line in lines) - 2
    assert letters[2] <= max(line.box[2] for line in lines) + 2
    assert letters[3] <= max(line.box[3] for line in lines) + 2


def test_the_mark_says_that_it_is_a_draft_and_which_scene_it_is() -> None:
    lines = laid_out("東京", 7, (1920, 1080))
    assert [line.text for line in lines] == ["DRAFT  ·  SCENE 7"]
    assert [line.text for line in laid_out("", None, (1920, 1080))] == ["DRAFT"]


def test_a_title_follows_the_mark() -> None:
    assert [line.text for line in laid_out("A lost whale", 1, (1920, 1080))][1:] == ["A lost whale"]


def test_a_long_title_is_cut_with_an_ellipsis_after_two_lines() -> None:
    lines = laid_out("once upon a time " * 40, 1, (1080, 1920))
    assert len(lines) == 3
    assert lines[-1].text.endswith("…")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Plain words", "Plain words"),
        ("Привет, мир", "Привет, мир"),
        ("Καλημέρα", "Καλημέρα"),
        ("naïve cafe\u0301", "naïve café"),
        ("東京の夜を歩く猫", ""),
        ("Tokyo 東京 by night", "Tokyo by night"),
        ("مرحبا", ""),
        ("שלום world", "world"),
        ("Launch 🚀 day", "Launch day"),
        ("👩\u200d👩\u200d👧", ""),
        ("a\x00b\u202ec\ufeff", "abc"),
        ("…!?", ""),
    ],
)
def test_only_what_the_font_can_draw_is_kept(text: str, kept: str) -> None:
    assert drawable(text) == kept


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_no_letter_is_ever_drawn_as_the_box_for_missing_ones(text: str) -> None:
    face = font("SemiBold", 64)
    box = face.getmask("\U0010ffff", mode="L")
    for letter in set(drawable(text)) - {" "}:
        glyph = face.getmask(letter, mode="L")
        assert (glyph.size, bytes(glyph)) != (box.size, bytes(box))

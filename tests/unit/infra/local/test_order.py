from __future__ import annotations

from pathlib import Path

import pytest

from infra.local.order import OrderRefused, read_order

GOOD = {
    "PROMPT": "A fox",
    "SCENES": "3",
    "SECONDS": "12",
    "RATIO": "9:16",
    "STYLE": "",
    "MOOD": "",
    "LIVE": "",
}


def mistakes(tmp_path: Path, **options: str) -> list[str]:
    with pytest.raises(OrderRefused) as refused:
        read_order({**GOOD, "OUT": str(tmp_path / "out.mp4"), **options})
    return str(refused.value).splitlines()


def test_options_become_an_order_and_leave_nothing_behind(tmp_path: Path) -> None:
    order = read_order({**GOOD, "OUT": str(tmp_path / "new" / "out.mp4"), "STYLE": "Anime"})
    assert (order.scenes, order.seconds, order.ratio, order.style) == (3, 12, "720:1280", "anime")
    assert (order.mood, order.live) == (None, False)
    assert list((tmp_path / "new").iterdir()) == []


def test_only_live_1_is_live(tmp_path: Path) -> None:
    out = str(tmp_path / "out.mp4")
    assert read_order({**GOOD, "OUT": out, "LIVE": "1"}).live
    assert not read_order({**GOOD, "OUT": out, "LIVE": "0"}).live
    assert "LIVE=1" in mistakes(tmp_path, LIVE="yes")[0]


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("PROMPT", "", "PROMPT is empty."),
        ("PROMPT", "  ", "PROMPT is empty."),
        ("PROMPT", "x" * 4001, "PROMPT has 4001 characters. It may have 4000."),
        ("SCENES", "", "SCENES= is not a whole number. Choose one from 1 to 20."),
        ("SCENES", "many", "SCENES=many is not a whole number. Choose one from 1 to 20."),
        ("SCENES", "{0}", "SCENES={0} is not a whole number. Choose one from 1 to 20."),
        ("SCENES", "0", "SCENES=0 cannot be made. Choose 1 to 20."),
        ("SECONDS", "1000", "SECONDS=1000 cannot be made. Choose 2 to 120."),
        ("SECONDS", "3.5", "SECONDS=3.5 is not a whole number. Choose one from 2 to 120."),
        ("STYLE", "rococo", "STYLE: There is no style 'rococo'."),
        ("MOOD", "odd", "MOOD: There is no mood 'odd'."),
        ("RATIO", "2:1", "RATIO: '2:1' is not a ratio"),
    ],
)
def test_a_mistake_is_one_line_in_the_words_of_make(
    tmp_path: Path, option: str, value: str, said: str
) -> None:
    lines = mistakes(tmp_path, **{option: value})
    assert len(lines) == 1
    assert lines[0].startswith(said)


def test_a_mistake_between_two_options_names_both(tmp_path: Path) -> None:
    (line,) = mistakes(tmp_path, SCENES="10", SECONDS="10")
    assert line.endswith("change SECONDS or SCENES.")


def test_all_mistakes_are_said_at_once(tmp_path: Path) -> None:
    lines = mistakes(tmp_path, SCENES="x", STYLE="y", LIVE="z", OUT=str(tmp_path))
    assert [line.split("=")[0].split(":")[0] for line in lines] == ["SCENES", "STYLE", "LIVE", "OUT"]


def test_a_place_that_cannot_hold_the_video_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "is a folder" in mistakes(tmp_path, OUT=str(tmp_path))[0]
    assert "is a folder" in mistakes(tmp_path, OUT="")[0]
    assert "is a file" in mistakes(tmp_path, OUT=str(tmp_path / "file" / "out.mp4"))[0]
    assert "no ordinary file" in mistakes(tmp_path, OUT="/dev/null")[0]
    assert "cannot be written" in mistakes(tmp_path, OUT=str(tmp_path / ("x" * 300)))[0]

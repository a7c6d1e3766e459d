from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from shared.videos.models import CreateVideo


def order(**fields: Any) -> CreateVideo:
    return CreateVideo.model_validate({"prompt": "A lighthouse keeper", **fields})


def test_a_prompt_is_enough() -> None:
    made = order()
    assert (made.frame_count, made.duration, made.aspect_ratio, made.stop_after) == (
        6,
        30,
        "1280:720",
        "final",
    )


@pytest.mark.parametrize(
    ("given", "ratio"),
    [("16:9", "1280:720"), ("9:16", "720:1280"), ("1:1", "960:960"), ("960:960", "960:960")],
)
def test_a_ratio_may_have_its_usual_name(given: str, ratio: str) -> None:
    assert order(aspectRatio=given).aspect_ratio == ratio


def test_a_style_is_known_in_any_case() -> None:
    assert order(style="Watercolor").style == "watercolor"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"prompt": "  "}, "at least 1 character"),
        ({"prompt": "x" * 4001}, "at most 4000"),
        ({"frameCount": 0}, "greater than or equal to 1"),
        ({"frameCount": 21}, "less than or equal to 20"),
        ({"frameCount": 1, "duration": 30}, "change duration or frameCount"),
        ({"frameCount": 20, "duration": 30}, "change duration or frameCount"),
        ({"aspectRatio": "16:10"}, "Choose one of: 16:9"),
        ({"style": "baroque"}, "Choose one of: realistic"),
        ({"mood": "hungry"}, "Choose one of: warm"),
        ({"stopAfter": "never"}, "Input should be"),
        ({"frames": 3}, "Extra inputs"),
    ],
)
def test_what_cannot_be_made_is_refused_with_what_can(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        order(**fields)

"""Bodies of requests for pieces."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.errors import InvalidRequest
from shared.lambdas.http import HttpRequest
from shared.pieces.models import MergeClips
from tests.unit.lambdas.events import proxy_event


def read(body: Any) -> MergeClips:
    return HttpRequest.from_event(proxy_event("POST", body=json.dumps(body)), 100_000).json(MergeClips)


def test_a_clip_is_named_by_text_or_by_its_own_answer() -> None:
    clips = ["one", {"s3Key": "two", "duration": 5}, {"videoUrl": "three"}, {"proxyUrl": "four"}]
    assert read({"clips": clips}).places == ["one", "two", "three", "four"]


@pytest.mark.parametrize(
    ("clip", "field", "problem"),
    [
        ({"url": ""}, "clips.0.url", "String should have at least 1 character."),
        ("", "clips.0.url", "String should have at least 1 character."),
        ({}, "clips.0", "Name the clip by s3Key, videoUrl, proxyUrl or url."),
        (5, "clips.0", "This must be an object."),
    ],
)
def test_what_is_wrong_with_a_clip_is_said_of_its_own_field(clip: Any, field: str, problem: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read({"clips": [clip]})
    assert refused.value.details == [{"field": field, "problem": problem}]


def test_the_schema_takes_both_forms_of_a_clip() -> None:
    forms = MergeClips.model_json_schema()["$defs"]["ClipSource"]["anyOf"]
    assert [form["type"] for form in forms] == ["object", "string"]
    assert "s3Key" in forms[0]["properties"]

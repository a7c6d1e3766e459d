from __future__ import annotations

from contextlib import closing
from decimal import Decimal

import httpx2
import pytest

from shared.assets.recipes import StoryRecipe
from shared.errors import (
    InputRefused,
    OutOfCredit,
    PoorOutput,
    ProviderAnswerLost,
    ProviderBroken,
    ProviderBusy,
    ProviderError,
    ProviderKeyRefused,
    ProviderUnavailable,
)
from shared.providers.openai.stories import OpenAIStoryWriter
from shared.stories.prompts import story_instructions, story_request
from tests.fakes.providers import FakeProviders, openai_api


@pytest.mark.parametrize("scenes", [1, 2, 7, 12])
def test_a_story_has_exactly_the_scenes_that_were_asked_for(
    writer: OpenAIStoryWriter, story_recipe: StoryRecipe, scenes: int
) -> None:
    recipe = story_recipe.model_copy(update={"scene_count": scenes, "duration_ms": scenes * 5_000})

    written = writer.write(recipe)

    assert len(written.story.scenes) == scenes
    assert all(len(scene.narration.split()) <= 11 for scene in written.story.scenes)
    assert written.cost_usd is not None
    assert Decimal(0) < written.cost_usd <= writer.price(recipe) < Decimal("0.02")


def test_the_same_recipe_gives_the_same_story(writer: OpenAIStoryWriter, story_recipe: StoryRecipe) -> None:
    assert writer.write(story_recipe).story == writer.write(story_recipe).story


def test_the_request_is_one_strict_structured_response(
    fake: FakeProviders, writer: OpenAIStoryWriter, story_recipe: StoryRecipe
) -> None:
    writer.write(story_recipe)

    (entry,) = fake.ledger
    body = dict(entry.body)
    text = body.pop("text")
    assert body == {
        "model": "gpt-6-luna",
        "input": [
            {"role": "system", "content": story_instructions()},
            {"role": "user", "content": story_request(story_recipe)},
        ],
        "max_output_tokens": 14_100,
        "store": False,
    }
    assert text.keys() == {"format"}
    wanted = text["format"]
    assert (wanted["type"], wanted["strict"], wanted["name"]) == ("json_schema", True, "Story")
    scenes = wanted["schema"]["properties"]["scenes"]
    assert (scenes["minItems"], scenes["maxItems"]) == (3, 3)
    assert wanted["schema"]["required"] == ["title", "overview", "sheet", "scenes"]
    assert set(wanted["schema"]["$defs"]) == {"Character", "Sheet", "StoryScene"}


def test_the_request_goes_to_responses_with_the_key_and_without_a_retry(
    fake: FakeProviders, writer: OpenAIStoryWriter, story_recipe: StoryRecipe
) -> None:
    writer.write(story_recipe)

    (request,) = fake.requests
    assert (request.method, request.path) == ("POST", "/v1/responses")
    assert request.headers["authorization"] == "Bearer sk-test"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-stainless-retry-count"] == "0"


@pytest.mark.parametrize(
    ("fault", "meaning", "accepted"),
    [
        ("cut_before_accept", ProviderAnswerLost, 0),
        ("cut_after_accept", ProviderAnswerLost, 1),
        ("status_500", ProviderAnswerLost, 0),
        ("status_500_after_accept", ProviderAnswerLost, 1),
        ("status_503", ProviderUnavailable, 0),
        ("status_429:rate_limit_exceeded", ProviderBusy, 0),
        ("status_429:insufficient_quota", OutOfCredit, 0),
        ("status_400:invalid_prompt", InputRefused, 0),
        ("malformed", ProviderAnswerLost, 1),
        ("html", ProviderAnswerLost, 1),
        ("story_short", PoorOutput, 1),
        ("story_empty_text", PoorOutput, 1),
        ("story_incomplete", PoorOutput, 1),
        ("story_refused", InputRefused, 1),
    ],
)
def test_each_failure_has_its_meaning_and_is_asked_for_once(
    fake: FakeProviders,
    writer: OpenAIStoryWriter,
    story_recipe: StoryRecipe,
    fault: str,
    meaning: type[ProviderError],
    accepted: int,
) -> None:
    fake.fail("responses", fault)

    with pytest.raises(ProviderError) as caught:
        writer.write(story_recipe)

    assert type(caught.value) is meaning
    assert len(fake.requests) == 1
    assert len(fake.ledger) == accepted


@pytest.mark.parametrize(
    ("fault", "meaning"),
    [
        ("story_short", PoorOutput),
        ("story_empty_text", PoorOutput),
        ("story_incomplete", PoorOutput),
        ("story_misshapen", PoorOutput),
        ("story_refused", InputRefused),
        ("story_failed_late:server_error", ProviderUnavailable),
        ("story_failed_late:invalid_prompt", InputRefused),
    ],
)
def test_a_paid_answer_of_no_use_says_what_it_cost(
    fake: FakeProviders,
    writer: OpenAIStoryWriter,
    story_recipe: StoryRecipe,
    fault: str,
    meaning: type[ProviderError],
) -> None:
    fake.fail("responses", fault)

    with pytest.raises(meaning) as caught:
        writer.write(story_recipe)

    assert caught.value.cost_usd is not None
    assert Decimal(0) < caught.value.cost_usd < writer.price(story_recipe)


@pytest.mark.parametrize("usage", [None, {"input_tokens": -1, "output_tokens": 5}, {"input_tokens": 10**12}])
def test_a_paid_answer_that_does_not_say_its_usage_counts_with_its_estimate(
    fake: FakeProviders,
    writer: OpenAIStoryWriter,
    story_recipe: StoryRecipe,
    monkeypatch: pytest.MonkeyPatch,
    usage: dict[str, int] | None,
) -> None:
    answer = openai_api._response
    monkeypatch.setattr(openai_api, "_response", lambda *given: answer(*given) | {"usage": usage})
    fake.fail("responses", "story_incomplete")

    with pytest.raises(PoorOutput) as caught:
        writer.write(story_recipe)

    assert caught.value.cost_usd == writer.price(story_recipe)
    assert writer.write(story_recipe).cost_usd is None


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("server_error", ProviderUnavailable),
        ("rate_limit_exceeded", ProviderBusy),
        ("invalid_prompt", InputRefused),
        ("unheard_of", ProviderBroken),
    ],
)
def test_an_answer_that_failed_before_it_used_anything_is_free(
    fake: FakeProviders,
    writer: OpenAIStoryWriter,
    story_recipe: StoryRecipe,
    code: str,
    meaning: type[ProviderError],
) -> None:
    fake.fail("responses", f"story_failed:{code}")

    with pytest.raises(meaning) as caught:
        writer.write(story_recipe)

    assert caught.value.cost_usd is None


def test_a_story_is_without_control_characters(
    fake: FakeProviders, writer: OpenAIStoryWriter, story_recipe: StoryRecipe
) -> None:
    title = writer.write(story_recipe).story.title
    fake.fail("responses", "story_with_controls")

    assert writer.write(story_recipe).story.title == title


def test_silence_is_a_lost_answer(
    fake: FakeProviders,
    writer: OpenAIStoryWriter,
    story_recipe: StoryRecipe,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(writer._client, "timeout", httpx2.Timeout(0.3))
    fake.fail("responses", "hang")

    with pytest.raises(ProviderAnswerLost):
        writer.write(story_recipe)

    assert len(fake.ledger) == 1


def test_nobody_listening_means_that_nothing_was_accepted(story_recipe: StoryRecipe) -> None:
    with (
        closing(OpenAIStoryWriter("sk-test", "http://127.0.0.1:9/v1")) as writer,
        pytest.raises(ProviderUnavailable),
    ):
        writer.write(story_recipe)


def test_a_refused_key_is_told_without_the_key(fake: FakeProviders, story_recipe: StoryRecipe) -> None:
    with (
        closing(OpenAIStoryWriter("sk-refused", fake.openai_url)) as writer,
        pytest.raises(ProviderKeyRefused) as caught,
    ):
        writer.write(story_recipe)

    assert "sk-refused" not in f"{caught.value.message}{caught.value.details}"


def test_a_key_with_a_line_break_at_its_end_is_taken(fake: FakeProviders, story_recipe: StoryRecipe) -> None:
    with closing(OpenAIStoryWriter("sk-test\n", fake.openai_url)) as writer:
        writer.write(story_recipe)

    assert fake.requests[0].headers["authorization"] == "Bearer sk-test"

from __future__ import annotations

from pathlib import Path

import pytest

from shared.assets.recipes import NarrationRecipe
from shared.errors import InvalidRequest, NotFound, ProviderAnswerLost
from shared.providers.openai.speech import OpenAINarrator
from tests.fakes.providers import FakeProviders


@pytest.fixture
def recipe(narration_recipe: NarrationRecipe) -> NarrationRecipe:
    return narration_recipe.model_copy(
        update={"provider": "openai", "model": "gpt-4o-mini-tts", "voice": "sage"}
    )


def test_speech_comes_at_once(fake: FakeProviders, speaker: OpenAINarrator, recipe: NarrationRecipe) -> None:
    spoken = speaker.submit(recipe)

    assert spoken.content_type == "audio/mpeg"
    assert spoken.cost_usd == speaker.price(recipe)
    assert fake.requests[0].path == "/v1/audio/speech"
    (entry,) = fake.ledger
    assert entry.body == {
        "model": "gpt-4o-mini-tts",
        "input": "It begins quietly.",
        "voice": "sage",
        "instructions": (
            "Read this as the narrator of a short film: warm, clear and unhurried, without any effects."
        ),
        "response_format": "mp3",
    }


def test_a_page_instead_of_speech_is_a_lost_answer(
    fake: FakeProviders, speaker: OpenAINarrator, recipe: NarrationRecipe
) -> None:
    fake.fail("audio_speech", "html")

    with pytest.raises(ProviderAnswerLost):
        speaker.submit(recipe)


def test_a_cut_answer_is_lost(fake: FakeProviders, speaker: OpenAINarrator, recipe: NarrationRecipe) -> None:
    fake.fail("audio_speech", "cut_after_accept")

    with pytest.raises(ProviderAnswerLost):
        speaker.submit(recipe)

    assert len(fake.requests) == 1


@pytest.mark.parametrize("changes", [{"text": ""}, {"text": "x" * 4097}, {"voice": "Leslie"}])
def test_what_cannot_be_spoken_is_refused_before_it_is_paid(
    fake: FakeProviders, speaker: OpenAINarrator, recipe: NarrationRecipe, changes: dict[str, str]
) -> None:
    with pytest.raises(InvalidRequest):
        speaker.submit(recipe.model_copy(update=changes))

    assert fake.requests == []


def test_there_are_no_tasks(speaker: OpenAINarrator, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        speaker.check("x")
    with pytest.raises(NotFound):
        speaker.collect("x", tmp_path / "speech")
    speaker.cancel("x")


def test_a_model_past_its_end_cannot_be_made(fake: FakeProviders) -> None:
    with pytest.raises(InvalidRequest):
        OpenAINarrator("sk-test", fake.openai_url, "gpt-audio-1")

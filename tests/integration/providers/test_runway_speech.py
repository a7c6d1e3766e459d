from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from shared.assets.recipes import NarrationRecipe
from shared.errors import InvalidRequest, ProviderAnswerLost
from shared.providers.ports import TaskStatus
from shared.providers.runway.speech import RunwayNarrator
from tests.fakes.providers import FakeProviders


def test_a_narration_is_spoken_and_collected(
    fake: FakeProviders, narrator: RunwayNarrator, narration_recipe: NarrationRecipe, tmp_path: Path
) -> None:
    task_id = narrator.submit(narration_recipe).task_id
    status = narrator.check(task_id)
    content_type = narrator.collect(task_id, tmp_path / "speech")

    assert status == TaskStatus("succeeded", progress=1.0, cost_usd=Decimal("0.01"))
    assert status.cost_usd == narrator.price(narration_recipe)
    assert content_type == "audio/mpeg"
    assert (tmp_path / "speech").stat().st_size > 1000
    (entry,) = fake.ledger
    assert entry.body == {
        "model": "eleven_multilingual_v2",
        "promptText": "It begins quietly.",
        "voice": {"type": "runway-preset", "presetId": "Leslie"},
    }


@pytest.mark.parametrize("changes", [{"text": ""}, {"text": "x" * 1001}, {"voice": "storyteller"}])
def test_what_cannot_be_spoken_is_refused_before_it_is_paid(
    fake: FakeProviders, narrator: RunwayNarrator, narration_recipe: NarrationRecipe, changes: dict[str, str]
) -> None:
    with pytest.raises(InvalidRequest):
        narrator.submit(narration_recipe.model_copy(update=changes))

    assert fake.requests == []


def test_a_cut_answer_is_lost(
    fake: FakeProviders, narrator: RunwayNarrator, narration_recipe: NarrationRecipe
) -> None:
    fake.fail("text_to_speech", "cut_after_accept")

    with pytest.raises(ProviderAnswerLost):
        narrator.submit(narration_recipe)

    assert len(fake.seen("text_to_speech")) == 1


def test_a_narration_can_be_cancelled(
    fake: FakeProviders, narrator: RunwayNarrator, narration_recipe: NarrationRecipe
) -> None:
    fake.settings.latencies["text_to_speech"] = 5.0
    task_id = narrator.submit(narration_recipe).task_id

    narrator.cancel(task_id)

    assert narrator.check(task_id).state == "cancelled"

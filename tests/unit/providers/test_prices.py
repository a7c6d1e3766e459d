from __future__ import annotations

from decimal import Decimal

import pytest

from shared.providers.catalog import MODELS
from shared.providers.prices import (
    ImageTokens,
    openai_image_estimate_usd,
    openai_image_usd,
    openai_speech_usd,
    openai_text_usd,
    prices,
    runway_clip_usd,
    runway_credits_usd,
    runway_speech_usd,
    tokens_at_most,
)


def test_the_price_list_says_from_when_and_where_it_is() -> None:
    assert prices().as_of.year >= 2026
    assert prices().openai.source
    assert prices().runway.source


def test_every_model_of_the_catalogue_has_a_price() -> None:
    assert set(MODELS["story"]["openai"]) <= set(prices().openai.text)
    assert set(MODELS["frame"]["openai"]) <= set(prices().openai.images.tokens)
    assert set(MODELS["narration"]["openai"]) <= set(prices().openai.speech)
    assert set(MODELS["clip"]["runway"]) <= set(prices().runway.clips)
    assert set(MODELS["narration"]["runway"]) <= set(prices().runway.speech)


@pytest.mark.parametrize(
    ("model", "duration_ms", "usd"),
    [
        ("gen4_turbo", 5_000, "0.25"),
        ("gen4_turbo", 10_000, "0.50"),
        ("gen4.5", 5_000, "0.60"),
        ("veo3.1_fast", 8_000, "0.80"),
        ("veo3.1", 4_000, "0.80"),
    ],
)
def test_a_clip_costs_its_seconds(model: str, duration_ms: int, usd: str) -> None:
    assert runway_clip_usd(model, duration_ms=duration_ms) == Decimal(usd)


def test_speech_costs_a_credit_for_each_started_fifty_characters() -> None:
    assert runway_speech_usd("eleven_multilingual_v2", "x" * 50) == Decimal("0.01")
    assert runway_speech_usd("eleven_multilingual_v2", "x" * 51) == Decimal("0.02")


def test_a_credit_is_a_cent() -> None:
    assert runway_credits_usd(Decimal(25)) == Decimal("0.25")


def test_cached_tokens_are_cheaper() -> None:
    assert openai_text_usd("gpt-6-luna", input_tokens=1_000_000, output_tokens=0) == Decimal("0.10")
    assert openai_text_usd(
        "gpt-6-luna", input_tokens=1_000_000, output_tokens=1_000_000, cached_tokens=1_000_000
    ) == Decimal("0.51")


def test_an_amount_is_rounded_up() -> None:
    assert openai_text_usd("gpt-6-luna", input_tokens=1, output_tokens=0) == Decimal("0.000001")


def test_a_picture_costs_what_its_tokens_cost() -> None:
    tokens = ImageTokens(text_input=1_000_000, image_input=1_000_000, output=1_000_000)

    assert openai_image_usd(tokens) == Decimal(43)


def test_an_estimate_grows_with_quality_size_and_references() -> None:
    def estimate(quality: str = "medium", pixels: int = 1024 * 1024, references: int = 0) -> Decimal:
        return openai_image_estimate_usd(
            "gpt-image-2.5-flare", quality=quality, pixels=pixels, prompt="A fox.", references=references
        )

    assert Decimal("0.013") <= estimate() <= Decimal("0.014")
    assert estimate("low") < estimate() < estimate("high")
    assert estimate(pixels=2 * 1024 * 1024) > estimate() * Decimal("1.9")
    assert estimate(references=2) - estimate() == Decimal("0.032")


def test_openai_speech_is_estimated_by_its_length() -> None:
    assert openai_speech_usd("gpt-4o-mini-tts", "x" * 600) == Decimal("0.015")


@pytest.mark.parametrize("text", ["", "A fox in the snow. " * 50, "狐" * 300, "🦊" * 300])
def test_no_text_has_more_tokens_than_the_bound(text: str) -> None:
    # No tokenizer makes more tokens than there are characters in English, or two for an ideograph.
    assert tokens_at_most(text) >= len(text) // 3
    assert tokens_at_most(text) <= len(text.encode()) + 16

"""OpenAI: stories, frames, and a narrator."""

from __future__ import annotations

from datetime import date

from shared.providers.prices import (
    openai_image_estimate_usd,
    openai_image_qualities,
    openai_speech_usd,
    openai_text_usd,
)
from shared.providers.provider import Kind, Price, Provider, sunsets

_MILLION = 1_000_000
_PIXELS = 1280 * 720
_IMAGE = "openai/gpt-image-2.5-flare"
_TEXT = "openai/gpt-6-luna"
_SPEECH = "runway/eleven_multilingual_v2"
# fmt: off
_VOICES = (
    "sage", "alloy", "ash", "ballad", "coral", "echo", "fable", "marin", "cedar", "nova", "onyx",
    "shimmer", "verse",
)
# fmt: on


def _prices(kind: Kind, model: str) -> tuple[Price, ...]:
    if kind == "story":
        return (
            Price(openai_text_usd(model, input_tokens=_MILLION, output_tokens=0), "million input tokens"),
            Price(openai_text_usd(model, input_tokens=0, output_tokens=_MILLION), "million output tokens"),
        )
    if kind == "frame":
        return tuple(
            Price(
                openai_image_estimate_usd(model, quality=quality, pixels=_PIXELS, prompt="", references=0),
                "picture",
                quality,
            )
            for quality in openai_image_qualities(model)
        )
    return (Price(openai_speech_usd(model, "x" * 1000), "thousand characters"),)


PROVIDER = Provider(
    name="openai",
    label="OpenAI",
    key_name="OPENAI_API_KEY",
    base_url_name="OPENAI_BASE_URL",
    adapters={
        "story": "shared.providers.openai.stories:OpenAIStoryWriter",
        "frame": "shared.providers.openai.images:OpenAIImageMaker",
        "narration": "shared.providers.openai.speech:OpenAINarrator",
    },
    terms={
        "story": "shared.providers.openai.terms:OpenAIStoryTerms",
        "frame": "shared.providers.openai.terms:OpenAIImageTerms",
        "narration": "shared.providers.openai.terms:OpenAINarratorTerms",
    },
    models={
        "story": (
            "gpt-6-luna",
            "gpt-6-sol",
            "gpt-6-astra",
            "gpt-5.6-luna",
            "gpt-5.6-terra",
            "gpt-5.6-sol",
        ),
        "frame": (
            "gpt-image-2.5-flare",
            "gpt-image-2.5-sunburst",
            "gpt-image-2.6-flare",
            "gpt-image-2.6-sunburst",
            "gpt-image-2",
            "gpt-image-2-2026-04-21",
        ),
        "narration": ("gpt-4o-mini-tts",),
    },
    # As OpenAI announces them on its deprecation page.
    sunsets={
        **sunsets(date(2026, 5, 12), _IMAGE, "dall-e-2", "dall-e-3"),
        **sunsets(date(2026, 10, 23), _IMAGE, "gpt-image-1"),
        **sunsets(date(2026, 12, 1), _IMAGE, "gpt-image-1.5", "gpt-image-1-mini", "chatgpt-image-latest"),
        **sunsets(date(2026, 9, 24), "runway/gen4_turbo", "sora-2", "sora-2-pro"),
        **sunsets(date(2027, 1, 6), _SPEECH, "gpt-4o-mini-tts", "tts-1", "tts-1-hd"),
        **sunsets(date(2026, 10, 23), _TEXT, "gpt-4.1-nano", "o4-mini", "o3-mini", "o1", "gpt-4-turbo"),
        **sunsets(date(2026, 12, 11), _TEXT, "gpt-5", "gpt-5-mini", "gpt-5-nano", "o3"),
        **sunsets(date(2027, 1, 14), _TEXT, "gpt-4.1", "gpt-4.1-mini", "gpt-4o", "gpt-4o-mini"),
        **sunsets(date(2027, 4, 1), _TEXT, "gpt-5.1", "gpt-5.4-nano"),
    },
    voices=_VOICES,
    prices=_prices,
)

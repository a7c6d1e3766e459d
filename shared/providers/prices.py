"""What a call will cost, or has cost, in US$. The figures are in `prices.toml`, with their date and source.

Amounts are Decimals with six places, rounded up: an estimate that is a cent short lets a budget overflow.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

_MILLION = Decimal(1_000_000)
_PLACES = Decimal("0.000001")
_REFERENCE_PIXELS = 1024 * 1024  # the size for which image tokens are quoted

# A token of English is about four bytes; other scripts take more tokens for fewer characters, but hardly
# more than one for two bytes of UTF-8.
_BYTES_PER_TOKEN = 2


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _TextPrice(_Model):
    input: Decimal
    cached_input: Decimal
    output: Decimal


class _ImagePrices(_Model):
    text_input: Decimal
    image_input: Decimal
    image_output: Decimal
    tokens_per_reference: int
    tokens: dict[str, dict[str, int]]


class _OpenAIPrices(_Model):
    source: str
    text: dict[str, _TextPrice]
    images: _ImagePrices
    speech: dict[str, Decimal]


class _RunwayPrices(_Model):
    source: str
    usd_per_credit: Decimal
    clips: dict[str, Decimal]
    speech: dict[str, int]


class Prices(_Model):
    """The whole of `prices.toml`."""

    as_of: date
    runway: _RunwayPrices
    openai: _OpenAIPrices


@dataclass(frozen=True, slots=True)
class ImageTokens:
    """What an image answer says that it used."""

    text_input: int
    image_input: int
    output: int


@cache
def prices() -> Prices:
    """The price list, read once."""
    text = (Path(__file__).parent / "prices.toml").read_text(encoding="utf-8")
    return Prices.model_validate(tomllib.loads(text, parse_float=Decimal))


def tokens_at_most(text: str) -> int:
    """An upper bound of the tokens that a text takes."""
    return len(text.encode()) // _BYTES_PER_TOKEN + 16


def openai_text_usd(model: str, *, input_tokens: int, output_tokens: int, cached_tokens: int = 0) -> Decimal:
    """A text model's charge. `cached_tokens` are those of the input that were cheaper."""
    price = prices().openai.text[model]
    fresh = max(0, input_tokens - cached_tokens)
    cost = fresh * price.input + cached_tokens * price.cached_input + output_tokens * price.output
    return _rounded(cost / _MILLION)


def openai_image_usd(tokens: ImageTokens) -> Decimal:
    """An image model's charge for what it says that it used."""
    price = prices().openai.images
    cost = (
        tokens.text_input * price.text_input
        + tokens.image_input * price.image_input
        + tokens.output * price.image_output
    )
    return _rounded(cost / _MILLION)


def openai_image_estimate_usd(
    model: str, *, quality: str, pixels: int, prompt: str, references: int
) -> Decimal:
    """What a picture will cost at the most."""
    images = prices().openai.images
    output = -(-images.tokens[model][quality] * pixels // _REFERENCE_PIXELS)
    return openai_image_usd(
        ImageTokens(
            text_input=tokens_at_most(prompt),
            image_input=references * images.tokens_per_reference,
            output=output,
        )
    )


def openai_image_qualities(model: str) -> tuple[str, ...]:
    """The qualities that a model draws in, from low to high."""
    return tuple(prices().openai.images.tokens[model])


def openai_speech_usd(model: str, text: str) -> Decimal:
    """What speaking a text will cost at the most: the answer holds no figure."""
    speech = prices().openai.speech
    return _rounded(speech[model] * len(text) / speech["characters_per_minute"])


def runway_clip_usd(model: str, *, duration_ms: int) -> Decimal:
    """What a clip will cost, without sound."""
    seconds = -(-duration_ms // 1000)
    return runway_credits_usd(prices().runway.clips[model] * seconds)


def runway_speech_usd(model: str, text: str) -> Decimal:
    """What speaking a text will cost."""
    return runway_credits_usd(Decimal(-(-len(text) // prices().runway.speech[model])))


def runway_credits_usd(credits_used: Decimal) -> Decimal:
    """Credits in US$."""
    return _rounded(credits_used * prices().runway.usd_per_credit)


def _rounded(usd: Decimal) -> Decimal:
    return usd.quantize(_PLACES, rounding=ROUND_CEILING)

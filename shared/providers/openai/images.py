"""Frames by OpenAI: drawn anew, or from pictures that they must resemble."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any, Self

from openai.types import ImagesResponse

from shared.assets.recipes import FrameRecipe
from shared.errors import InvalidRequest, MediaError, UnsupportedMedia
from shared.media.pictures import pad_to_ratio
from shared.providers.openai.client import openai_client
from shared.providers.openai.errors import AT_WORK, PROVIDER, translated, unreadable
from shared.providers.ports import Capacity, Drawn, Picture
from shared.providers.prices import (
    ImageTokens,
    openai_image_estimate_usd,
    openai_image_qualities,
    openai_image_usd,
)
from shared.stories.models import Shot
from shared.stories.prompts import composition, frame_prompt, likeness

READ_SECONDS = 200.0
"""A picture of high quality can take two minutes."""

REFERENCES_AT_MOST = 16
_REFERENCE_BYTES = 50_000_000
_PROMPT_CHARACTERS = 32_000
_ANSWER_CHARACTERS = 64_000_000  # base64 of 48 MB
_STEP = 16
_LONGEST_EDGE = 3840
_SUFFIXES = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


class OpenAIImageMaker:
    """Draws frames in one request each, at the ratio's own size where the model can."""

    provider = PROVIDER
    takes_references = True

    def __init__(
        self,
        api_key: str,
        base_url: str | None = None,
        model: str = "gpt-image-2.5-flare",
        quality: str = "medium",
    ) -> None:
        self.model = model
        self.quality = quality
        self._check_quality(quality)
        self._client = openai_client(api_key, base_url, read_seconds=READ_SECONDS)

    def prompt(self, shot: Shot) -> str:
        """The shot as a painter needs it."""
        return frame_prompt(shot)

    def capacity(self) -> Capacity:
        """OpenAI limits rates, not calls at work: so many keep well within the rate of the lowest tier."""
        return Capacity(max_concurrent=AT_WORK)

    def price(self, recipe: FrameRecipe) -> Decimal:
        """What the frame costs, with the tokens that its size and quality usually take."""
        width, height = canvas(recipe.ratio)
        self._check_quality(recipe.quality)
        return openai_image_estimate_usd(
            self.model,
            quality=recipe.quality,
            pixels=width * height,
            prompt=_full_prompt(recipe, len(recipe.references)),
            references=len(recipe.references),
        )

    def draw(self, recipe: FrameRecipe, references: Sequence[Picture]) -> Drawn:
        """The frame, padded to the ratio where the model's canvas differs from it.

        Raises:
            InputRefused: The prompt or a reference is refused.
            ProviderAnswerLost: What came is not a picture: paid, and lost.
            ProviderError: As OpenAI's errors translate.

        """
        width, height = canvas(recipe.ratio)
        self._check_quality(recipe.quality)
        files = _files(references)
        request: dict[str, Any] = {
            "model": self.model,
            "prompt": _full_prompt(recipe, len(files)),
            "n": 1,
            "output_format": "png",
            "quality": recipe.quality,
            "size": f"{width}x{height}",
        }
        with translated():
            images = self._client.images
            answer: ImagesResponse = (
                images.edit(image=files, **request) if files else images.generate(**request)
            )
            content = _content(answer)
            cost = _cost(answer)
        try:
            picture = pad_to_ratio(content, _shape(recipe.ratio))
        except (MediaError, UnsupportedMedia) as exc:
            raise unreadable() from exc
        return Drawn(picture, cost)

    def _check_quality(self, quality: str) -> None:
        qualities = openai_image_qualities(self.model)
        if quality not in qualities:
            raise InvalidRequest(f"{self.model} draws in these qualities: {', '.join(qualities)}.")

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@cache
def canvas(ratio: str) -> tuple[int, int]:
    """The legal size for a ratio: at least as large, as near to its proportions as can be, then the smallest.

    Both edges must be multiples of 16 and at most 3840. A ratio such as 1280:720 is legal itself.
    """
    width, height = map(int, ratio.split(":"))
    if not 1 / 3 <= width / height <= 3:  # noqa: PLR2004 - OpenAI's bounds
        raise InvalidRequest(f"OpenAI draws no pictures of the ratio {ratio}.")
    widest = min(_LONGEST_EDGE, width * 3 // 2)  # nobody wants to pay for more than half as much again
    best: tuple[float, int, int, int] | None = None
    for x in range(-(-width // _STEP) * _STEP, max(widest, width + _STEP) + 1, _STEP):
        for y in {-(-x * height // width // _STEP) * _STEP, x * height // width // _STEP * _STEP}:
            if height <= y <= _LONGEST_EDGE:
                error = round(abs(x * height / (y * width) - 1), 9)
                best = min(filter(None, (best, (error, x * y, x, y))))
    if best is None:
        raise InvalidRequest(f"OpenAI draws no pictures of the ratio {ratio}.")
    return best[2], best[3]


def _shape(ratio: str) -> Fraction:
    width, height = ratio.split(":")
    return Fraction(int(width), int(height))


def _full_prompt(recipe: FrameRecipe, references: int) -> str:
    """The recipe's prompt with what follows from the recipe's other fields."""
    parts = [recipe.prompt, composition(*canvas(recipe.ratio))]
    if references:
        parts.append(likeness(references))
    text = "\n\n".join(parts)
    if len(text) > _PROMPT_CHARACTERS:
        raise InvalidRequest(f"A picture's prompt can have {_PROMPT_CHARACTERS} characters.")
    return text


def _files(references: Sequence[Picture]) -> list[tuple[str, bytes, str]]:
    """The references as uploads, with name and type: raw bytes go out as octet-stream and are refused."""
    if len(references) > REFERENCES_AT_MOST:
        raise InvalidRequest(f"A picture can have {REFERENCES_AT_MOST} references.")
    if any(len(picture.content) >= _REFERENCE_BYTES for picture in references):
        raise InvalidRequest("A reference picture must be smaller than 50 MB.")
    return [
        (f"reference.{_SUFFIXES[picture.content_type]}", picture.content, picture.content_type)
        for picture in references
    ]


def _content(answer: ImagesResponse) -> bytes:
    data = answer.data
    encoded = data[0].b64_json if data else None
    if not isinstance(encoded, str) or not 0 < len(encoded) <= _ANSWER_CHARACTERS:
        raise unreadable()
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error as exc:
        raise unreadable() from exc


def _cost(answer: ImagesResponse) -> Decimal | None:
    usage = answer.usage
    if usage is None:
        return None
    details = usage.input_tokens_details
    return openai_image_usd(
        ImageTokens(
            text_input=details.text_tokens, image_input=details.image_tokens, output=usage.output_tokens
        )
    )

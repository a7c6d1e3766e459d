"""Frames by OpenAI: drawn anew, or from pictures that they must resemble."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from openai.types import ImagesResponse

from shared.assets.recipes import FrameRecipe
from shared.errors import InvalidRequest, MediaError, UnsupportedMedia
from shared.media.pictures import pad_to_ratio
from shared.providers.openai.client import OpenAIAdapter, openai_client
from shared.providers.openai.errors import translated, unreadable
from shared.providers.openai.terms import OpenAIImageTerms, canvas, full_prompt
from shared.providers.ports import Drawn, Picture
from shared.providers.prices import ImageTokens, openai_image_usd

READ_SECONDS = 200.0
"""A picture of high quality can take two minutes."""

REFERENCES_AT_MOST = 16
_REFERENCE_BYTES = 50_000_000
_ANSWER_CHARACTERS = 64_000_000  # base64 of 48 MB


class OpenAIImageMaker(OpenAIAdapter, OpenAIImageTerms):
    """Draws frames in one request each, at the ratio's own size where the model can."""

    def __init__(
        self,
        api_key: str,
        base_url: str | None = None,
        model: str = "gpt-image-2.5-flare",
        quality: str = "medium",
    ) -> None:
        super().__init__(model, quality)
        self._client = openai_client(api_key, base_url, read_seconds=READ_SECONDS)

    def draw(self, recipe: FrameRecipe, references: Sequence[Picture]) -> Drawn:
        """The frame, padded to the ratio where the model's canvas differs from it.

        Raises:
            InputRefused: The prompt or a reference is refused.
            ProviderAnswerLost: What came is not a picture: paid, and lost.
            ProviderError: As OpenAI's errors translate.

        """
        width, height = canvas(recipe.ratio)
        self.check_quality(recipe.quality)
        files = _files(references)
        request: dict[str, Any] = {
            "model": self.model,
            "prompt": full_prompt(recipe, len(files)),
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


def _shape(ratio: str) -> Fraction:
    width, height = ratio.split(":")
    return Fraction(int(width), int(height))


def _files(references: Sequence[Picture]) -> list[tuple[str, bytes, str]]:
    """The references as uploads, with name and type: raw bytes go out as octet-stream and are refused."""
    if len(references) > REFERENCES_AT_MOST:
        raise InvalidRequest(f"A picture can have {REFERENCES_AT_MOST} references.")
    if any(len(picture.content) >= _REFERENCE_BYTES for picture in references):
        raise InvalidRequest("A reference picture must be smaller than 50 MB.")
    return [(f"reference.{picture.suffix}", picture.content, picture.content_type) for picture in references]


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

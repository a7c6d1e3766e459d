"""What OpenAI's models take and cost: known without a key and without the SDK."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from shared.assets.recipes import FrameRecipe, NarrationRecipe, StoryRecipe
from shared.errors import InvalidRequest
from shared.providers.catalog import voices
from shared.providers.prices import (
    openai_image_estimate_usd,
    openai_image_qualities,
    openai_speech_usd,
    openai_text_usd,
    tokens_at_most,
)
from shared.stories.models import Shot
from shared.stories.prompts import composition, frame_prompt, likeness, story_instructions, story_request

PROVIDER = "openai"

# A scene takes about 250 tokens; the rest is for thinking. A bound, because an answer has a price.
_TOKENS_PER_SCENE = 700
_TOKENS_OF_THOUGHT = 12_000

_SCHEMA_TOKENS = 1_500

_PROMPT_CHARACTERS = 32_000
_STEP = 16
_LONGEST_EDGE = 3840


class OpenAIStoryTerms:
    """Of a model that writes."""

    provider = PROVIDER

    def __init__(self, model: str) -> None:
        self.model = model

    def price(self, recipe: StoryRecipe) -> Decimal:
        """What the story costs at the most: every token of the answer used."""
        prompt_tokens = tokens_at_most(story_instructions()) + tokens_at_most(story_request(recipe))
        return openai_text_usd(
            self.model,
            input_tokens=prompt_tokens + _SCHEMA_TOKENS,
            output_tokens=output_tokens(recipe.scene_count),
        )


class OpenAIImageTerms:
    """Of a model that draws, in one quality."""

    provider = PROVIDER
    takes_references = True

    def __init__(self, model: str, quality: str = "medium") -> None:
        self.model = model
        self.quality = quality
        self.check_quality(quality)

    def prompt(self, shot: Shot) -> str:
        """The shot as a painter needs it."""
        return frame_prompt(shot)

    def price(self, recipe: FrameRecipe) -> Decimal:
        """What the frame costs, with the tokens that its size and quality usually take."""
        width, height = canvas(recipe.ratio)
        self.check_quality(recipe.quality)
        return openai_image_estimate_usd(
            self.model,
            quality=recipe.quality,
            pixels=width * height,
            prompt=full_prompt(recipe, len(recipe.references)),
            references=len(recipe.references),
        )

    def check_quality(self, quality: str) -> None:
        """Refuse a quality that the model does not have. Raises InvalidRequest."""
        qualities = openai_image_qualities(self.model)
        if quality not in qualities:
            raise InvalidRequest(f"{self.model} draws in these qualities: {', '.join(qualities)}.")


class OpenAINarratorTerms:
    """Of a model that speaks."""

    provider = PROVIDER

    def __init__(self, model: str) -> None:
        self.model = model
        self.voices = voices(PROVIDER, model)

    def price(self, recipe: NarrationRecipe) -> Decimal:
        """What the speech costs if it is slow."""
        return openai_speech_usd(self.model, recipe.text)


def output_tokens(scene_count: int) -> int:
    """How long a story's answer can be."""
    return _TOKENS_OF_THOUGHT + _TOKENS_PER_SCENE * scene_count


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


def full_prompt(recipe: FrameRecipe, references: int) -> str:
    """The recipe's prompt with what follows from the recipe's other fields."""
    parts = [recipe.prompt, composition(*canvas(recipe.ratio))]
    if references:
        parts.append(likeness(references))
    text = "\n\n".join(parts)
    if len(text) > _PROMPT_CHARACTERS:
        raise InvalidRequest(f"A picture's prompt can have {_PROMPT_CHARACTERS} characters.")
    return text

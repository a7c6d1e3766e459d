"""What Runway's models take and cost: known without a key and without the SDK."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property

from shared.assets.recipes import ClipRecipe, NarrationRecipe
from shared.providers.catalog import clip_limits, voices
from shared.providers.ports import ClipLimits
from shared.providers.prices import runway_clip_usd, runway_speech_usd
from shared.stories.models import Shot
from shared.stories.prompts import motion_prompt

PROVIDER = "runway"


class RunwayClipTerms:
    """Of a clip model."""

    provider = PROVIDER

    def __init__(self, model: str) -> None:
        self.model = model

    @cached_property
    def limits(self) -> ClipLimits:
        """What the model takes. Nothing that finished clips are fetched for: those outlive their model."""
        return clip_limits(PROVIDER, self.model)

    def prompt(self, shot: Shot) -> str:
        """The shot's movement, within the model's limit."""
        return motion_prompt(shot, self.limits.prompt_utf16_units)

    def price(self, recipe: ClipRecipe) -> Decimal:
        """What the clip costs."""
        return runway_clip_usd(self.model, duration_ms=recipe.duration_ms)


class RunwayNarratorTerms:
    """Of a narrator."""

    provider = PROVIDER

    def __init__(self, model: str) -> None:
        self.model = model

    @cached_property
    def voices(self) -> tuple[str, ...]:
        """The model's voices. Nothing that finished speech is fetched for: it outlives its model."""
        return voices(PROVIDER, self.model)

    def price(self, recipe: NarrationRecipe) -> Decimal:
        """What the speech costs."""
        return runway_speech_usd(self.model, recipe.text)

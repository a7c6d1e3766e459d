"""What the draft takes: it costs nothing."""

from __future__ import annotations

from decimal import Decimal

from shared.assets.recipes import ClipRecipe, FrameRecipe, NarrationRecipe, StoryRecipe
from shared.providers.draft.cards import ClipCard, FrameCard
from shared.providers.draft.provider import PROVIDER as DRAFT
from shared.stories.models import Shot


class DraftStoryTerms:
    """Of the writer."""

    provider = DRAFT.name
    model = DRAFT.models["story"][0]

    def price(self, recipe: StoryRecipe) -> Decimal:  # noqa: ARG002 (nothing costs anything)
        """Nothing."""
        return Decimal(0)


class DraftImageTerms:
    """Of the painter."""

    provider = DRAFT.name
    model = DRAFT.models["frame"][0]
    quality = "draft"
    takes_references = False

    def prompt(self, shot: Shot) -> str:
        """What the picture shows, as a card: other words of the scene can change without a new frame."""
        return FrameCard.of(shot).canonical()

    def price(self, recipe: FrameRecipe) -> Decimal:  # noqa: ARG002 (nothing costs anything)
        """Nothing."""
        return Decimal(0)


class DraftClipTerms:
    """Of the camera."""

    provider = DRAFT.name
    model = DRAFT.models["clip"][0]
    limits = DRAFT.clip_limits[model]

    def prompt(self, shot: Shot) -> str:
        """The shot's motion, number and title, as a card."""
        return ClipCard.of(shot, self.limits.prompt_utf16_units).canonical()

    def price(self, recipe: ClipRecipe) -> Decimal:  # noqa: ARG002 (nothing costs anything)
        """Nothing."""
        return Decimal(0)


class DraftNarratorTerms:
    """Of the narrator."""

    provider = DRAFT.name
    model = DRAFT.models["narration"][0]
    voices = DRAFT.voices

    def price(self, recipe: NarrationRecipe) -> Decimal:  # noqa: ARG002 (nothing costs anything)
        """Nothing."""
        return Decimal(0)

"""The draft's writer: an outline from the prompt alone, offline, at once and for nothing."""

from __future__ import annotations

import random
from decimal import Decimal

from shared.assets.recipes import StoryRecipe
from shared.errors import InvalidRequest
from shared.providers.draft.story.idea import understand
from shared.providers.draft.story.telling import MOST_SCENES, Brief, tell
from shared.providers.draft.terms import DraftStoryTerms
from shared.providers.ports import Capacity, Written


class DraftStoryWriter(DraftStoryTerms):
    """Writes a short outline about the prompt, by rules: a tale, a portrait, an explanation, a history or a
    product film. It knows no facts and claims none. The same recipe gives the same story.
    """

    def capacity(self) -> Capacity:
        """As much as one likes."""
        return Capacity()

    def write(self, recipe: StoryRecipe) -> Written:
        """The story. Raises InvalidRequest for more scenes than 20."""
        if recipe.scene_count > MOST_SCENES:
            raise InvalidRequest(f"The draft's stories have at most {MOST_SCENES} scenes.")
        dice = random.Random(int(recipe.identity, 16))  # noqa: S311 (a repeatable choice, not a secret)
        brief = Brief(recipe.scene_count, recipe.duration_ms, recipe.mood)
        return Written(tell(understand(recipe.prompt), brief, dice), Decimal(0))

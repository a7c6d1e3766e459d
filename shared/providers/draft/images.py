"""Storyboard frames without a provider: drawn here, from the shot's words and the recipe's seed."""

from __future__ import annotations

import io
from collections.abc import Sequence
from decimal import Decimal
from random import Random

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from shared.assets.recipes import FrameRecipe
from shared.errors import InputRefused
from shared.media.formats import CUT_FORMATS
from shared.providers.draft.cards import FrameCard
from shared.providers.draft.pictures.composition import composed
from shared.providers.draft.pictures.reading import read_card
from shared.providers.draft.terms import DraftImageTerms
from shared.providers.ports import Capacity, Drawn, Picture

ORIGIN = "Storyreel draft"
"""What the metadata of every frame says."""
_COMPRESS_LEVEL = 3
"""Fixed, since the bytes shall be the same; grain hardly compresses, so more effort buys little."""


class DraftImageMaker(DraftImageTerms):
    """Draws a storyboard frame in about half a second; the same recipe gives the same bytes."""

    def capacity(self) -> Capacity:
        """As much as the machine can do."""
        return Capacity()

    def draw(self, recipe: FrameRecipe, references: Sequence[Picture]) -> Drawn:  # noqa: ARG002 - the same
        """The frame, half as large again as the cut so that a camera can move within it.

        It hangs on the recipe's prompt, ratio and seed alone, bears no type (the clip does), and says
        in its metadata that it is a draft.
        Raises InputRefused for a ratio that no cut has.
        """
        cut = CUT_FORMATS.get(recipe.ratio)
        if cut is None:
            raise InputRefused(f"There is no ratio {recipe.ratio[:20]!r}", provider=self.provider)
        picture = storyboard(recipe, (cut.width * 3 // 2, cut.height * 3 // 2))
        origin = PngInfo()
        origin.add_text("Software", ORIGIN)
        written = io.BytesIO()
        picture.save(written, "PNG", compress_level=_COMPRESS_LEVEL, pnginfo=origin)
        return Drawn(Picture(written.getvalue(), "image/png"), Decimal(0))


def storyboard(recipe: FrameRecipe, size: tuple[int, int]) -> Image.Image:
    """What the recipe's prompt says, as its seed would have it, in any size."""
    rng = Random(f"{recipe.seed}:{recipe.prompt}")  # noqa: S311 - drawing, not keys
    return composed(read_card(FrameCard.parse(recipe.prompt), rng), size, rng)

"""Narration by Runway: text to speech."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from shared.assets.recipes import NarrationRecipe
from shared.errors import InvalidRequest
from shared.providers.download import DownloadLimits, sniff_audio
from shared.providers.ports import Submitted
from shared.providers.runway.adapter import RunwayAdapter
from shared.providers.runway.tasks import RunwayTasks
from shared.providers.runway.terms import RunwayNarratorTerms
from shared.stories.prompts import utf16_units

DOWNLOAD_LIMITS = DownloadLimits(bytes_at_most=50_000_000, seconds_at_most=20.0)
_TEXT_UNITS = {"eleven_multilingual_v2": 1000, "eleven_v3": 5000, "eleven_v4": 1000}


class RunwayNarrator(RunwayAdapter, RunwayNarratorTerms):
    """Speaks by tasks: submit, check until it is over, collect."""

    def __init__(
        self,
        api_key: str,
        base_url: str | None = None,
        model: str = "eleven_multilingual_v2",
        *,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(model)
        self._tasks = RunwayTasks(api_key, base_url, pause=pause)

    def submit(self, recipe: NarrationRecipe) -> Submitted:
        """Start the speech.

        Raises:
            InvalidRequest: The text is empty or too long, or there is no such voice.
            ProviderError: As Runway's errors translate.

        """
        most = _TEXT_UNITS[self.model]
        if not 0 < utf16_units(recipe.text) <= most:
            raise InvalidRequest(f"A narration can have 1 to {most} characters (an emoji counts as two).")
        if recipe.voice not in self.voices:
            raise InvalidRequest(f"There is no voice {recipe.voice!r}. There are: {', '.join(self.voices)}.")
        request: dict[str, Any] = {
            "model": self.model,
            "prompt_text": recipe.text,
            "voice": {"type": "runway-preset", "preset_id": recipe.voice},
        }
        create = partial(self._tasks.client.text_to_speech.with_raw_response.create, **request)
        return self._tasks.start(create, cost_usd=self.price(recipe))

    def collect(self, task_id: str, into: Path) -> str:
        """Write the finished speech to `into`; returns its content type."""
        return self._tasks.collect(task_id, into, sniff=sniff_audio, limits=DOWNLOAD_LIMITS)

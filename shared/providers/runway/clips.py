"""Clips by Runway: a frame set in motion."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from shared.assets.recipes import ClipRecipe
from shared.errors import InvalidRequest
from shared.providers.download import DownloadLimits, sniff_video
from shared.providers.ports import Picture, ReadPicture, Submitted
from shared.providers.runway.adapter import RunwayAdapter
from shared.providers.runway.errors import translated
from shared.providers.runway.tasks import RunwayTasks
from shared.providers.runway.terms import RunwayClipTerms
from shared.stories.prompts import utf16_units

DATA_URI_CHARACTERS = 5_242_880
UPLOAD_BYTES = 200_000_000
DOWNLOAD_LIMITS = DownloadLimits(bytes_at_most=300_000_000, seconds_at_most=120.0)

_WITH_SOUND = frozenset({"veo3.1", "veo3.1_fast"})  # these make sound unless told not to, for more money


class RunwayClipMaker(RunwayAdapter, RunwayClipTerms):
    """Makes clips by tasks: submit, check until it is over, collect."""

    def __init__(
        self,
        api_key: str,
        base_url: str | None = None,
        model: str = "gen4_turbo",
        *,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(model)
        self._tasks = RunwayTasks(api_key, base_url, pause=pause)

    def submit(self, recipe: ClipRecipe, frame: Picture, last_frame: Picture | None = None) -> Submitted:
        """Start the clip.

        Raises:
            InvalidRequest: The model does not take this ratio, duration, prompt or last frame.
            ProviderError: As Runway's errors translate.

        """
        self._check(recipe)
        request: dict[str, Any] = {
            "model": self.model,
            "prompt_image": self._images(frame, last_frame),
            "prompt_text": recipe.prompt,
            "ratio": recipe.ratio,
            "duration": recipe.duration_ms // 1000,
            "seed": recipe.seed,
        }
        if self.model in _WITH_SOUND:
            request["audio"] = False
        create = partial(self._tasks.client.image_to_video.with_raw_response.create, **request)
        return self._tasks.start(create, cost_usd=self.price(recipe))

    def collect(
        self,
        task_id: str,
        recipe: ClipRecipe,  # noqa: ARG002 - the port's
        read: ReadPicture,  # noqa: ARG002 - the port's
        into: Path,
    ) -> None:
        """Write the finished clip to `into`."""
        self._tasks.collect(task_id, into, sniff=sniff_video, limits=DOWNLOAD_LIMITS)

    def _check(self, recipe: ClipRecipe) -> None:
        """Runway's SDK checks nothing, and what it refuses late costs time."""
        limits = self.limits
        if recipe.ratio not in limits.ratios:
            raise InvalidRequest(f"{self.model} makes these ratios: {', '.join(sorted(limits.ratios))}.")
        if recipe.last_frame is not None and not limits.last_frame:
            raise InvalidRequest(f"{self.model} cannot make a clip end with a picture.")
        if recipe.duration_ms not in limits.durations_ms:
            seconds = ", ".join(str(ms // 1000) for ms in limits.durations_ms)
            raise InvalidRequest(f"{self.model} makes clips of these seconds: {seconds}.")
        if not 0 < utf16_units(recipe.prompt) <= limits.prompt_utf16_units:
            most = limits.prompt_utf16_units
            raise InvalidRequest(f"A clip's prompt can have 1 to {most} characters (an emoji counts as two).")

    def _images(self, frame: Picture, last_frame: Picture | None) -> str | list[dict[str, str]]:
        if last_frame is None:
            return self._image(frame)
        return [
            {"uri": self._image(frame), "position": "first"},
            {"uri": self._image(last_frame), "position": "last"},
        ]

    def _image(self, frame: Picture) -> str:
        """The frame as a data URI; as an upload for a day where that would be too long."""
        prefix = f"data:{frame.content_type};base64,"
        if len(prefix) + -(-len(frame.content) // 3) * 4 <= DATA_URI_CHARACTERS:
            return prefix + base64.b64encode(frame.content).decode("ascii")
        if len(frame.content) > UPLOAD_BYTES:
            raise InvalidRequest("A frame for Runway can have 200 MB.")
        file = (f"frame.{frame.suffix}", frame.content, frame.content_type)
        with translated(paid=False):
            return self._tasks.client.uploads.create_ephemeral(file=file).uri

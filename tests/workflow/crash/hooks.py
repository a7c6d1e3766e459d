"""Accidents inside a worker: a process that dies, raises or falls silent at a named place.

An accident is an empty file in a folder, named by whom it hits, where and how:

    USER--STEP--PLACE--ACTION

It moves to the folder `met` when it happens, and so happens once. Places: `before` and `answered` lie on
both sides of the step's effect, `storing` and `stored` on both sides of storing an object, `reading` before
one is read. Actions: `raise`, `kill`, `hang`, `wait` until a file `open` is in the folder, and
`linger` until a file is there that is named by whom it hits.
"""

from __future__ import annotations

import functools
import os
import signal
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from shared.lambdas.step import Step

EFFECTS = {
    "write_story": "shared.providers.openai.stories:OpenAIStoryWriter.write",
    "choose_reference": "shared.providers.openai.images:OpenAIImageMaker.draw",
    "draw_frame": "shared.providers.openai.images:OpenAIImageMaker.draw",
    "submit_clip": "shared.providers.runway.clips:RunwayClipMaker.submit",
    "check_clip": "shared.providers.runway.clips:RunwayClipMaker.check",
    "keep_clip": "shared.providers.runway.clips:RunwayClipMaker.collect",
    "narrate": "shared.providers.runway.speech:RunwayNarrator.submit",
    "merge_clips": "shared.media.merge:merge",
    "publish_video": "shared.media.stills:poster",
    "continue_video": "shared.videos.executions:start",
    "mark_stopped": "shared.videos.queries:finish",
    "mark_failed": "shared.videos.queries:finish",
}
"""By step: what has the effect that must not be had twice."""

FOLDER = "accidents"
_LONGEST_WAIT_SECONDS = 300


class Accidents:
    """The accidents of one worker."""

    def __init__(self, data: Path, step: str) -> None:
        self._folder = data / FOLDER
        self._step = step
        self._user = ""

    def install(self) -> None:
        """Watch the places. Before the step's own module is imported: it takes names from others."""
        answer = Step.__call__

        def call(declared: Step[Any, Any], event: dict[str, Any], context: Any) -> Any:
            self._user = str(event.get("userId"))
            return answer(declared, event, context)

        setattr(Step, "__call__", call)  # noqa: B010 - mypy forbids to assign to a method
        self._watch(EFFECTS[self._step], before="before", after="answered")
        self._watch("shared.storage:put", before="storing", after="stored")
        self._watch("shared.storage:read", before="reading", after="")

    def _watch(self, target: str, *, before: str, after: str) -> None:
        module, _, path = target.partition(":")
        owner: Any = import_module(module)
        *parents, name = path.split(".")
        for parent in parents:
            owner = getattr(owner, parent)
        watched: Callable[..., Any] = getattr(owner, name)

        @functools.wraps(watched)
        def watching(*arguments: Any, **named: Any) -> Any:
            self._pass(before)
            result = watched(*arguments, **named)
            self._pass(after)
            return result

        setattr(owner, name, watching)

    def _pass(self, place: str) -> None:
        for accident in self._folder.glob(f"{self._user}--{self._step}--{place}--*"):
            try:
                accident.rename(self._folder / "met" / accident.name)
            except FileNotFoundError:
                continue  # it has happened to another process
            self._happen(accident.name.rpartition("--")[2])

    def _happen(self, action: str) -> None:
        if action == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if action == "raise":
            raise RuntimeError("An accident.")
        give_up_at = time.monotonic() + _LONGEST_WAIT_SECONDS
        gate = self._folder / (self._user if action == "linger" else "open")
        while action == "hang" or not gate.exists():
            time.sleep(0.05)
            if time.monotonic() > give_up_at:
                raise TimeoutError(f"Nobody ended the accident {action}.")

"""The real local stack with providers that take their time: what the benchmarks of whole videos run on."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from shared import settings
from shared.database import close_connections
from tests.fakes.providers.server import FakeProviders
from tests.running_stack import RunningStack, running_stack

SCENES = 6
STORY_SECONDS, FRAME_SECONDS, CLIP_SECONDS, SPEECH_SECONDS = 2.0, 3.0, 8.0, 1.0
POLL_SECONDS = 1

LATENCIES = {
    "responses": STORY_SECONDS,
    "images_generations": FRAME_SECONDS,
    "images_edits": FRAME_SECONDS,
    "image_to_video": CLIP_SECONDS,
    "text_to_speech": SPEECH_SECONDS,
}

ORDER: dict[str, Any] = {
    "prompt": "A lighthouse keeper finds a lost whale and leads it home",
    "frameCount": SCENES,
    "duration": 30,
}


@contextmanager
def simulated_stack(fake: FakeProviders) -> Iterator[RunningStack]:
    """The stack on an empty data folder, with the fake providers in the place of the paid ones."""
    environment = {
        "OPENAI_API_KEY": "sk-test-of-the-fake",
        "RUNWAYML_API_SECRET": "key_test_of_the_fake",
        "OPENAI_BASE_URL": fake.openai_url,
        "RUNWAYML_BASE_URL": fake.runway_url,
        "PROVIDERS_POLL_SECONDS": str(POLL_SECONDS),
    }
    print("Starting the stack …", flush=True)
    with (
        tempfile.TemporaryDirectory(prefix="storyreel-bench-") as data,
        patch.dict(os.environ, environment),
        running_stack(Path(data)) as stack,
    ):
        yield stack


def succeeded(video: dict[str, Any]) -> dict[str, Any]:
    """The video, if it was made: a benchmark of anything else says nothing."""
    if video["state"] != "succeeded":
        raise SystemExit(f"The video is {video['state']}: {video['error']}")
    return video


@contextmanager
def in_this_process(stack: RunningStack, **changed: str) -> Iterator[None]:
    """Let code of the functions run here, with the stack's environment and these changes to it."""
    settings._read.cache_clear()
    try:
        with patch.dict(os.environ, {**stack.environment(), **changed}):
            yield
    finally:
        close_connections()
        settings._read.cache_clear()

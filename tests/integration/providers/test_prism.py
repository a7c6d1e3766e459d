"""Every request to Runway, checked against Runway's own OpenAPI document by Prism.

    pytest tests/integration/providers/test_prism.py --runway-openapi=path/to/openapi.json

Needs `npx` and, the first time, the network; skipped without the option.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing

import pytest
import runwayml

from shared.assets.recipes import ClipRecipe, NarrationRecipe
from shared.media.models import Picture
from shared.providers.catalog import CLIP_LIMITS
from shared.providers.runway.clips import RunwayClipMaker
from shared.providers.runway.speech import RunwayNarrator

PRISM = "@stoplight/prism-cli@5.16.0"
START_SECONDS = 180
TASK_ID = "17f20503-6c24-4c16-946b-35dbbce2af2f"
SPEECH = ("eleven_multilingual_v2", "eleven_v3")  # eleven_v4 is newer than the document
CLIPS = [
    (model, ratio, duration)
    for (provider, model), limits in CLIP_LIMITS.items()
    if provider == "runway"
    for ratio in sorted(limits.ratios)
    for duration in (limits.durations_ms[0], limits.durations_ms[-1])
]


@pytest.fixture(scope="module")
def prism(request: pytest.FixtureRequest) -> Iterator[str]:
    document = request.config.getoption("--runway-openapi", default=None)
    npx = shutil.which("npx")
    if not document or not npx:
        pytest.skip("give Runway's OpenAPI document with --runway-openapi, and have npx")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [npx, "--yes", PRISM, "mock", "-h", "127.0.0.1", "-p", str(port), document]
    # A session of its own: npx leaves its child behind when only npx is ended.
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(url, process)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(START_SECONDS * 2):
        assert process.poll() is None, "Prism ended"
        try:
            urllib.request.urlopen(f"{url}/v1/organization", timeout=5).close()  # noqa: S310
        except urllib.error.HTTPError as error:
            error.close()
            return  # it answers, if only that a header is missing
        except OSError:
            time.sleep(0.5)
        else:
            return
    pytest.fail("Prism did not start")


def test_runways_document_takes_every_request(
    prism: str, clip_recipe: ClipRecipe, narration_recipe: NarrationRecipe, frame: Picture
) -> None:
    for model, ratio, duration_ms in CLIPS:
        recipe = clip_recipe.model_copy(update={"model": model, "ratio": ratio, "duration_ms": duration_ms})
        with closing(RunwayClipMaker("key_test", prism, model)) as clips:
            assert clips.submit(recipe, frame).task_id
            assert clips.check(TASK_ID).state
            clips.cancel(TASK_ID)
    for model in SPEECH:
        with closing(RunwayNarrator("key_test", prism, model)) as narrator:
            assert narrator.submit(narration_recipe.model_copy(update={"model": model})).task_id


def test_prism_itself_refuses_what_is_wrong(prism: str) -> None:
    body = {"model": "gen4_turbo", "promptImage": "https://example.com/a.png", "ratio": "1:1", "duration": 5}

    with closing(RunwayClipMaker("key_test", prism)) as clips, pytest.raises(runwayml.BadRequestError):
        clips._tasks.client.post("/v1/image_to_video", body=body, cast_to=object)

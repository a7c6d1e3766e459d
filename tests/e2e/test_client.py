"""A client that knows the examples and nothing else: curl in a shell makes a video, which is then played."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import av
import pytest

from tests.fakes.providers.server import FakeProviders
from tests.running_stack import Api

CLIENT = Path(__file__).with_name("client.sh")
CLIENT_SECONDS = 240


def played(path: Path) -> tuple[int, int]:
    """Every picture and every sample, decoded: how many there are of each."""
    with av.open(str(path)) as container:
        pictures = sum(1 for _ in container.decode(video=0))
    with av.open(str(path)) as container:
        samples = sum(frame.samples for frame in container.decode(audio=0))
    return pictures, samples


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize(
    ("draft", "paid"),
    [
        ("true", {}),
        ("false", {"responses": 1, "images_generations": 1, "images_edits": 1, "image_to_video": 2}),
    ],
)
def test_curl_goes_from_a_story_to_a_video_that_plays(
    api: Api, fake: FakeProviders, tmp_path: Path, draft: str, paid: dict[str, int]
) -> None:
    out = tmp_path / "client.mp4"
    environment = {"PATH": os.environ["PATH"], "API": api.url, "KEY": api.key, "DRAFT": draft, "FRAMES": "2"}

    ended = subprocess.run(
        ["sh", str(CLIENT), str(out)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=CLIENT_SECONDS,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    pictures, samples = played(out)
    assert pictures == 2 * 4 * 24
    assert abs(samples / 48_000 - 8) < 0.1
    assert dict(Counter(entry.route for entry in fake.ledger)) == paid

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import av

from infra import ROOT


def demo(data: Path, out: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "infra.local", "demo", "--data", str(data), "--out", str(out), *options]
    keyless = {
        name: value for name, value in os.environ.items() if not name.endswith(("_API_KEY", "_SECRET"))
    }
    return subprocess.run(
        command, cwd=ROOT, env=keyless, capture_output=True, text=True, timeout=240, check=False
    )


def test_a_prompt_becomes_a_playable_video_and_nothing_keeps_running(tmp_path: Path) -> None:
    out = tmp_path / "videos" / "demo.mp4"
    prompt = """A "quoted" fox's $HOME & `garden` \\o/"""
    done = demo(
        tmp_path / "data", out, "--prompt", prompt, "--scenes", "2", "--seconds", "6", "--ratio", "720:1280"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert str(out) in done.stdout
    assert "A draft" in done.stdout
    with av.open(str(out)) as video:
        (picture,) = video.streams.video
        assert (picture.codec_context.name, picture.width, picture.height) == ("h264", 720, 1280)
        assert picture.pix_fmt == "yuv420p"
        times = [frame.time for frame in video.decode(picture)]
        assert times[0] == 0
        assert abs(len(times) / float(picture.average_rate or 1) - 6) <= 1 / float(picture.average_rate or 1)
        assert [each.codec_context.name for each in video.streams.audio] == ["aac"]
        assert len(video.streams.subtitles) == 1
    left = {each.name for each in (tmp_path / "data").iterdir()}
    assert "stack.json" not in left
    assert "processes" not in left


def test_an_order_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    out = tmp_path / "demo.mp4"
    done = demo(tmp_path / "data", out, "--prompt", "x", "--scenes", "2", "--seconds", "90")
    assert done.returncode == 2
    assert "A scene lasts" in done.stdout
    assert not out.exists()

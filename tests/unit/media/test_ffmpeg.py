from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.errors import MediaError
from shared.media.ffmpeg import LOG_LIMIT_BYTES, ffmpeg_path, local, run_ffmpeg

NULL = ("-f", "null", "-")
GRAY = ("-f", "rawvideo", "-pixel_format", "gray", "-video_size", "16x16", "-i", "pipe:0")
ENDLESS = ("-re", "-f", "lavfi", "-i", "testsrc2=size=16x16:duration=600")


def children() -> set[str]:
    """Processes that were started here and run still or were not collected."""
    ids = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    return set(ids.read_text().split()) if ids.exists() else set()


def test_the_program_is_there_and_says_its_version() -> None:
    answer = subprocess.run([ffmpeg_path(), "-version"], capture_output=True, check=True, text=True)
    assert answer.stdout.startswith("ffmpeg version")


def test_a_picture_is_made_from_bytes_on_standard_input(tmp_path: Path) -> None:
    output = tmp_path / "picture.png"
    run_ffmpeg([*GRAY, "-frames:v", "1", output], timeout_seconds=30, stdin=iter([bytes(100), bytes(156)]))
    assert output.read_bytes().startswith(b"\x89PNG")


def test_the_log_has_what_was_asked_for() -> None:
    log = run_ffmpeg(
        ["-loglevel", "info", "-f", "lavfi", "-i", "color=duration=0.1", *NULL], timeout_seconds=30
    )
    assert "Input #0, lavfi" in log


def test_a_missing_input_is_a_media_error_that_hides_our_directories(tmp_path: Path) -> None:
    with pytest.raises(MediaError) as caught:
        run_ffmpeg(["-f", "mp4", "-i", tmp_path / "missing.mp4", *NULL], timeout_seconds=30)
    details = "\n".join(caught.value.details)
    assert "missing.mp4" in details
    assert str(tmp_path) not in details


def test_an_endless_run_is_ended_and_leaves_no_process() -> None:
    before = children()
    with pytest.raises(MediaError, match="did not finish within"):
        run_ffmpeg([*ENDLESS, *NULL], timeout_seconds=0.3)
    assert children() == before


def test_an_input_that_stalls_is_ended_too() -> None:
    def stalling() -> Iterator[bytes]:
        yield bytes(256)
        time.sleep(0.6)
        yield bytes(256)

    with pytest.raises(MediaError, match="did not finish"):
        run_ffmpeg([*GRAY, *NULL], timeout_seconds=0.2, stdin=stalling())


def test_an_error_of_the_input_comes_through_and_leaves_no_process() -> None:
    def failing() -> Iterator[bytes]:
        yield bytes(256)
        raise KeyError("frame 2")

    before = children()
    with pytest.raises(KeyError, match="frame 2"):
        run_ffmpeg([*GRAY, *NULL], timeout_seconds=30, stdin=failing())
    assert children() == before


def test_ffmpeg_may_stop_reading_before_the_input_ends() -> None:
    pieces = (bytes(256 * 1024) for _ in range(100))
    run_ffmpeg([*GRAY, "-frames:v", "1", *NULL], timeout_seconds=30, stdin=pieces)


def test_a_refused_input_is_reported_by_ffmpegs_own_words() -> None:
    pieces = (bytes(256 * 1024) for _ in range(100))
    with pytest.raises(MediaError) as caught:
        run_ffmpeg(
            ["-f", "rawvideo", "-pixel_format", "wrong", "-i", "pipe:0", *NULL],
            timeout_seconds=30,
            stdin=pieces,
        )
    assert any("wrong" in line for line in caught.value.details)


def test_an_endless_log_is_cut_to_its_end() -> None:
    source = "testsrc2=size=16x16:rate=1000:duration=4,showinfo"
    log = run_ffmpeg(["-loglevel", "info", "-f", "lavfi", "-i", source, *NULL], timeout_seconds=60)
    assert len(log) == LOG_LIMIT_BYTES


def test_a_name_that_looks_like_an_address_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    output = Path("http:picture.png")
    run_ffmpeg(
        ["-f", "lavfi", "-i", "color=duration=0.1", "-frames:v", "1", local(output)], timeout_seconds=30
    )
    assert output.exists()

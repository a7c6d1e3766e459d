"""Running ffmpeg: local files only, a time limit always, its log kept short, its errors in our words.

Whoever calls it pins the format and the protocols of every input (`-f mp4`, `-protocol_whitelist
file`): ffmpeg guesses by content, and a text file named .mp4 can name other files and hosts.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Self

from shared.errors import MediaError, StoryreelError

LOG_LIMIT_BYTES = 64 * 1024
"""What is kept of ffmpeg's log: its end. A broken stream can print a line for every macroblock."""

LOCAL_ONLY = ("-protocol_whitelist", "file")
"""Stands before an input: whatever the input refers to, no other protocol is spoken."""

_DETAIL_LINES = 8
_LINE_LIMIT = 300
_GLOBAL_OPTIONS = ("-hide_banner", "-nostdin", "-nostats", "-y", "-xerror", "-loglevel", "level+warning")

# ffmpeg needs nothing of ours, and our environment holds credentials.
_ENVIRONMENT = {"LC_ALL": "C", "PATH": os.defpath}

_DIRECTORIES = re.compile(r"(?<![\w.])/(?:[^\s/'\":]+/)+")
_ADDRESSES = re.compile(r" @ 0x[0-9a-f]+")


def local(path: Path) -> str:
    """A file as ffmpeg's argument, named with its protocol: no name can mean an option or an address."""
    return f"file:{path.resolve()}"


@cache
def ffmpeg_path() -> Path:
    """The ffmpeg that the imageio-ffmpeg package brings: beside our code on a laptop, a layer on Lambda."""
    import imageio_ffmpeg  # noqa: PLC0415 (it looks for its program when it is imported)

    try:
        return Path(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as exc:
        raise StoryreelError("This installation has no ffmpeg.") from exc


def run_ffmpeg(
    args: Sequence[str | Path],
    *,
    timeout_seconds: float,
    stdin: Iterable[bytes] | None = None,
    cwd: Path | None = None,
) -> str:
    """Run ffmpeg and return its log (its last 64 KiB; warnings and errors unless `args` asks for more).

    `args` are inputs, filters and outputs; existing outputs are overwritten and any error ends the run
    (`-xerror`). `stdin` is what `pipe:0` reads, taken piece by piece while ffmpeg runs. Whatever goes
    wrong, also an exception out of `stdin`, no process is left behind.

    Raises MediaError when ffmpeg fails or takes longer than `timeout_seconds`, with the last lines of
    its log as details.
    """
    command = [str(ffmpeg_path()), *_GLOBAL_OPTIONS, *map(str, args)]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=cwd,
        env=_ENVIRONMENT,
        start_new_session=True,
    )
    with _TimeLimit(process, timeout_seconds) as limit, _LogTail(process.stderr) as log:
        try:
            if stdin is not None:
                _feed(process.stdin, stdin)
            process.wait()
        finally:
            _kill(process)
    if limit.reached:
        raise MediaError(
            f"ffmpeg did not finish within {timeout_seconds:g} seconds.", details=_last_lines(log.text)
        )
    if process.returncode != 0:
        raise MediaError(_failure(process.returncode), details=_last_lines(log.text))
    return log.text


class _TimeLimit:
    """Kills the process when its time is over; `reached` says that this happened."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        self.reached = False
        self._process = process
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._timer.join()

    def _end(self) -> None:
        self.reached = self._process.poll() is None
        _kill(self._process)


class _LogTail:
    """Reads a pipe to its end in a thread of its own and keeps the last bytes."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        assert pipe is not None  # noqa: S101 (Popen was asked for one)
        self._pipe = pipe
        self._kept = bytearray()
        self._thread = threading.Thread(target=self._read, daemon=True)

    @property
    def text(self) -> str:
        """What was kept."""
        return self._kept.decode("utf-8", "replace")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()
        self._pipe.close()

    def _read(self) -> None:
        descriptor = self._pipe.fileno()
        while piece := os.read(descriptor, 16 * 1024):
            self._kept += piece
            del self._kept[:-LOG_LIMIT_BYTES]


def _feed(pipe: IO[bytes] | None, pieces: Iterable[bytes]) -> None:
    """Write the pieces until they or ffmpeg end. A closed pipe is told better by ffmpeg's exit code."""
    assert pipe is not None  # noqa: S101 (Popen was asked for one)
    try:
        with suppress(BrokenPipeError):
            for piece in pieces:
                pipe.write(piece)
    finally:
        _close(pipe)


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except BrokenPipeError:  # the buffer's rest has no reader; the descriptor is closed all the same
        return


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the process with all that it started, and collect it. One that is over is left alone."""
    if process.poll() is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        process.wait()


def _failure(code: int) -> str:
    if code < 0:
        return f"ffmpeg was stopped by the signal {signal.Signals(-code).name}."
    return f"ffmpeg could not read or write the media (exit code {code})."


def _last_lines(log: str) -> list[str]:
    """The log's last lines, without our directories and ffmpeg's addresses."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    return [_ADDRESSES.sub("", _DIRECTORIES.sub("", line))[:_LINE_LIMIT] for line in lines[-_DETAIL_LINES:]]

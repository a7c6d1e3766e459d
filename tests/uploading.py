"""A client that sends files straight to storage, by the addresses that the API gives it."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from shared.media.ffmpeg import run_ffmpeg
from shared.uploads.parts import PART_BYTES

_LINE = b"--a-line-between-the-parts"


def send_form(form: Mapping[str, Any], content: bytes, **changes: str) -> int:
    """Send a file as the form of a browser would; returns the status."""
    parts = [
        _LINE + f'\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in {**form["fields"], **changes}.items()
    ]
    head = b'\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    body = b"".join(parts) + _LINE + head + content + b"\r\n" + _LINE + b"--\r\n"
    return _status("POST", form["url"], body, f"multipart/form-data; boundary={_LINE[2:].decode()}")


def send_part(part: Mapping[str, Any], content: bytes) -> int:
    """PUT one part; returns the status."""
    return _status("PUT", part["url"], content, "application/octet-stream")


def small_video(path: Path) -> bytes:
    """An MP4 of a second, with its index in front."""
    source = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=24:duration=1")
    run_ffmpeg(
        [*source, "-c:v", "libx264", "-preset", "ultrafast", "-movflags", "+faststart", path],
        timeout_seconds=60,
    )
    return path.read_bytes()


class Parts:
    """A video of `size` bytes that nobody has to hold: what follows the beginning is one empty box."""

    def __init__(self, video: bytes, size: int) -> None:
        self._head = video + struct.pack(">I4sQ", 1, b"free", size - len(video))
        self._zeros = bytes(PART_BYTES)

    def send(self, part: Mapping[str, Any]) -> int:
        """Send one part; returns the status."""
        content = self._zeros[: part["sizeBytes"]]
        if part["partNumber"] == 1:
            content = self._head + content[len(self._head) :]
        return send_part(part, content)


def _status(method: str, url: str, body: bytes, content_type: str) -> int:
    request = Request(url, data=body, headers={"Content-Type": content_type}, method=method)  # noqa: S310 - the stack's
    try:
        with urlopen(request, timeout=60) as response:  # noqa: S310 - the same
            return int(response.status)
    except HTTPError as error:
        with error:
            return error.code

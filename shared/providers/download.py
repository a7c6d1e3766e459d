"""Download of a provider's result: bounded and verified.

A provider's answer names the address, so the address is data from outside: `shared.net` says what is opened.
"""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from shared.errors import AddressRefused, ProviderBroken, ProviderError, ProviderUnavailable
from shared.net import Patience, WayOut, target_of

CONNECT_SECONDS = 10.0
STALL_SECONDS = 30.0
"""Longest silence within a download."""

_CHUNK = 1 << 18
_HEAD = 16
_FORBIDDEN = frozenset({401, 403, 404, 410})
_MPEG_SYNC = re.compile(rb"\xff[\xe2-\xff]")

Sniff = Callable[[bytes], str | None]
"""Tells the content type from the first 16 bytes, or None where it is not one of ours."""


class LinkExpired(ProviderUnavailable):
    """The address has been valid once; its provider gives a new one."""

    code = "link_expired"


@dataclass(frozen=True, slots=True)
class DownloadLimits:
    """What a download may take."""

    bytes_at_most: int
    seconds_at_most: float


def sniff_video(head: bytes) -> str | None:
    """MP4 and QuickTime begin with a `ftyp` box."""
    return "video/mp4" if head[4:8] == b"ftyp" else None


def sniff_audio(head: bytes) -> str | None:
    """MP3 with or without a tag, WAV, Ogg, M4A."""
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "audio/wav"
    if head[:3] == b"ID3" or _MPEG_SYNC.match(head):
        return "audio/mpeg"
    if head[:4] == b"OggS":
        return "audio/ogg"
    return "audio/mp4" if head[4:8] == b"ftyp" else None


class Downloader:
    """Downloads results of one provider."""

    def __init__(self, provider: str, *, loopback_allowed: bool) -> None:
        self.provider = provider
        self._way_out = WayOut(loopback_allowed=loopback_allowed)

    def download(self, url: str, into: Path, *, sniff: Sniff, limits: DownloadLimits) -> str:
        """Write what `url` holds to `into`, all of it or nothing; returns its content type.

        Raises:
            LinkExpired: 401, 403, 404 or 410.
            ProviderUnavailable: No connection, another status, a cut or stalled transfer. Trying again helps.
            ProviderBroken: An address or a size that is not allowed, or bytes of another kind.

        """
        deadline = time.monotonic() + limits.seconds_at_most
        patience = Patience(CONNECT_SECONDS, STALL_SECONDS, limits.seconds_at_most)
        partial = into.with_name(f"{into.name}.part")
        try:
            with (
                self._way_out.open(url, patience) as connection,
                self._get(connection, url) as response,
                partial.open("wb") as file,
            ):
                self._check_status(response)
                content_type = self._copy(response, file, sniff, limits, deadline)
            partial.replace(into)
        except AddressRefused as exc:
            raise self._broken(f"The provider names its result's address. {exc.message}") from exc
        except (OSError, http.client.HTTPException) as exc:
            late = time.monotonic() > deadline
            raise self._unavailable(
                "The download took too long." if late else "The connection broke."
            ) from exc
        finally:
            partial.unlink(missing_ok=True)
        return content_type

    def _get(self, connection: http.client.HTTPConnection, url: str) -> http.client.HTTPResponse:
        target = target_of(self._way_out.check(url))
        # Without identity, a proxy may compress, and the length would not be the file's.
        connection.request("GET", target, headers={"Accept-Encoding": "identity", "Connection": "close"})
        return connection.getresponse()

    def _check_status(self, response: http.client.HTTPResponse) -> None:
        if response.status in _FORBIDDEN:
            raise LinkExpired("The address of the result has expired.", provider=self.provider)
        if response.status != http.client.OK:
            raise self._unavailable(f"The download answered {response.status}.")

    def _copy(
        self,
        response: http.client.HTTPResponse,
        file: IO[bytes],
        sniff: Sniff,
        limits: DownloadLimits,
        deadline: float,
    ) -> str:
        if response.length is not None and response.length > limits.bytes_at_most:
            raise self._broken("The result is larger than we take.")
        declared, received, head = response.length, 0, b""
        # read1 returns what has come, so that a slow sender meets the deadline; http.client raises
        # IncompleteRead for a cut chunked body but not for a cut one of known length: that is counted here.
        while chunk := response.read1(_CHUNK):
            received += len(chunk)
            if received > limits.bytes_at_most:
                raise self._broken("The result is larger than we take.")
            if time.monotonic() > deadline:
                raise self._unavailable("The download took too long.")
            head = head if len(head) >= _HEAD else (head + chunk)[:_HEAD]
            file.write(chunk)
        if received == 0 or (declared is not None and received != declared):
            raise self._unavailable("The download was cut off.")
        content_type = sniff(head)
        if content_type is None:
            raise self._broken("The result is not what it should be.")
        return content_type

    def _unavailable(self, message: str) -> ProviderError:
        return ProviderUnavailable(message, provider=self.provider)

    def _broken(self, message: str) -> ProviderError:
        return ProviderBroken(message, provider=self.provider)

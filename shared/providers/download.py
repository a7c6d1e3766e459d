"""Download of a provider's result: bounded, verified, and only from where it may come.

A provider's answer names the address, so the address is data from outside. In production it must be HTTPS
and lead to a public host; the address that was checked is the one that is connected to, so that a second
answer of the name server changes nothing. Redirects are not followed.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO
from urllib.parse import SplitResult, urlsplit

from shared.errors import ProviderBroken, ProviderError, ProviderUnavailable

CONNECT_SECONDS = 10.0
STALL_SECONDS = 30.0
"""Longest silence within a download."""

_CHUNK = 1 << 18
_HEAD = 16
_URL_CHARACTERS = 4096
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


def is_loopback(host: str | None) -> bool:
    """Whether a host of a configured base URL is this machine: only a test or a laptop has one."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


class Downloader:
    """Downloads results of one provider."""

    def __init__(self, provider: str, *, loopback_allowed: bool) -> None:
        self.provider = provider
        self._loopback_allowed = loopback_allowed

    def download(self, url: str, into: Path, *, sniff: Sniff, limits: DownloadLimits) -> str:
        """Write what `url` holds to `into`, all of it or nothing; returns its content type.

        Raises:
            LinkExpired: 401, 403, 404 or 410.
            ProviderUnavailable: No connection, another status, a cut or stalled transfer. Trying again helps.
            ProviderBroken: An address or a size that is not allowed, or bytes of another kind.

        """
        deadline = time.monotonic() + limits.seconds_at_most
        partial = into.with_name(f"{into.name}.part")
        try:
            with (
                closing(self._connect(url)) as connection,
                self._get(connection, urlsplit(url)) as response,
                partial.open("wb") as file,
            ):
                self._check_status(response)
                content_type = self._copy(response, file, sniff, limits, deadline)
            partial.replace(into)
        except (OSError, http.client.HTTPException) as exc:
            raise self._unavailable("The connection broke.") from exc
        finally:
            partial.unlink(missing_ok=True)
        return content_type

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Made when it is needed: reading the system's certificates takes as long as a small download."""
        return ssl.create_default_context()

    def _connect(self, url: str) -> http.client.HTTPConnection:
        parts = self._checked(url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        connection = http.client.HTTPConnection(host, port, timeout=STALL_SECONDS)
        sock = socket.create_connection((self._address(host, port), port), timeout=CONNECT_SECONDS)
        try:
            sock.settimeout(STALL_SECONDS)
            connection.sock = (
                self._tls.wrap_socket(sock, server_hostname=host) if parts.scheme == "https" else sock
            )
        except OSError:
            sock.close()
            raise
        return connection

    def _checked(self, url: str) -> SplitResult:
        """The parts of an address that we may open at all."""
        try:
            parts = urlsplit(url)
            allowed = parts.port is None or parts.port > 0
        except ValueError as exc:
            raise self._broken("The address of the result can't be read.") from exc
        local = self._loopback_allowed and is_loopback(parts.hostname) and parts.scheme == "http"
        readable = url.isascii() and url.isprintable() and " " not in url and len(url) <= _URL_CHARACTERS
        if not (readable and allowed and parts.hostname and (parts.scheme == "https" or local)):
            raise self._broken("The address of the result is not one that we open.")
        return parts

    def _address(self, host: str, port: int) -> str:
        """The host's address, if all of its addresses are public."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
        for address in addresses:
            public = address.is_global and not address.is_multicast
            if not (public or (self._loopback_allowed and address.is_loopback)):
                raise self._broken("The address of the result is not public.")
        if not addresses:
            raise self._unavailable("The host of the result has no address.")
        return str(addresses[0])

    def _get(self, connection: http.client.HTTPConnection, parts: SplitResult) -> http.client.HTTPResponse:
        target = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
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

"""The way out to addresses that others name: a provider's answer, a customer's webhook.

Such an address is data from outside. It must be HTTPS and lead to a public host. The address that was
checked is the one that is connected to, so that a second answer of the name server changes nothing. The
certificate is checked against the name. Redirects are not followed, and no proxy of the environment is used.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias
from urllib.parse import SplitResult, urlsplit

from shared.errors import AddressRefused

PUBLIC_PORT = 443
"""The one port of the outside: the network's own rules let functions call no other one."""

MAX_URL_CHARACTERS = 4096

_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
_UNICAST = ipaddress.ip_network("2000::/3")
_SPECIAL = [
    ipaddress.ip_network(each)
    for each in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16", "3fff::/20")
]
"""Of IANA's special addresses those that some version of Python takes for global: among them Teredo and
6to4, which carry an IPv4 address that may be a private one. (NAT64's and mapped ones are no unicast.)"""

Resolve: TypeAlias = Callable[[str, int], Sequence[str]]
"""The addresses of a host. Raises OSError where it has none."""

Dial: TypeAlias = Callable[[tuple[str, int], float], socket.socket]
"""Connects to an address and port within so many seconds. Raises OSError."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a connection may take, in seconds."""

    connect: float
    silence: float
    """Between two pieces of the answer."""

    total: float
    """From the first packet to the last one. (The name server's answer comes before it.)"""


def addresses_of(host: str, port: int) -> list[str]:
    """What the machine's own name server says."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a..b: it is not even asked for
        raise OSError("The host's name cannot be one.") from error
    return [str(entry[4][0]) for entry in found]


def dial(address: tuple[str, int], seconds: float) -> socket.socket:
    """A TCP connection."""
    return socket.create_connection(address, timeout=seconds)


@cache
def public_trust() -> ssl.SSLContext:
    """The system's certificates, read when they are needed: that takes as long as a small download."""
    return ssl.create_default_context()


@dataclass(frozen=True, slots=True)
class WayOut:
    """Opens addresses that others name. With `loopback_allowed`, this machine's too, and by plain HTTP."""

    loopback_allowed: bool = False
    resolve: Resolve = addresses_of
    dial: Dial = dial
    trust: Callable[[], ssl.SSLContext] = public_trust

    def check(self, url: str) -> SplitResult:
        """The parts of an address that may be opened. Asks no name server. Raises AddressRefused."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as exc:
            raise AddressRefused("The address can't be read.") from exc
        local = self.loopback_allowed and is_loopback(parts.hostname)
        readable = url.isascii() and url.isprintable() and " " not in url and len(url) <= MAX_URL_CHARACTERS
        reachable = parts.scheme == "https" and port in {None, PUBLIC_PORT}
        anonymous = parts.username is None and parts.password is None
        if local and parts.scheme in {"http", "https"}:
            reachable = port is None or port > 0
        if not (readable and reachable and anonymous and parts.hostname):
            raise AddressRefused(
                "The address is not one that we open: it must begin with https://, and can have no port but"
                f" {PUBLIC_PORT}, no user and no password."
            )
        with suppress(ValueError):  # a name: what it stands for is looked up when it is opened
            self._check_address(parts.hostname)
        return parts

    @contextmanager
    def open(self, url: str, patience: Patience) -> Iterator[http.client.HTTPConnection]:
        """A connection to the address's host, open as long as the block lasts and patience allows.

        Raises AddressRefused, and OSError or HTTPException for whatever the network does.
        """
        parts = self.check(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        address = self._address(host, port)
        give_up_at = time.monotonic() + patience.total
        sock = self.dial((address, port), patience.connect)
        sock.settimeout(patience.silence)
        if parts.scheme == "https":
            try:
                # The handshake comes later, when somebody looks at the clock.
                sock = self.trust().wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
            except OSError:
                sock.close()
                raise
        connection = http.client.HTTPConnection(host, port)
        connection.default_port = 443 if parts.scheme == "https" else 80
        connection.sock = sock
        with closing(connection), _cut_off(sock, give_up_at - time.monotonic()):
            if isinstance(sock, ssl.SSLSocket):
                sock.do_handshake()
            yield connection

    def _address(self, host: str, port: int) -> str:
        """The address to connect to, if all of the host's addresses may be."""
        found = self.resolve(host, port)
        if not found:
            raise OSError("The host has no address.")
        for each in found:
            self._check_address(each)
        return found[0]

    def _check_address(self, text: str) -> None:
        """Raises AddressRefused, and ValueError for what is no address at all."""
        address = ipaddress.ip_address(text)
        if not (is_public(address) or (self.loopback_allowed and address.is_loopback)):
            raise AddressRefused("The address is not public.")


def is_public(address: _Address) -> bool:
    """Whether an address belongs to a host of the internet, and to nothing nearer."""
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if any(address in each for each in _SPECIAL):
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return True
    return address.scope_id is None and address in _UNICAST  # a zone is one of our own interfaces


def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine, as a URL names it: only a test or a laptop has one."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def target_of(parts: SplitResult) -> str:
    """What a request line says of an address: path and query."""
    target = parts._replace(scheme="", netloc="", fragment="").geturl()
    return target if target.startswith("/") else f"/{target}"


@contextmanager
def _cut_off(sock: socket.socket, seconds: float) -> Iterator[None]:
    """End a connection after so long, whatever it is at: a byte a second never meets a socket's timeout."""
    timer = threading.Timer(max(0.0, seconds), _shut, [sock])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _shut(sock: socket.socket) -> None:
    with suppress(OSError):
        # The base class's: TLS's own would take its state away from under the reader.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)

"""A proxy in front of Postgres that counts how often a client waits for an answer."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self

_CHUNK = 65536
_TYPE_AND_LENGTH = 5
_QUERY, _EXECUTE, _SYNC, _FLUSH, _PASSWORD = b"Q", b"E", b"S", b"H", b"p"
_OPENING = b""
_ASKING = frozenset({_QUERY, _SYNC, _FLUSH, _PASSWORD, _OPENING})
"""After these a client can wait: what else it sends, the server may keep until one of them comes."""


def fewest(proxy: CountingProxy, act: Callable[[], object]) -> int:
    """How often an act waits for Postgres: the least of a few times.

    Between two statements that are sent together Postgres may answer the first, and psycopg may prepare one
    that it has seen before. Neither is what the act needs.
    """
    counts = []
    for _ in range(4):
        before, _ = proxy.totals
        act()
        counts.append(proxy.totals[0] - before)
    return min(counts)


class RoundTrips:
    """Counts over the bytes of one connection, both ways, from its first one on.

    A round trip begins with the first bytes that the client sends after it was answered: statements that go
    out together, in a pipeline, are one. That is so, too, where the first ones' answers fill the server's
    buffer and come before the last ones are sent: nobody has waited for them.
    """

    def __init__(self) -> None:
        self.count = 0
        self.statements = 0
        self._answered = True
        self._asked = False
        self._started = False
        self._rest = b""

    def sent(self, content: bytes) -> None:
        """The client has sent these bytes."""
        if self._answered:
            self.count += 1
            self._answered = False
        self._rest += content
        while (message := self._take()) is not None:
            self.statements += message in (_QUERY, _EXECUTE)
            self._asked |= message in _ASKING

    def received(self) -> None:
        """The server has sent something."""
        if self._asked:
            self._asked, self._answered = False, True

    def _take(self) -> bytes | None:
        """The type of the next whole message; the first one, which opens the connection, has none."""
        header = _TYPE_AND_LENGTH if self._started else _TYPE_AND_LENGTH - 1
        if len(self._rest) < header:
            return None
        (length,) = struct.unpack("!I", self._rest[header - 4 : header])
        end = header - 4 + length
        if len(self._rest) < end:
            return None
        message = self._rest[:1] if self._started else _OPENING
        self._started, self._rest = True, self._rest[end:]
        return message


class CountingProxy:
    """Forwards every connection to a Postgres that speaks without TLS, and counts over all of them."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._connections: list[tuple[RoundTrips, socket.socket, socket.socket]] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    @property
    def port(self) -> int:
        """Where clients connect to, on 127.0.0.1."""
        return int(self._listener.getsockname()[1])

    @property
    def totals(self) -> tuple[int, int]:
        """Round trips and statements until now."""
        counted = [each for each, *_ in self._connections]
        return sum(each.count for each in counted), sum(each.statements for each in counted)

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *how: object) -> None:
        for _, client, server in self._connections:
            _shut(client)
            _shut(server)
        # A thread in accept() is woken by a shutdown; a close alone leaves it asleep.
        _shut(self._listener)
        for each in self._threads:
            each.join(5)
        self._listener.close()
        for _, client, server in self._connections:
            client.close()
            server.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed: the proxy ends
                return
            server = socket.create_connection(self._target)
            for end in (client, server):  # else small messages wait 40 ms for one another
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            counted = RoundTrips()
            self._connections.append((counted, client, server))
            for work in (self._forward_sent, self._forward_received):
                thread = threading.Thread(target=work, args=(counted, client, server), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _forward_sent(self, counted: RoundTrips, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):  # the connection is over
            while content := client.recv(_CHUNK):
                counted.sent(content)
                server.sendall(content)
        _shut(server)

    def _forward_received(self, counted: RoundTrips, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):  # the connection is over
            while content := server.recv(_CHUNK):
                counted.received()  # before the client sees it, and can answer
                client.sendall(content)
        _shut(client)


def _shut(end: socket.socket) -> None:
    with suppress(OSError):  # the other side was quicker
        end.shutdown(socket.SHUT_RDWR)

"""Free ports on 127.0.0.1, the same as last time where they are still free."""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Sequence
from pathlib import Path

HOST = "127.0.0.1"

_RANGE = range(15_000, 32_000)
"""Below what Linux and macOS take for connections to elsewhere, which could take a port before it opens."""

_TRIES = 1000


class Ports:
    """A port for each name. What `remembered` says is taken if free; the choice is written there.

    A port is free for a moment between its choice and the start of the program that opens it. So that two
    stacks which start at once never choose the same, each keeps the UDP port of the same number, which
    nobody uses, until `close`.
    """

    def __init__(self, names: Sequence[str], remembered: Path) -> None:
        before = _read(remembered)
        self._held: list[socket.socket] = []
        self.numbers: dict[str, int] = {}
        try:
            for name in names:
                self.numbers[name] = self._reserve(before.get(name))
        except BaseException:
            self.close()
            raise
        remembered.write_text(json.dumps(self.numbers, indent=2))

    def close(self) -> None:
        """Let others have them."""
        while self._held:
            self._held.pop().close()

    def _reserve(self, wanted: int | None) -> int:
        candidates = [] if wanted is None else [wanted]
        candidates += random.choices(_RANGE, k=_TRIES)  # noqa: S311 - no secret
        for port in candidates:
            mark = _bound(port, socket.SOCK_DGRAM)
            if mark is None:
                continue
            probe = _bound(port, socket.SOCK_STREAM)
            if probe is not None:
                probe.close()
                self._held.append(mark)
                return port
            mark.close()
        raise OSError("This machine has no free port.")


def _read(remembered: Path) -> dict[str, int]:
    """The last choice; nothing where there was none, or a kill has cut it off."""
    try:
        ports: dict[str, int] = json.loads(remembered.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return ports


def _bound(port: int, kind: socket.SocketKind) -> socket.socket | None:
    candidate = socket.socket(socket.AF_INET, kind)
    if kind is socket.SOCK_STREAM:  # a port that was closed a moment ago is free
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        candidate.bind((HOST, port))
    except OSError:
        candidate.close()
        return None
    return candidate

"""Free ports on 127.0.0.1, the same as last time where they are still free."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from pathlib import Path

HOST = "127.0.0.1"


def choose_ports(names: Sequence[str], remembered: Path) -> dict[str, int]:
    """A port for each name. What `remembered` says is taken if free; the choice is written there."""
    before: dict[str, int] = json.loads(remembered.read_text()) if remembered.exists() else {}
    held: dict[str, socket.socket] = {}
    try:
        for name in names:
            held[name] = _bound(before.get(name, 0)) or _any_port()
        chosen = {name: int(each.getsockname()[1]) for name, each in held.items()}
    finally:
        # All are held until all are chosen, so that none is chosen twice.
        for each in held.values():
            each.close()
    remembered.write_text(json.dumps(chosen, indent=2))
    return chosen


def _bound(port: int) -> socket.socket | None:
    candidate = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        candidate.bind((HOST, port))
    except OSError:
        candidate.close()
        return None
    return candidate


def _any_port() -> socket.socket:
    found = _bound(0)
    if found is None:
        raise OSError("This machine has no free port.")
    return found

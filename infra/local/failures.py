"""What can go wrong on a laptop, in words for the person in front of it."""

from __future__ import annotations

from pathlib import Path

_TAIL_LINES = 15


class StackFailed(RuntimeError):
    """The local stack cannot start, or cannot go on. The message says which part, why, and what to do."""


class NotStarted(StackFailed):
    """The stack was not begun with: nothing has broken, it cannot run there. The message says what to do."""


def part_failed(part: str, what: str, log: Path) -> StackFailed:
    """A part that is dead or does not answer, with the tail of its log."""
    return StackFailed(f"{part} {what}\nThe end of its log, {log}:\n{tail(log)}")


def tail(log: Path, lines: int = _TAIL_LINES) -> str:
    """The last lines of a log, indented."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 16_384))
            last = file.read().decode("utf-8", errors="replace").splitlines()[-lines:]
    except OSError:
        last = []
    return "\n".join(f"    {line}" for line in last or ["(empty)"])

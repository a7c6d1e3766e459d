"""Ends what the stack has started when the stack itself is gone, however it went.

It reads lines from its standard input: `+PID SIGNAL` for a process group that was started and how it
wants to be asked to stop, `-PID` for one that is gone. The pipe's other end belongs to the stack. When
that closes, after a clean stop or a kill -9, every group that is left gets its signal, and then SIGKILL.
Runs in a session of its own, so that a signal to the terminal's programs does not reach it. It stands
alone (`python -S -E warden.py`) to start in 10 ms and to be killed by nothing that breaks elsewhere.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable

_GRACE_SECONDS = 3.0


def watch(lines: Iterable[str]) -> dict[int, int]:
    """The groups that are left when the input ends, with their signals."""
    groups: dict[int, int] = {}
    for line in lines:
        words = line.split()
        if line.startswith("+") and len(words) == 2:  # noqa: PLR2004 - PID and signal
            groups[int(words[0])] = int(words[1])
        elif line.startswith("-"):
            groups.pop(-int(words[0]), None)
    return groups


def end(groups: dict[int, int], grace_seconds: float = _GRACE_SECONDS) -> None:
    """Ask every group to stop, wait a little, and kill those that are left."""
    left = {group for group, how in groups.items() if _signalled(group, how)}
    give_up_at = time.monotonic() + grace_seconds
    while left and time.monotonic() < give_up_at:
        time.sleep(0.05)
        left = {group for group in left if _signalled(group, 0)}
    for group in left:
        _signalled(group, signal.SIGKILL)


def _signalled(group: int, how: int) -> bool:
    """Whether there was anybody to get the signal."""
    try:
        os.killpg(group, how)
    except ProcessLookupError:
        return False
    except PermissionError:  # macOS says so of a group of zombies
        return False
    return True


if __name__ == "__main__":
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    end(watch(sys.stdin))

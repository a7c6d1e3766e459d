"""How much memory a function's processes take, where the system tells (Linux)."""

from __future__ import annotations

import os
from pathlib import Path

_PROC = Path("/proc")


def resident_mb(pid: int) -> float:
    """Memory that a process and all its children hold for themselves, in MB; 0 where it cannot be known.

    Pages that are shared with other processes (the interpreter, libraries) are not counted: on AWS a
    function has them once, here all functions have them together.
    """
    total, waiting = 0, [pid]
    while waiting:
        each = waiting.pop()
        total += _private_pages(each)
        waiting += _children(each)
    return total * os.sysconf("SC_PAGE_SIZE") / 1_048_576


def _private_pages(pid: int) -> int:
    try:
        _, resident, shared, *_ = (_PROC / str(pid) / "statm").read_text().split()
    except (OSError, ValueError):
        return 0
    return int(resident) - int(shared)


def _children(pid: int) -> list[int]:
    try:
        threads = list((_PROC / str(pid) / "task").iterdir())
        return [int(child) for each in threads for child in (each / "children").read_text().split()]
    except OSError:
        return []

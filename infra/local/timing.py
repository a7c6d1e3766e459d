"""How long each step of the start took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Timing:
    """Seconds by step. Steps that run beside each other overlap."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._steps: dict[str, tuple[float, float]] = {}

    @contextmanager
    def of(self, step: str) -> Iterator[None]:
        """Time what happens inside."""
        begun = time.monotonic()
        yield
        self._steps[step] = (begun - self._begun, time.monotonic() - self._begun)

    @property
    def total_seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self._begun

    def report(self) -> str:
        """One line per step: from when to when."""
        lines = [f"{name:<16} {begin:6.2f} to {end:6.2f} s" for name, (begin, end) in self._steps.items()]
        return "\n".join([*lines, f"{'in all':<16} {self.total_seconds:6.2f} s", ""])

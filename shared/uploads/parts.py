"""How a large file is cut: by its size alone, so that nobody has to remember it."""

from __future__ import annotations

PART_BYTES = 16 * 1024**2
"""64 parts for the largest file; storage takes no part but the last of less than 5 MiB."""


def part_sizes(size_bytes: int) -> list[int]:
    """The size of each part, in order; the first has the number 1."""
    whole, rest = divmod(size_bytes, PART_BYTES)
    return [PART_BYTES] * whole + ([rest] if rest else [])

"""The boxes that an MP4 file is made of.

4 bytes of length, 4 of type, then the content, which for some types is a sequence of boxes again.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Protocol

MAX_TOP_LEVEL_BOXES = 10_000
HEADER_BYTES = 8


class Readable(Protocol):
    """An open file, here or elsewhere."""

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a place."""

    def tell(self) -> int:
        """The place."""


def top_level(file: Readable) -> Iterator[tuple[bytes, int]]:
    """Type and content size of each box; the file stands at the content when it is yielded."""
    for _ in range(MAX_TOP_LEVEL_BOXES):
        header = file.read(HEADER_BYTES)
        if len(header) < HEADER_BYTES:
            return
        size, kind = struct.unpack(">I4s", header)
        start = file.tell() - HEADER_BYTES
        if size == 1:
            size = int.from_bytes(file.read(8), "big")
        elif size == 0:  # the last box, as long as the file
            size = file.seek(0, 2) - start
            file.seek(start + HEADER_BYTES)
        content = file.tell()
        if size < content - start:
            return
        yield kind, start + size - content
        file.seek(start + size)


def children(box: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Type and content of each box in a box."""
    at = 0
    while at + HEADER_BYTES <= len(box):
        size, kind = struct.unpack_from(">I4s", box, at)
        if size < HEADER_BYTES:
            return
        yield kind, box[at + HEADER_BYTES : at + size]
        at += size


def child(box: memoryview, wanted: bytes) -> memoryview:
    """The first box of a type; an empty one where there is none."""
    return next((content for kind, content in children(box) if kind == wanted), memoryview(b""))


def only(box: memoryview, wanted: bytes) -> memoryview:
    """The one box of a type; an empty one where there is none, or more than one."""
    found = [content for kind, content in children(box) if kind == wanted]
    return found[0] if len(found) == 1 else memoryview(b"")


def number(box: bytes | memoryview, at: int) -> int:
    """Four bytes of a box as a number; 0 where the box ends before."""
    return int.from_bytes(box[at : at + 4], "big") if len(box) >= at + 4 else 0

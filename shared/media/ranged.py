"""A file that is elsewhere, read in blocks as they are needed, and only so many of them."""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Callable

from shared.errors import MediaError

BLOCK_BYTES = 512 * 1024
KEPT_BLOCKS = 80
"""40 MiB: the largest index that is taken, and what stands around it."""

Fetch = Callable[[int, int], bytes]
"""The bytes from the first to the last, both included."""


class RangedFile(io.RawIOBase):
    """Looks like an open file of `size` bytes. Raises MediaError once it has fetched `most_bytes`.

    A hostile file can send its reader to and fro; what was fetched lately is kept, the rest is counted.
    """

    def __init__(self, size: int, fetch: Fetch, *, most_bytes: int) -> None:
        super().__init__()
        self._size = size
        self._fetch = fetch
        self._left = most_bytes
        self._at = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """At any place."""
        return True

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place: from the start, from here, or from the end."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def read(self, size: int = -1, /) -> bytes:
        """As many bytes as there are, up to `size`."""
        end = self._size if size < 0 else min(self._size, self._at + size)
        pieces: list[bytes] = []
        while self._at < end:
            number, start = divmod(self._at, BLOCK_BYTES)
            piece = self._block(number)[start : start + end - self._at]
            pieces.append(piece)
            self._at += len(piece)
        return b"".join(pieces)

    def _block(self, number: int) -> bytes:
        if number in self._blocks:
            self._blocks.move_to_end(number)
            return self._blocks[number]
        first = number * BLOCK_BYTES
        last = min(self._size, first + BLOCK_BYTES) - 1
        self._left -= last - first + 1
        if self._left < 0:
            raise MediaError("The file is too scattered to be looked into. Send it with its index in front.")
        block = self._fetch(first, last)
        self._blocks[number] = block
        if len(self._blocks) > KEPT_BLOCKS:
            self._blocks.popitem(last=False)
        return block

"""The few facts of an MP4 file that its demuxer does not tell: how it is turned, and where its index is.

An MP4 file is a sequence of boxes: 4 bytes of length, 4 of type, then the content, which for some
types is a sequence of boxes again. Only the index (`moov`) is read, never the pictures.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from shared.errors import MediaError

MAX_INDEX_BYTES = 32 * 1024 * 1024
"""Of `moov`: an hour of video needs about 3 MB."""

_MAX_TOP_LEVEL_BOXES = 10_000
_HEADER_BYTES = 8
_UNIT = 0x10000  # matrices hold 16.16 fixed-point numbers
_Matrix = tuple[int, int, int, int]
_IDENTITY: _Matrix = (_UNIT, 0, 0, _UNIT)


@dataclass(frozen=True, slots=True)
class Layout:
    """`index_first`: a player can start before it has the whole file. `matrix`: how the picture is turned,
    mirrored or stretched when it is shown, as a, b, c, d of x' = ax + cy, y' = bx + dy.
    """

    index_first: bool
    matrix: _Matrix

    @property
    def upright(self) -> bool:
        """Shown as it is stored."""
        return self.matrix == _IDENTITY

    @property
    def rotation(self) -> int:
        """Degrees clockwise by which the picture is turned when shown, 0–359."""
        a, b, _, _ = self.matrix
        return round(math.degrees(math.atan2(b, a))) % 360


def read_layout(path: Path) -> Layout:
    """The layout of an MP4 or QuickTime file. MediaError when it is not one, or has no index."""
    with path.open("rb") as file:
        if file.read(12)[4:8] != b"ftyp":
            raise MediaError("The file is not an MP4 video.")
        file.seek(0)
        media_seen = False
        for kind, size in _top_level(file):
            if kind == b"moov":
                if size > MAX_INDEX_BYTES:
                    raise MediaError("The video's index is too large.")
                return Layout(index_first=not media_seen, matrix=_display_matrix(file.read(size)))
            media_seen = media_seen or kind == b"mdat"
    raise MediaError("The video is incomplete: it has no index.")


def _top_level(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Type and content size of each box; the file stands at the content when it is yielded."""
    for _ in range(_MAX_TOP_LEVEL_BOXES):
        header = file.read(_HEADER_BYTES)
        if len(header) < _HEADER_BYTES:
            return
        size, kind = struct.unpack(">I4s", header)
        start = file.tell() - _HEADER_BYTES
        if size == 1:
            size = int.from_bytes(file.read(8), "big")
        elif size == 0:  # the last box, as long as the file
            size = file.seek(0, 2) - start
            file.seek(start + _HEADER_BYTES)
        content = file.tell()
        if size < content - start:
            return
        yield kind, start + size - content
        file.seek(start + size)


def _children(box: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    at = 0
    while at + _HEADER_BYTES <= len(box):
        size, kind = struct.unpack_from(">I4s", box, at)
        if size < _HEADER_BYTES:
            return
        yield kind, box[at + _HEADER_BYTES : at + size]
        at += size


def _child(box: memoryview, wanted: bytes) -> memoryview:
    return next((content for kind, content in _children(box) if kind == wanted), memoryview(b""))


def _display_matrix(index: bytes) -> _Matrix:
    """The movie's own matrix times that of its first video track."""
    movie = memoryview(index)
    whole = _matrix(_child(movie, b"mvhd"), 36, 48)
    for kind, track in _children(movie):
        handler = _child(_child(track, b"mdia"), b"hdlr")
        if kind == b"trak" and bytes(handler[8:12]) == b"vide":
            a, b, c, d = _matrix(_child(track, b"tkhd"), 40, 52)
            e, f, g, h = whole
            products = (a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h)
            x, y, z, w = (product // _UNIT for product in products)
            return (x, y, z, w)
    return _IDENTITY


def _matrix(header: memoryview, offset: int, offset_in_version_1: int) -> _Matrix:
    """a, b, c, d out of a `mvhd` or `tkhd` box, whose version 1 has longer times before them."""
    if not header:
        return _IDENTITY
    at = offset_in_version_1 if header[0] == 1 else offset
    if len(header) < at + 20:
        raise MediaError("The video's index is damaged.")
    a, b, _, c, d = struct.unpack_from(">5i", header, at)
    return (a, b, c, d)

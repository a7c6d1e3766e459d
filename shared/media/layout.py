"""The few facts of an MP4 file that its demuxer does not tell: how it is turned, and where its index is.

Only the index (`moov`, and `moof` in a fragmented file) is read, never the pictures.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

from shared.errors import MediaError
from shared.media.boxes import Readable, child, children, top_level
from shared.media.counts import check_counts

MAX_INDEX_BYTES = 32 * 1024 * 1024
"""Of `moov`: an hour of video needs about 3 MB."""

_UNIT = 0x10000  # matrices hold 16.16 fixed-point numbers
_Matrix = tuple[int, int, int, int]
_IDENTITY: _Matrix = (_UNIT, 0, 0, _UNIT)


@dataclass(frozen=True, slots=True)
class Layout:
    """`index_first`: a player can start before it has the whole file. `fragmented`: each piece has an index
    of its own. `quicktime`: the file says that it is one. `matrix`: how the picture is turned, mirrored or
    stretched when it is shown, as a, b, c, d of x' = ax + cy, y' = bx + dy.
    """

    index_first: bool
    fragmented: bool
    quicktime: bool
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


def read_layout(file: Readable) -> Layout:
    """The layout of an MP4 or QuickTime file.

    MediaError when it is not one, has no index, or counts more samples than a video can have.
    """
    file.seek(0)
    head = file.read(12)
    if head[4:8] != b"ftyp":
        raise MediaError("The file is not an MP4 video.")
    file.seek(0)
    layout: Layout | None = None
    media_seen = False
    for kind, size in top_level(file):
        if kind in {b"moov", b"moof"}:
            index = _index(file, size)
            if kind == b"moov":
                layout = _layout(index, head, index_first=not media_seen)
        if layout is not None and not layout.fragmented:
            return layout
        media_seen = media_seen or kind == b"mdat"
    if layout is None:
        raise MediaError("The video is incomplete: it has no index.")
    return layout


def _index(file: Readable, size: int) -> memoryview:
    if size > MAX_INDEX_BYTES:
        raise MediaError("The video's index is too large.")
    content = file.read(size)
    check_counts(content)
    return memoryview(content)


def _layout(index: memoryview, head: bytes, *, index_first: bool) -> Layout:
    return Layout(
        index_first=index_first,
        fragmented=any(kind == b"mvex" for kind, _ in children(index)),
        quicktime=head[8:12] == b"qt  ",
        matrix=_display_matrix(index),
    )


def _display_matrix(movie: memoryview) -> _Matrix:
    """The movie's own matrix times that of its first video track."""
    whole = _matrix(child(movie, b"mvhd"), 36, 48)
    for kind, track in children(movie):
        handler = child(child(track, b"mdia"), b"hdlr")
        if kind == b"trak" and bytes(handler[8:12]) == b"vide":
            a, b, c, d = _matrix(child(track, b"tkhd"), 40, 52)
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

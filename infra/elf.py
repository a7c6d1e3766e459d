"""Making shared libraries smaller without tools: a copy with only what the loader maps into memory.

Wheels carry debugging information (PyAV's 30 MB of it), and Lambda's limit counts every byte. The
loader reads a library by its program headers alone; what none of them covers (debug sections, symbol
tables of the linker, the section headers) is left out here, and the rest moves together.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import NamedTuple

_MAGIC = b"\x7fELF\x02\x01"
"""64 bits, little-endian: both of Lambda's processors."""

_HEADER_BYTES = 64
_PROGRAM_HEADER = struct.Struct("<IIQQQQQQ")
_SECTION_FIELDS_AT = 58
"""In the file's header: size, number and name index of section headers, two bytes each."""

_LOAD = 1
_PAGE_BYTES = 4096
"""Memory pages on Lambda, on both processors. Wheels for arm64 are laid out for pages of up to 64 kB, and
so are mostly padding between their segments."""


class _Segment(NamedTuple):
    kind: int
    flags: int
    offset: int
    virtual_address: int
    physical_address: int
    file_size: int
    memory_size: int
    alignment: int

    @property
    def page_aligned(self) -> _Segment:
        """The same with no stricter an alignment than the pages ask for."""
        return self._replace(alignment=min(self.alignment, _PAGE_BYTES)) if self.kind == _LOAD else self


class _Piece(NamedTuple):
    """A stretch of the file that moves as one."""

    start: int
    end: int
    target: int


def is_library(content: bytes) -> bool:
    """Whether this is an ELF file of a kind that `compacted` takes."""
    return content[: len(_MAGIC)] == _MAGIC


def compact_libraries(folder: Path) -> int:
    """Compact every library below a folder, in place; returns the bytes that were saved."""
    saved = 0
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file() or ".so" not in path.name:
            continue
        content = path.read_bytes()
        if is_library(content):
            smaller = compacted(content)
            if len(smaller) < len(content):
                _replace(path, smaller)
                saved += len(content) - len(smaller)
    return saved


def _replace(path: Path, content: bytes) -> None:
    # A new file, because an installer may have linked this one from its cache.
    beside = path.with_name(f"{path.name}.compacted")
    beside.write_bytes(content)
    beside.chmod(path.stat().st_mode)
    beside.replace(path)


def compacted(content: bytes) -> bytes:
    """The same library for the loader: every segment has its bytes and its address, on pages of 4 kB."""
    table, entry_bytes, count = _program_headers_at(content)
    segments = [
        _Segment(*_PROGRAM_HEADER.unpack_from(content, table + index * entry_bytes)).page_aligned
        for index in range(count)
    ]
    pieces = _arranged(segments, (table, table + count * entry_bytes))
    result = bytearray(pieces[-1].target + pieces[-1].end - pieces[-1].start)
    for piece in pieces:
        result[piece.target : piece.target + piece.end - piece.start] = content[piece.start : piece.end]
    new_table = _moved(table, pieces)
    for index, segment in enumerate(segments):
        offset = _moved(segment.offset, pieces) if segment.file_size else segment.offset
        _PROGRAM_HEADER.pack_into(result, new_table + index * entry_bytes, *segment._replace(offset=offset))
    struct.pack_into("<Q", result, 32, new_table)
    struct.pack_into("<Q", result, 40, 0)
    struct.pack_into("<HHH", result, _SECTION_FIELDS_AT, 0, 0, 0)
    return bytes(result)


def _program_headers_at(content: bytes) -> tuple[int, int, int]:
    (offset,) = struct.unpack_from("<Q", content, 32)
    entry_bytes, count = struct.unpack_from("<HH", content, 54)
    return offset, entry_bytes, count


def _arranged(segments: list[_Segment], table: tuple[int, int]) -> list[_Piece]:
    """What is kept, in order, and where it goes: as early as its segment's alignment allows."""
    kept = [(0, _HEADER_BYTES, 1), (*table, 1)]
    kept += [
        (each.offset, each.offset + each.file_size, max(1, each.alignment))
        for each in segments
        if each.file_size
    ]
    pieces: list[_Piece] = []
    position = 0
    for start, end, alignment in _merged(kept):
        # Offset and address agree modulo the alignment, and go on doing so.
        target = position + (start - position) % alignment
        pieces.append(_Piece(start, end, target))
        position = target + end - start
    return pieces


def _merged(stretches: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Overlapping stretches as one, with the strictest alignment of them."""
    merged: list[tuple[int, int, int]] = []
    for start, end, alignment in sorted(stretches):
        if merged and start <= merged[-1][1]:
            before = merged.pop()
            merged.append((before[0], max(before[1], end), max(before[2], alignment)))
        else:
            merged.append((start, end, alignment))
    return merged


def _moved(offset: int, pieces: list[_Piece]) -> int:
    piece = next(each for each in pieces if each.start <= offset <= each.end)
    return piece.target + offset - piece.start

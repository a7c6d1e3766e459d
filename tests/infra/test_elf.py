from __future__ import annotations

import shutil
import struct
import subprocess
import sys
from pathlib import Path

import PIL
import pytest
from hypothesis import given, strategies as st

from infra.elf import compact_libraries, compacted, is_library

PAGE = 4096
LOAD, DYNAMIC = 1, 2


def _library(loads: list[tuple[int, bytes]], gap: int, alignment: int) -> bytes:
    """An ELF file with loadable segments at addresses, and what nobody loads between them."""
    table = 64 + 56 * len(loads)
    position = table
    headers, content = [], bytearray()
    for address, data in loads:
        position += gap
        position += (address - position) % alignment
        headers.append(
            struct.pack("<IIQQQQQQ", LOAD, 4, position, address, address, len(data), len(data), alignment)
        )
        content.extend(b"\xdd" * (position - table - len(content)))
        content.extend(data)
        position += len(data)
    start = struct.pack(
        "<6s10xHHIQQQIHHHHHH", b"\x7fELF\x02\x01", 3, 183, 1, 0, 64, 7777, 0, 64, 56, len(loads), 64, 9, 8
    )
    return start + b"".join(headers) + bytes(content) + b"\xdd" * gap


def _segments(content: bytes) -> list[tuple[int, bytes, int, int]]:
    """Type, bytes, address and alignment of every segment; offsets must agree with addresses."""
    (table,) = struct.unpack_from("<Q", content, 32)
    (count,) = struct.unpack_from("<H", content, 56)
    found = []
    for index in range(count):
        kind, _, offset, address, _, size, _, alignment = struct.unpack_from(
            "<IIQQQQQQ", content, table + 56 * index
        )
        if kind == LOAD and size:
            assert offset % alignment == address % alignment
        assert offset + size <= len(content) or not size
        found.append((kind, content[offset : offset + size], address, alignment))
    return found


@given(
    st.lists(
        st.tuples(st.integers(0, 200_000), st.binary(min_size=1, max_size=5000)), min_size=1, max_size=4
    ),
    st.integers(0, 20_000),
    st.sampled_from([PAGE, 0x10000]),
)
def test_every_segment_keeps_its_bytes_and_its_address(
    loads: list[tuple[int, bytes]], gap: int, alignment: int
) -> None:
    before = _library(loads, gap, alignment)
    after = compacted(before)
    assert [(each[1], each[2]) for each in _segments(after)] == [
        (each[1], each[2]) for each in _segments(before)
    ]
    assert {each[3] for each in _segments(after)} == {PAGE}
    assert len(after) <= len(before)


def test_what_nobody_loads_is_left_out() -> None:
    library = _library([(0x10000, b"code" * 100), (0x20000, b"data" * 100)], gap=500_000, alignment=PAGE)
    smaller = compacted(library)
    assert len(library) > 1_000_000
    assert len(smaller) < 3 * PAGE
    assert struct.unpack_from("<Q", smaller, 40) == (0,)
    assert struct.unpack_from("<HHH", smaller, 58) == (0, 0, 0)


def test_compacting_twice_changes_nothing_more() -> None:
    once = compacted(_library([(0x1000, b"a" * 900), (0x9000, b"b" * 900)], gap=10_000, alignment=0x10000))
    assert compacted(once) == once


def test_another_files_content_is_not_taken_for_a_library() -> None:
    assert not is_library(b"\x7fELF\x01\x01")
    assert not is_library(b"")


@pytest.mark.skipif(sys.platform != "linux", reason="the loader of this system reads no ELF")
def test_the_loader_takes_compacted_libraries_and_they_work(tmp_path: Path) -> None:
    package = Path(PIL.__file__).parent
    shutil.copytree(package, tmp_path / "PIL")
    shutil.copytree(package.with_name("pillow.libs"), tmp_path / "pillow.libs")
    assert compact_libraries(tmp_path) > 0
    script = (
        "import io; from PIL import Image, ImageFont; print(Image.core.__file__);"
        "file = io.BytesIO(); Image.new('RGB', (64, 64), (255, 0, 0)).save(file, 'WEBP', lossless=True);"
        "print(Image.open(file).convert('RGB').getpixel((5, 5)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    where, colour = done.stdout.splitlines()
    assert where.startswith(str(tmp_path))
    assert colour == "(255, 0, 0)"


def test_a_file_linked_into_another_place_is_left_alone_there(tmp_path: Path) -> None:
    library = _library([(0x10000, b"x" * 64)], gap=100_000, alignment=PAGE)
    cached, installed = tmp_path / "cache" / "lib.so", tmp_path / "layer" / "lib.so"
    for folder in (cached.parent, installed.parent):
        folder.mkdir()
    cached.write_bytes(library)
    cached.chmod(0o755)
    installed.hardlink_to(cached)
    compact_libraries(installed.parent)
    assert cached.read_bytes() == library
    assert len(installed.read_bytes()) < len(library)
    assert installed.stat().st_mode == cached.stat().st_mode

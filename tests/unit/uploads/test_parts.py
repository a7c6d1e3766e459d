from __future__ import annotations

from hypothesis import given, strategies as st

from shared.uploads.models import MAX_VIDEO_BYTES
from shared.uploads.parts import PART_BYTES, part_sizes

SMALLEST_PART = 5 * 1024**2
MOST_PARTS = 10_000


@given(st.integers(1, MAX_VIDEO_BYTES))
def test_a_file_is_cut_into_parts_that_storage_takes(size: int) -> None:
    sizes = part_sizes(size)
    assert sum(sizes) == size
    assert len(sizes) <= MOST_PARTS
    assert set(sizes[:-1]) <= {PART_BYTES}
    assert 0 < sizes[-1] <= PART_BYTES
    assert PART_BYTES >= SMALLEST_PART

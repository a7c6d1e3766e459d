from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from shared.library.ranges import AskedRange, knows, parse_range, still_is


@pytest.mark.parametrize(
    ("header", "asked"),
    [
        ("bytes=0-", AskedRange(0)),
        ("bytes=0-1", AskedRange(0, 1)),
        ("bytes=5-5", AskedRange(5, 5)),
        ("bytes=-500", AskedRange(suffix=500)),
        ("bytes=-0", AskedRange(suffix=0)),
    ],
)
def test_a_single_range_is_read(header: str, asked: AskedRange) -> None:
    assert parse_range(header) == asked


@pytest.mark.parametrize(
    "header",
    [None, "", "bytes=", "bytes=-", "bytes=5-4", "bytes=0-1,3-4", "items=0-1", "bytes=a-b", "bytes=0x1-2",
     "bytes=" + "9" * 19 + "-", "bytes=٣-٤", "bytes=1-2\n", "bytes = 0-1"],
)  # fmt: skip
def test_a_range_that_makes_no_sense_is_ignored(header: str | None) -> None:
    assert parse_range(header) in {None, AskedRange(1, 2)}
    if header != "bytes=1-2\n":
        assert parse_range(header) is None


@given(
    size=st.integers(1, 10_000),
    most=st.integers(1, 5_000),
    first=st.integers(0, 12_000),
    length=st.one_of(st.none(), st.integers(1, 12_000)),
)
def test_what_is_sent_of_a_range_is_its_beginning(
    size: int, most: int, first: int, length: int | None
) -> None:
    last = None if length is None else first + length - 1
    limits = AskedRange(first, last).within(size, most)
    wanted = range(size)[first : None if last is None else last + 1]
    assert (limits is None) == (len(wanted) == 0)
    if limits is not None:
        assert range(limits[0], limits[1] + 1) == wanted[:most]


@given(size=st.integers(1, 10_000), most=st.integers(1, 5_000), suffix=st.integers(0, 12_000))
def test_what_is_sent_of_a_suffix_is_its_beginning(size: int, most: int, suffix: int) -> None:
    limits = AskedRange(suffix=suffix).within(size, most)
    wanted = range(size)[max(0, size - suffix) :]
    assert (limits is None) == (suffix == 0)
    if limits is not None:
        assert range(limits[0], limits[1] + 1) == wanted[:most]


def test_a_version_is_known_by_its_tag() -> None:
    assert knows('"a"', '"a"')
    assert knows('"b", W/"a"', '"a"')
    assert knows("*", '"a"')
    assert not knows('"b"', '"a"')
    assert not knows(None, '"a"')
    assert still_is(None, '"a"')
    assert still_is('"a"', '"a"')
    assert not still_is('W/"a"', '"a"')
    assert not still_is("Wed, 21 Oct 2015 07:28:00 GMT", '"a"')

"""The parts of HTTP that media players lean on: ranges and validators (RFC 9110, sections 13 and 14)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=(?:(?P<first>\d{1,18})-(?P<last>\d{0,18})|-(?P<suffix>\d{1,18}))", re.ASCII)


@dataclass(frozen=True, slots=True)
class AskedRange:
    """One range of bytes. `last` is None for "to the end"; with `suffix`, the last so many bytes."""

    first: int = 0
    last: int | None = None
    suffix: int | None = None

    def within(self, size: int, most: int) -> tuple[int, int] | None:
        """First and last byte of what is there, at most `most` bytes; None where nothing is."""
        if self.suffix is not None:
            first, last = max(0, size - self.suffix), size - 1
        else:
            first, last = self.first, size - 1 if self.last is None else min(self.last, size - 1)
        return None if first > last else (first, min(last, first + most - 1))


def parse_range(header: str | None) -> AskedRange | None:
    """The one range that a Range header asks for.

    None where it asks for several, in another unit, or makes no sense: such a header is to be ignored.
    """
    found = _RANGE.fullmatch(header.strip()) if header else None
    if found is None:
        return None
    if found["suffix"] is not None:
        return AskedRange(suffix=int(found["suffix"]))
    first, last = int(found["first"]), int(found["last"]) if found["last"] else None
    return None if last is not None and last < first else AskedRange(first, last)


def knows(if_none_match: str | None, etag: str) -> bool:
    """Whether the client has this version already."""
    if if_none_match is None:
        return False
    named = [each.strip().removeprefix("W/") for each in if_none_match.split(",")]
    return "*" in named or etag in named


def still_is(if_range: str | None, etag: str) -> bool:
    """Whether a range is of the version that the client began with. We send no dates, so none matches."""
    return if_range is None or if_range.strip() == etag

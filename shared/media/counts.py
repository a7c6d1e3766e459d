"""How many samples an MP4's index says that there are, before ffmpeg's libraries make room for them.

A table of twenty bytes can count two thousand million samples of one size, and they take 24 bytes for
each. They also look for tables in places where none belongs, and take the last of several. So every table
is found by its name, wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from shared.errors import MediaError
from shared.media.boxes import child, children, number, only

MAX_SAMPLES = 500_000
"""Of one table: two hours of pictures."""
MAX_FRAGMENT_SAMPLES = 50_000
_MAX_SOUND_SAMPLES = 3600 * 192_000
"""Of plain PCM, where each sample is an instant, and 1024 make one entry."""
_SOUND_ENTRY = 1024

_TABLES = re.compile(rb"stsz|stz2")
_RUNS = re.compile(rb"trun")
_COUNT_AT = 12  # after the type: version and flags, the one size or the field size, the count
_RUN_COUNT_AT = 8


def check_counts(index: bytes) -> None:
    """Raises MediaError when an index (`moov`, `moof`) counts more samples than a video can have."""
    if b"cmov" in index:  # an index that is compressed, of which nothing could be said
        raise MediaError("The video's index is compressed.")
    large = sum(number(index, at + _COUNT_AT) > MAX_SAMPLES for at in _places(_TABLES, index))
    if large > sum(_is_plain_sound(track) for track in _tracks(memoryview(index))):
        raise _too_many(MAX_SAMPLES)
    if sum(number(index, at + _RUN_COUNT_AT) for at in _places(_RUNS, index)) > MAX_FRAGMENT_SAMPLES:
        raise _too_many(MAX_FRAGMENT_SAMPLES)


def _places(names: re.Pattern[bytes], index: bytes) -> Iterator[int]:
    return (found.start() for found in names.finditer(index))


def _tracks(movie: memoryview) -> Iterator[memoryview]:
    return (track for kind, track in children(movie) if kind == b"trak")


def _is_plain_sound(track: memoryview) -> bool:
    """A track of PCM with more samples than others may have, of which few entries are made."""
    media = only(track, b"mdia")
    table = only(only(media, b"minf"), b"stbl")
    sizes, times, chunks = only(table, b"stsz"), only(table, b"stts"), only(table, b"stsc")
    lasts_one_tick_each = number(times, 4) == 1 and number(times, 12) == 1
    largest = max((number(chunks, at) for at in range(12, len(chunks) - 3, 12)), default=0)
    offsets = number(only(table, b"stco"), 4) or number(only(table, b"co64"), 4)
    return (
        bytes(only(media, b"hdlr")[8:12]) == b"soun"
        and lasts_one_tick_each
        and MAX_SAMPLES < number(sizes, 8) <= _MAX_SOUND_SAMPLES
        and offsets * (1 + largest // _SOUND_ENTRY) <= 4 * MAX_SAMPLES
        and not child(table, b"stz2")
    )


def _too_many(most: int) -> MediaError:
    return MediaError("The video's index counts too many samples.", details={"maxSamples": most})

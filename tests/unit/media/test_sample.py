from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.errors import MediaError
from shared.media.ffmpeg import run_ffmpeg
from shared.media.probe import probe_video
from shared.media.ranged import BLOCK_BYTES, RangedFile
from shared.media.sample import sample_video

Clips = Callable[[str], Path]


def ranged(content: bytes, most_bytes: int = 10**9) -> RangedFile:
    return RangedFile(len(content), lambda first, last: content[first : last + 1], most_bytes=most_bytes)


@pytest.mark.parametrize(
    ("name", "content_type", "duration_ms"),
    [
        ("plain.mp4", "video/mp4", 1000),
        ("index_first.mp4", "video/mp4", 1000),
        ("hevc_ten_bit.mp4", "video/mp4", 1000),
        ("audio.mp4", "video/mp4", 1000),
        ("fragmented.mp4", "video/mp4", None),
        ("quicktime.mov", "video/quicktime", 1000),
    ],
)
def test_a_video_is_known_from_its_index_and_one_picture(
    clips: Clips, name: str, content_type: str, duration_ms: int | None
) -> None:
    content = clips(name).read_bytes()
    sample = sample_video(ranged(content), len(content))
    assert (sample.content_type, sample.width, sample.height) == (content_type, 320, 180)
    assert sample.duration_ms is None if duration_ms is None else abs((sample.duration_ms or 0) - 1000) < 50


@pytest.mark.parametrize(
    "name",
    [
        "empty.mp4",
        "page.mp4",
        "playlist.mp4",
        "list.mp4",
        "noise.mp4",
        "truncated.mp4",
        "without_index.mp4",
        "huge.mp4",
        "sound_only.mp4",
    ],
)
def test_what_is_no_whole_video_is_refused(clips: Clips, name: str) -> None:
    content = clips(name).read_bytes()
    with pytest.raises(MediaError):
        sample_video(ranged(content), len(content))


def test_an_index_without_pictures_is_refused(clips: Clips) -> None:
    content = bytearray(clips("index_first.mp4").read_bytes())
    media = content.index(b"mdat") + 4
    content[media:] = bytes(len(content) - media)
    with pytest.raises(MediaError):
        sample_video(ranged(bytes(content)), len(content))


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_video_whose_rest_is_empty_is_refused(clips: Clips, share: float) -> None:
    content = bytearray(clips("segment_first.mp4").read_bytes())
    media = content.index(b"mdat") + 4
    kept = media + round((len(content) - media) * share)
    content[kept:] = bytes(len(content) - kept)
    with pytest.raises(MediaError):
        sample_video(ranged(bytes(content)), len(content))


def with_counts(clip: Path, count: int) -> bytes:
    """A video of a few kilobytes whose tables say that it has very many samples."""
    content = bytearray(clip.read_bytes())
    sizes, chunks, times = (content.index(each) for each in (b"stsz", b"stsc", b"stts"))
    struct.pack_into(">II", content, sizes + 8, 1, count)
    struct.pack_into(">I", content, chunks + 16, count)
    struct.pack_into(">I", content, times + 12, count)
    return bytes(content)


def test_an_index_that_counts_more_than_a_video_holds_is_refused_unread(clips: Clips, tmp_path: Path) -> None:
    bomb = with_counts(clips("plain.mp4"), 0x2000000)  # ffmpeg's libraries would take 1.2 GB
    path = tmp_path / "bomb.mp4"
    path.write_bytes(bomb)
    with pytest.raises(MediaError, match="too many samples"):
        sample_video(ranged(bomb), len(bomb))
    with pytest.raises(MediaError, match="too many samples"):
        probe_video(path)


def test_an_index_that_hides_its_tables_is_refused(clips: Clips) -> None:
    bomb = with_counts(clips("plain.mp4"), 0x2000000)
    hidden = bomb.replace(b"stbl", b"edts", 1)  # a place where ffmpeg's libraries find them all the same
    for each in (hidden, clips("plain.mp4").read_bytes().replace(b"mvhd", b"cmov", 1)):
        with pytest.raises(MediaError, match=r"too many samples|compressed"):
            sample_video(ranged(each), len(each))


def test_sound_as_it_is_sampled_may_have_very_many_samples(tmp_path: Path) -> None:
    path = tmp_path / "pcm.mov"
    picture = ("-f", "lavfi", "-i", "testsrc2=size=64x64:rate=5:duration=12")
    sound = ("-f", "lavfi", "-i", "sine=duration=12:sample_rate=48000")
    run_ffmpeg([*picture, *sound, "-c:v", "libx264", "-c:a", "pcm_s16le", path], timeout_seconds=60)
    content = path.read_bytes()
    assert sample_video(ranged(content), len(content)).duration_ms == 12_000


def test_a_fragment_that_counts_more_than_it_holds_is_refused_unread(clips: Clips, tmp_path: Path) -> None:
    content = bytearray(clips("fragmented.mp4").read_bytes())
    run = content.index(b"trun")
    struct.pack_into(">I", content, run + 8, 0x2000000)
    path = tmp_path / "bomb.mp4"
    path.write_bytes(content)
    with pytest.raises(MediaError, match="too many samples"):
        sample_video(ranged(bytes(content)), len(content))
    with pytest.raises(MediaError, match="too many samples"):
        probe_video(path)


def test_a_far_file_reads_like_a_near_one() -> None:
    content = bytes(range(256)) * 8192  # 2 MiB: four blocks
    near, far = io.BytesIO(content), ranged(content)
    for at, whence, size in (
        (0, 0, 10), (BLOCK_BYTES - 5, 0, 10), (-7, 2, 100), (3, 1, 5), (10, 0, BLOCK_BYTES * 3), (0, 0, -1),
        (10**9, 0, 5),
    ):  # fmt: skip
        assert near.seek(at, whence) == far.seek(at, whence)
        assert near.read(size) == far.read(size)
        assert near.tell() == far.tell()


def test_a_reader_that_is_sent_to_and_fro_is_stopped() -> None:
    content = bytes(BLOCK_BYTES * 4)
    far = ranged(content, most_bytes=BLOCK_BYTES * 2)
    far.read(BLOCK_BYTES * 2)
    far.seek(0)
    far.read(BLOCK_BYTES)  # kept
    far.seek(BLOCK_BYTES * 2)
    with pytest.raises(MediaError, match="too scattered"):
        far.read(1)

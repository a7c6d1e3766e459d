from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from PIL import Image, ImageChops, ImageStat

from shared.errors import MediaError
from shared.media.conform import MAX_HELD_FRAMES, check_segment, conform, fitted_size
from shared.media.ffmpeg import run_ffmpeg
from shared.media.formats import CutFormat
from shared.media.probe import probe_video

Clips = Callable[[str], Path]


def pictures(path: Path) -> list[Image.Image]:
    with av.open(str(path), format="mp4") as container:
        return [frame.to_image() for frame in container.decode(video=0)]  # type: ignore[no-untyped-call]


def nearly_equal(first: Image.Image, second: Image.Image) -> bool:
    return ImageStat.Stat(ImageChops.difference(first, second).convert("L")).mean[0] < 1


def decode_strictly(path: Path) -> None:
    run_ffmpeg(["-f", "mp4", "-err_detect", "explode", "-i", path, "-f", "null", "-"], timeout_seconds=60)


@pytest.mark.parametrize(
    "name",
    [
        "plain.mp4", "index_first.mp4", "odd_size.mp4", "odd_rate.mp4", "slow_rate.mp4",
        "other_timescale.mp4", "ten_bit.mp4", "hevc_ten_bit.mp4", "hdr.mp4", "vp9.mp4", "audio.mp4",
        "varying_rate.mp4", "turned.mp4", "fragmented.mp4", "wide_pixels.mp4", "late_start.mp4",
        "quicktime.mov",
    ],
)  # fmt: skip
def test_an_odd_clip_becomes_a_segment(clips: Clips, cut: CutFormat, tmp_path: Path, name: str) -> None:
    segment = tmp_path / "segment.mp4"
    result = conform(clips(name), segment, cut, 24)
    assert not result.copied
    check_segment(result.info, cut, 24)
    assert result.info.index_first
    decode_strictly(segment)
    assert len(pictures(segment)) == 24


def test_a_clip_of_the_cuts_format_is_copied(clips: Clips, cut: CutFormat, tmp_path: Path) -> None:
    result = conform(clips("segment.mp4"), tmp_path / "segment.mp4", cut, 24)
    assert result.copied
    original, copied = pictures(clips("segment.mp4")), pictures(tmp_path / "segment.mp4")
    assert [picture.tobytes() for picture in original] == [picture.tobytes() for picture in copied]


def test_a_longer_clip_of_the_cuts_format_is_cut_by_copying(
    clips: Clips, cut: CutFormat, tmp_path: Path
) -> None:
    result = conform(clips("long.mp4"), tmp_path / "segment.mp4", cut, 31)
    assert result.copied
    assert result.info.frames == 31


def test_a_clip_conformed_once_is_copied_the_second_time(
    clips: Clips, cut: CutFormat, tmp_path: Path
) -> None:
    conform(clips("hevc_ten_bit.mp4"), tmp_path / "first.mp4", cut, 24)
    assert conform(tmp_path / "first.mp4", tmp_path / "second.mp4", cut, 24).copied


def test_the_last_picture_is_held_when_a_clip_is_too_short(
    clips: Clips, cut: CutFormat, tmp_path: Path
) -> None:
    segment = tmp_path / "segment.mp4"
    result = conform(clips("segment.mp4"), segment, cut, 24 + MAX_HELD_FRAMES)
    shown = pictures(segment)
    assert not result.copied
    assert len(shown) == 24 + MAX_HELD_FRAMES
    assert nearly_equal(shown[24], shown[-1])
    assert not nearly_equal(shown[0], shown[-1])


def test_a_clip_far_too_short_is_refused(clips: Clips, cut: CutFormat, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="too short") as caught:
        conform(clips("segment.mp4"), tmp_path / "segment.mp4", cut, 24 + MAX_HELD_FRAMES + 1)
    assert caught.value.details["clipSeconds"] == 1.0


@pytest.mark.parametrize(
    "name",
    [
        "truncated.mp4", "without_index.mp4", "empty.mp4", "page.mp4", "playlist.mp4", "list.mp4",
        "noise.mp4", "huge.mp4", "sound_only.mp4",
    ],
)  # fmt: skip
def test_a_broken_or_hostile_clip_is_refused_and_leaves_no_segment(
    clips: Clips, cut: CutFormat, tmp_path: Path, name: str
) -> None:
    segment = tmp_path / "segment.mp4"
    with pytest.raises(MediaError):
        conform(clips(name), segment, cut, 24)
    assert not segment.exists()


@pytest.mark.parametrize("name", ["segment.mp4", "plain.mp4"])
def test_flipped_bits_are_found_in_copied_and_encoded_clips(
    clips: Clips, cut: CutFormat, tmp_path: Path, name: str
) -> None:
    whole = clips(name).read_bytes()
    first = whole.index(b"mdat") + 64
    last = len(whole) if name == "segment.mp4" else whole.index(b"moov") - 4
    chance = random.Random(7)
    for _ in range(4):
        broken = bytearray(whole)
        for _ in range(20):
            broken[chance.randrange(first, last)] ^= 1 << chance.randrange(8)
        damaged = tmp_path / "damaged.mp4"
        damaged.write_bytes(broken)
        with pytest.raises(MediaError):
            conform(damaged, tmp_path / "out.mp4", cut, 24)


def test_damage_behind_the_last_frame_that_is_used_is_found(
    clips: Clips, cut: CutFormat, tmp_path: Path
) -> None:
    broken = bytearray(clips("long.mp4").read_bytes())
    for at in range(len(broken) - 3000, len(broken) - 1000, 50):
        broken[at] ^= 0xFF
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(broken)
    with pytest.raises(MediaError):
        conform(damaged, tmp_path / "out.mp4", cut, 12)


def test_a_turned_clip_stands_upright_between_black_bars(
    clips: Clips, cut: CutFormat, tmp_path: Path
) -> None:
    conform(clips("turned.mp4"), tmp_path / "segment.mp4", cut, 24)
    shown = pictures(tmp_path / "segment.mp4")[0]
    assert shown.getpixel((20, 90)) == (0, 0, 0)
    assert shown.getpixel((300, 90)) == (0, 0, 0)
    assert sum(shown.getpixel((160, 170))) > 100  # type: ignore[arg-type]


def test_colours_survive(cut: CutFormat, tmp_path: Path) -> None:
    clip = tmp_path / "teal.mp4"
    color = "color=0x20a090:size=1280x720:rate=24:duration=1"
    source = f"{color},format=rgb24,scale=out_color_matrix=bt709,format=yuv420p"
    run_ffmpeg(
        ["-f", "lavfi", "-i", source, "-c:v", "libx264", "-colorspace", "bt709", clip], timeout_seconds=60
    )
    conform(clip, tmp_path / "segment.mp4", cut, 24)
    red, green, blue = pictures(tmp_path / "segment.mp4")[0].getpixel((160, 90))  # type: ignore[misc]
    assert max(abs(red - 0x20), abs(green - 0xA0), abs(blue - 0x90)) <= 4


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ((640, 360), (1280, 720)),
        ((1280, 718), (1280, 720)),  # so near that bars would look like a fault
        ((720, 1280), (404, 720)),
        ((4000, 500), (1280, 160)),
        ((1, 8000), (2, 720)),
        ((960, 960), (720, 720)),
    ],
)
def test_a_picture_fits_inside_the_cut_uncropped(shown: tuple[int, int], expected: tuple[int, int]) -> None:
    assert fitted_size(shown, CutFormat(1280, 720)) == expected


def test_a_segment_with_another_number_of_frames_is_not_let_through(clips: Clips, cut: CutFormat) -> None:
    with pytest.raises(MediaError, match="not in the cut's format"):
        check_segment(probe_video(clips("segment.mp4")), cut, 23)

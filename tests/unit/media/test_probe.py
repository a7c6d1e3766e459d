from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from shared.errors import MediaError
from shared.media.formats import TIMESCALE
from shared.media.layout import read_layout
from shared.media.probe import MAX_VIDEO_BYTES, probe_audio, probe_video

Clips = Callable[[str], Path]
Speech = Callable[..., Path]


def test_a_segment_is_described_by_its_packets(clips: Clips) -> None:
    info = probe_video(clips("segment.mp4"))
    assert (info.codec, info.profile, info.pixel_format) == ("h264", "High", "yuv420p")
    assert (info.width, info.height, info.shown_size, info.upright) == (320, 180, (320, 180), True)
    assert (info.frame_rate, info.time_base) == (Fraction(24), Fraction(1, TIMESCALE))
    assert (info.frames, info.declared_frames) == (24, 24)
    assert (info.start, info.duration) == (Fraction(0), Fraction(1))
    assert (info.color_range, info.color_primaries, info.color_transfer, info.color_matrix) == (1, 1, 1, 1)
    assert info.constant_rate
    assert info.in_order
    assert info.starts_with_key_frame
    assert info.index_first
    assert not info.has_audio
    assert info.captions is None


def test_what_is_odd_about_a_clip_is_seen(clips: Clips) -> None:
    assert probe_video(clips("audio.mp4")).has_audio
    assert not probe_video(clips("plain.mp4")).index_first
    assert not probe_video(clips("varying_rate.mp4")).constant_rate
    assert probe_video(clips("hevc_ten_bit.mp4")).pixel_format == "yuv420p10le"
    assert probe_video(clips("odd_rate.mp4")).frame_rate == Fraction(30000, 1001)
    assert probe_video(clips("odd_rate.mp4")).constant_rate
    assert probe_video(clips("late_start.mp4")).start > 0
    assert not probe_video(clips("late_start.mp4")).in_order
    assert probe_video(clips("fragmented.mp4")).frames == 24
    assert probe_video(clips("wide_pixels.mp4")).shown_size == (640, 180)


def test_a_turned_clip_is_shown_on_its_side(clips: Clips) -> None:
    info = probe_video(clips("turned.mp4"))
    assert info.rotation in (90, 270)
    assert not info.upright
    assert (info.width, info.height) == (320, 180)
    assert info.shown_size == (180, 320)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("truncated.mp4", "truncated or damaged"),
        ("without_index.mp4", "incomplete"),
        ("empty.mp4", "empty"),
        ("page.mp4", "not an MP4 video"),
        ("playlist.mp4", "not an MP4 video"),
        ("list.mp4", "not an MP4 video"),
        ("noise.mp4", "incomplete"),
        ("huge.mp4", "too large"),
        ("sound_only.mp4", "no picture"),
    ],
)
def test_what_is_no_sound_video_is_refused(clips: Clips, name: str, sentence: str) -> None:
    with pytest.raises(MediaError, match=sentence):
        probe_video(clips(name))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="does not exist"):
        probe_video(tmp_path / "missing.mp4")


def test_a_file_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.mp4"
    with path.open("wb") as file:
        file.truncate(MAX_VIDEO_BYTES + 1)
    with pytest.raises(MediaError, match="too large"):
        probe_video(path)


def test_a_clip_cut_off_at_any_place_is_refused_or_loses_nothing(clips: Clips, tmp_path: Path) -> None:
    whole = clips("index_first.mp4").read_bytes()
    path = tmp_path / "part.mp4"
    for share in range(1, 20):
        path.write_bytes(whole[: len(whole) * share // 20])
        with pytest.raises(MediaError):
            probe_video(path)


def test_an_index_full_of_nonsense_is_refused(clips: Clips, tmp_path: Path) -> None:
    whole = bytearray(clips("index_first.mp4").read_bytes())
    start = whole.index(b"moov")
    path = tmp_path / "nonsense.mp4"
    for at in range(start + 8, whole.index(b"mdat"), 24):
        broken = whole.copy()
        broken[at : at + 8] = b"\xff" * 8
        path.write_bytes(broken)
        try:
            info = probe_video(path)
        except MediaError:
            continue
        assert info.frames <= 24  # what is read in spite of it is what is there


def test_the_layout_of_a_box_that_ends_nowhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "boxes.mp4"
    path.write_bytes(b"\x00\x00\x00\x10ftypisom\x00\x00\x00\x00" + b"\x00\x00\x00\x02moov")
    with pytest.raises(MediaError, match="incomplete"), path.open("rb") as file:
        read_layout(file)


@pytest.mark.parametrize("kind", ["wav", "mp3"])
def test_a_sound_is_as_long_as_its_packets(speech: Speech, kind: str) -> None:
    info = probe_audio(speech(1.5, kind=kind))
    assert info.format == kind
    assert (info.channels, info.sample_rate) == (1, 24_000)
    assert abs(info.duration - Fraction(3, 2)) < Fraction(1, 10)


def test_a_truncated_wave_file_is_refused(speech: Speech, tmp_path: Path) -> None:
    path = tmp_path / "part.wav"
    path.write_bytes(speech(1.5).read_bytes()[:20_000])
    with pytest.raises(MediaError, match="truncated"):
        probe_audio(path)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"<html>", b"#EXTM3U\n/etc/passwd\n", b"\xff"])
def test_what_is_no_sound_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "sound.mp3"
    path.write_bytes(content)
    with pytest.raises(MediaError):
        probe_audio(path)


def test_a_video_is_not_taken_for_a_sound(clips: Clips) -> None:
    with pytest.raises(MediaError, match="neither WAV nor MP3"):
        probe_audio(clips("audio.mp4"))

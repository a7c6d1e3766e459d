"""Clips of every kind that could arrive, made once by ffmpeg: small, so that the tests are quick."""

from __future__ import annotations

import wave
from collections.abc import Callable
from math import pi, sin
from pathlib import Path

import pytest

from shared.media.ffmpeg import run_ffmpeg
from shared.media.formats import SEGMENT_ENCODER, CutFormat

_PICTURE = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=24:duration=1")
_H264 = ("-c:v", "libx264", "-preset", "ultrafast")

# Named by what is odd about each; `segment` is the cut's own format.
_RECIPES: dict[str, tuple[str, ...]] = {
    "segment.mp4": (*_PICTURE, *SEGMENT_ENCODER),
    "plain.mp4": (*_PICTURE, *_H264),
    "index_first.mp4": (*_PICTURE, *_H264, "-movflags", "+faststart"),
    "long.mp4": ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=24:duration=2", *SEGMENT_ENCODER),
    "segment_first.mp4": (
        "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=24:duration=4", *_H264, "-g", "8", "-movflags",
        "+faststart",
    ),
    "odd_size.mp4": (
        "-f", "lavfi", "-i", "testsrc2=size=251x333:rate=24:duration=1", "-pix_fmt", "yuv444p", *_H264,
    ),
    "odd_rate.mp4": ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30000/1001:duration=1", *_H264),
    "slow_rate.mp4": ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=10:duration=1", *_H264),
    "other_timescale.mp4": (*_PICTURE, *SEGMENT_ENCODER, "-video_track_timescale", "90000"),
    "ten_bit.mp4": (*_PICTURE, *_H264, "-pix_fmt", "yuv420p10le"),
    "hevc_ten_bit.mp4": (
        *_PICTURE, "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none",
        "-pix_fmt", "yuv420p10le", "-tag:v", "hvc1",
    ),
    "hdr.mp4": (
        *_PICTURE, "-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le", "-x265-params",
        "log-level=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc", "-tag:v", "hvc1",
    ),
    "vp9.mp4": (*_PICTURE, "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"),
    "audio.mp4": (*_PICTURE, "-f", "lavfi", "-i", "sine=duration=1", *_H264, "-c:a", "aac"),
    "varying_rate.mp4": (
        *_PICTURE, *_H264, "-vf", "select='not(mod(n,3))+not(mod(n,5))'", "-fps_mode", "vfr",
    ),
    "fragmented.mp4": (*_PICTURE, *_H264, "-movflags", "frag_keyframe+empty_moov"),
    "wide_pixels.mp4": (*_PICTURE, *_H264, "-vf", "setsar=2"),
    "late_start.mp4": (*_PICTURE, "-c:v", "libx264", "-bf", "3", "-output_ts_offset", "0.5"),
    "quicktime.mov": (*_PICTURE, "-c:v", "prores_ks"),
    "huge.mp4": ("-f", "lavfi", "-i", "color=size=8192x4320:rate=1:duration=1", *_H264),
    "sound_only.mp4": ("-f", "lavfi", "-i", "sine=duration=1", "-c:a", "aac"),
}  # fmt: skip

_TEXTS: dict[str, bytes] = {
    "empty.mp4": b"",
    "page.mp4": b"<!doctype html><html><body>404</body></html>",
    "playlist.mp4": b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsegment.mp4\n#EXT-X-ENDLIST\n",
    "list.mp4": b"ffconcat version 1.0\nfile 'segment.mp4'\n",
    "noise.mp4": b"\x00\x00\x00\x18ftypisom" + bytes(range(256)) * 40,
}

Clips = Callable[[str], Path]


@pytest.fixture(scope="session")
def cut() -> CutFormat:
    return CutFormat(320, 180)


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Clips:
    """Gives the clip of a name; makes it when it is first asked for."""
    folder = tmp_path_factory.mktemp("clips")

    def clip(name: str) -> Path:
        path = folder / name
        if not path.exists():
            _make(path, clip)
        return path

    return clip


def _make(path: Path, clip: Clips) -> None:
    if path.name in _TEXTS:
        path.write_bytes(_TEXTS[path.name])
    elif path.name == "truncated.mp4":
        whole = clip("index_first.mp4").read_bytes()
        path.write_bytes(whole[: len(whole) * 2 // 3])
    elif path.name == "without_index.mp4":
        whole = clip("plain.mp4").read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
    elif path.name == "turned.mp4":
        run_ffmpeg(
            ["-display_rotation", "90", "-i", clip("plain.mp4"), "-c", "copy", path], timeout_seconds=60
        )
    else:
        run_ffmpeg([*_RECIPES[path.name], path], timeout_seconds=60)


@pytest.fixture
def work_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Gives a WAV or MP3 file that sounds for some seconds, like a voice: bursts of a low tone."""
    folder = tmp_path_factory.mktemp("speech")

    def sound(seconds: float, *, level: float = 0.2, kind: str = "wav") -> Path:
        path = folder / f"{seconds}-{level}.wav"
        if not path.exists():
            _write_tone(path, seconds, level)
        if kind == "wav":
            return path
        compressed = path.with_suffix(".mp3")
        if not compressed.exists():
            run_ffmpeg(["-f", "wav", "-i", path, "-c:a", "libmp3lame", compressed], timeout_seconds=60)
        return compressed

    return sound


def _write_tone(path: Path, seconds: float, level: float) -> None:
    rate = 24_000
    samples = (
        int(32767 * level * sin(2 * pi * 220 * at / rate) * (0.6 + 0.4 * sin(2 * pi * 4 * at / rate)))
        for at in range(round(seconds * rate))
    )
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(b"".join(sample.to_bytes(2, "little", signed=True) for sample in samples))

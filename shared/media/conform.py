"""Bringing a clip into the cut's format, once, so that a merge only copies.

Whatever arrives (another size, rate, codec, bit depth, turned, with sound, of changing rate) leaves
as a segment: H.264 High, 8 bits, the cut's size and rate, picture only, exactly so many frames. A
clip that is already so is copied. Every clip is decoded from end to end, because a stream that is
damaged copies without a word and breaks the video in which it ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from shared.errors import MediaError
from shared.media.ffmpeg import LOCAL_ONLY, local, run_ffmpeg
from shared.media.formats import CONTAINER, FRAMES_PER_SECOND, SEGMENT_ENCODER, TIMESCALE, CutFormat
from shared.media.probe import MAX_PIXELS, VideoInfo, probe_video

MAX_HELD_FRAMES = FRAMES_PER_SECOND
"""How long the last picture may be held when a clip is shorter than its scene: one second."""

TIMEOUT_SECONDS = 600.0

_STRETCH = Fraction(1, 100)
"""A picture this near to the cut's shape is stretched to it: bars of a few pixels look like a fault."""

# Numbers of ITU-T H.273.
_BT709 = 1
_UNSPECIFIED = 2
_LIMITED_RANGE = 1
_HDR_TRANSFERS = (16, 18)
"""PQ and HLG."""
_HD_HEIGHT = 720
"""From here on a picture that does not say its colours is taken for BT.709, as players do."""

_TO_SDR = (
    "zscale=transfer=linear:npl=203,format=gbrpf32le,zscale=primaries=bt709,"
    "tonemap=tonemap=hable:desat=0,zscale=transfer=bt709:matrix=bt709:range=limited,"
)
_INPUT = (*LOCAL_ONLY, "-f", "mp4", "-max_pixels", str(MAX_PIXELS), "-err_detect", "explode")


@dataclass(frozen=True, slots=True)
class Conformed:
    """A finished segment. `copied`: the clip was in the cut's format already and was not encoded again."""

    copied: bool
    info: VideoInfo


def conform(clip: Path, segment: Path, cut: CutFormat, frames: int) -> Conformed:
    """Write `clip` to `segment` in the cut's format, `frames` frames long from its start.

    The whole picture stays visible: it is scaled to fit and padded with black, never cropped. A longer
    clip is cut; of one that is too short by up to `MAX_HELD_FRAMES` the last picture is held.

    Raises MediaError when the clip is damaged, is no video, is too short, or is over a limit.
    """
    info = probe_video(clip)
    available = round(info.duration * FRAMES_PER_SECOND)
    if available + MAX_HELD_FRAMES < frames:
        raise MediaError(
            "The clip is too short for its scene.",
            details={
                "clipSeconds": float(info.duration),
                "sceneSeconds": frames / FRAMES_PER_SECOND,
                "heldSecondsAtMost": MAX_HELD_FRAMES / FRAMES_PER_SECOND,
            },
        )
    copied = _is_segment(info, cut) and info.frames >= frames
    try:
        if copied:
            _copy(clip, segment, frames)
        else:
            _encode(clip, segment, cut, frames, info)
        result = probe_video(segment)
        check_segment(result, cut, frames)
    except MediaError:
        segment.unlink(missing_ok=True)
        raise
    return Conformed(copied=copied, info=result)


def check_segment(info: VideoInfo, cut: CutFormat, frames: int) -> None:
    """MediaError unless the file can be copied into a cut of this format and has this many frames."""
    if not _is_segment(info, cut) or info.frames != frames:
        raise MediaError(
            "The segment is not in the cut's format.",
            details={
                "frames": info.frames,
                "expectedFrames": frames,
                "size": f"{info.width}:{info.height}",
                "expectedSize": f"{cut.width}:{cut.height}",
                "codec": info.codec,
                "frameRate": str(info.frame_rate),
            },
        )


def _is_segment(info: VideoInfo, cut: CutFormat) -> bool:
    """Whether packets of this file can stand beside those of any other segment of the cut."""
    colors = (info.color_primaries, info.color_transfer, info.color_matrix)
    return (
        (info.codec, info.profile, info.pixel_format) == ("h264", "High", "yuv420p")
        and (info.width, info.height, info.pixel_aspect) == (cut.width, cut.height, Fraction(1))
        and info.upright
        and info.streams == 1
        and info.constant_rate
        and info.frame_rate == FRAMES_PER_SECOND
        and (info.time_base, info.start) == (Fraction(1, TIMESCALE), Fraction(0))
        and info.in_order
        and info.starts_with_key_frame
        and info.frames == info.declared_frames
        and info.color_range == _LIMITED_RANGE
        and all(color in (_BT709, _UNSPECIFIED) for color in colors)
    )


def _copy(clip: Path, segment: Path, frames: int) -> None:
    """Copy the first `frames` packets, and decode the whole clip beside it."""
    copy = ("-map", "0:v:0", "-c:v", "copy", "-frames:v", str(frames), *CONTAINER, local(segment))
    decode = ("-map", "0:v:0", "-fps_mode", "passthrough", "-f", "null", "-")
    run_ffmpeg((*_INPUT, "-i", local(clip), *copy, *decode), timeout_seconds=TIMEOUT_SECONDS)


def _encode(clip: Path, segment: Path, cut: CutFormat, frames: int, info: VideoInfo) -> None:
    """Decode the whole clip, encode its first `frames` frames.

    The second output reads what the first leaves, so that a fault behind the last frame is found too.
    """
    encode = (
        "-map", "0:v:0", "-vf", _filters(info, cut), "-frames:v", str(frames),
        *SEGMENT_ENCODER, local(segment),
    )  # fmt: skip
    decode = ("-map", "0:v:0", "-fps_mode", "passthrough", "-f", "null", "-")
    run_ffmpeg((*_INPUT, "-i", local(clip), *encode, *decode), timeout_seconds=TIMEOUT_SECONDS)


def _filters(info: VideoInfo, cut: CutFormat) -> str:
    """From the clip's frames, which ffmpeg has turned upright, to the cut's."""
    width, height = fitted_size(info.shown_size, cut)
    left, top = (cut.width - width) // 2, (cut.height - height) // 2
    to_sdr = _TO_SDR if info.color_transfer in _HDR_TRANSFERS else ""
    return (
        f"setpts=PTS-STARTPTS,fps={FRAMES_PER_SECOND},{to_sdr}"
        f"scale={width}:{height}:flags=lanczos+accurate_rnd:in_color_matrix={_matrix(info)}"
        ":out_color_matrix=bt709:out_range=tv,format=yuv420p,setsar=1,"
        f"pad={cut.width}:{cut.height}:{left}:{top}:black,"
        "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv,"
        f"tpad=stop_mode=clone:stop={MAX_HELD_FRAMES + 1}"
    )


def fitted_size(shown: tuple[int, int], cut: CutFormat) -> tuple[int, int]:
    """The largest even size of the same shape inside the cut, or the cut's own where it nearly fits."""
    shape = Fraction(*shown)
    if abs(shape / cut.aspect - 1) <= _STRETCH:
        return cut.width, cut.height
    if shape > cut.aspect:
        return cut.width, max(2, round(cut.width / shape / 2) * 2)
    return max(2, round(cut.height * shape / 2) * 2), cut.height


def _matrix(info: VideoInfo) -> str:
    if info.color_matrix != _UNSPECIFIED or info.color_transfer in _HDR_TRANSFERS:
        return "auto"
    return "bt709" if min(info.width, info.height) >= _HD_HEIGHT else "smpte170m"

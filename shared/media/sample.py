"""What a video is, without reading all of it: its index, the place of every piece of it, some pictures.

For a file that is too large to be fetched. Every packet is looked at when the file is used: see `probe`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from av.container import InputContainer
from av.video.stream import VideoStream

from shared.errors import MediaError
from shared.media.boxes import Readable
from shared.media.layout import Layout, read_layout
from shared.media.probe import MAX_SECONDS, check_picture, main_video, opened

_PACKETS_TO_A_PICTURE = 60
_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class VideoSample:
    """What a video says of itself, and was seen to hold. Sizes are as stored."""

    content_type: Literal["video/mp4", "video/quicktime"]
    width: int
    height: int
    duration_ms: int | None
    """None where only its end would tell: in a fragmented file."""


def sample_video(file: Readable, size_bytes: int) -> VideoSample:
    """Look into an MP4 or QuickTime file.

    Raises MediaError when it is not a video, is truncated, is over a limit, or one of the pictures
    that are tried cannot be decoded.
    """
    layout = read_layout(file)
    file.seek(0)
    with opened(file, "mp4") as container:
        video = main_video(container)
        check_picture(video)
        _check_places(container, size_bytes)
        duration = _duration_ms(container, layout)
        _see_pictures(container, video, layout)
        return VideoSample(
            content_type="video/quicktime" if layout.quicktime else "video/mp4",
            width=video.codec_context.width,
            height=video.codec_context.height,
            duration_ms=duration,
        )


def _check_places(container: InputContainer, size_bytes: int) -> None:
    """Every packet that the index names lies within the file."""
    for stream in container.streams:
        end = max((each.pos + each.size for each in stream.index_entries), default=0)
        if end > size_bytes:
            raise MediaError("The video is truncated.")


def _duration_ms(container: InputContainer, layout: Layout) -> int | None:
    if layout.fragmented or container.duration is None:
        return None
    if not 0 < container.duration <= MAX_SECONDS * _MICROSECONDS:
        raise MediaError("The video is too long, or holds no picture.", details={"maxSeconds": MAX_SECONDS})
    return round(container.duration / 1000)


def _see_pictures(container: InputContainer, video: VideoStream, layout: Layout) -> None:
    """Decode the first picture, the key picture before the middle, and the last key picture."""
    video.codec_context.thread_count = 1
    _see_a_picture(container, video)
    if not layout.fragmented and video.duration is not None:
        for place in (video.duration // 2, video.duration):
            container.seek((video.start_time or 0) + place, stream=video)
            _see_a_picture(container, video)


def _see_a_picture(container: InputContainer, video: VideoStream) -> None:
    for number, packet in enumerate(container.demux(video)):
        if packet.decode():
            return
        if number > _PACKETS_TO_A_PICTURE:
            break
    raise MediaError("The video holds no picture.")

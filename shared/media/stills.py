"""Stills of a finished video: a poster, and a few moving seconds for a list."""

from __future__ import annotations

import io
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from av import VideoFrame
from av.container import InputContainer
from av.video.stream import VideoStream
from PIL import Image

from shared.errors import MediaError
from shared.media.probe import main_video, opened

PREVIEW_PICTURES = 12
PREVIEW_WIDTH = 480
PREVIEW_PICTURE_MS = 500

_POSTER_AT = Fraction(1, 3)
"""Of the video: past titles and fades in, before the end is given away."""
_POSTER_QUALITY = 88
_PREVIEW_QUALITY = 60


def poster(video: Path, at: Fraction | None, output: Path) -> None:
    """Write one picture as JPEG, as large as the video. `at` is in seconds; None: a third into it.

    Raises MediaError when the video cannot be decoded or `at` lies outside of it.
    """
    with opened(video, "mp4") as container:
        stream = main_video(container)
        duration = _duration(stream)
        moment = duration * _POSTER_AT if at is None else at
        if not 0 <= moment < duration:
            raise MediaError("The poster's moment lies outside of the video.")
        image = _picture_at(container, stream, moment)
        image.save(output, "JPEG", quality=_POSTER_QUALITY)


def preview(video: Path, output: Path) -> None:
    """Write twelve pictures spread over the video as an endless animated WebP, 480 pixels wide.

    Only key frames are decoded: an hour's video costs no more than a minute's. Raises MediaError when
    the video cannot be decoded.
    """
    with opened(video, "mp4") as container:
        stream = main_video(container)
        stream.codec_context.skip_frame = "NONKEY"
        images = [
            _picture(_small(frame)) for frame in _spread_key_frames(container, stream, PREVIEW_PICTURES)
        ]
    if not images:
        raise MediaError("The video holds no picture.")
    buffer = io.BytesIO()
    images[0].save(
        buffer,
        "WEBP",
        save_all=True,
        append_images=images[1:],
        duration=PREVIEW_PICTURE_MS,
        loop=0,
        quality=_PREVIEW_QUALITY,
        method=2,
    )
    output.write_bytes(buffer.getvalue())


def _spread_key_frames(container: InputContainer, stream: VideoStream, count: int) -> Iterator[VideoFrame]:
    """The key frames at or before evenly spread moments, each once."""
    duration, shown = _duration(stream), -1
    for number in range(count):
        frame = _seek(container, stream, duration * number / count)
        if frame is not None and frame.pts is not None and frame.pts > shown:
            shown = frame.pts
            yield frame


def _picture_at(container: InputContainer, stream: VideoStream, moment: Fraction) -> Image.Image:
    """The picture that is shown at a moment: the last one that starts no later."""
    time_base = stream.time_base or Fraction(1)
    best = _seek(container, stream, moment)
    if best is None:
        raise MediaError("The video holds no picture.")
    for frame in container.decode(stream):
        if frame.pts is None or (frame.pts - (stream.start_time or 0)) * time_base > moment:
            break
        best = frame
    return _picture(best)


def _seek(container: InputContainer, stream: VideoStream, moment: Fraction) -> VideoFrame | None:
    """The first picture that comes out of the decoder at the key frame at or before a moment."""
    time_base = stream.time_base or Fraction(1)
    container.seek(int(moment / time_base) + (stream.start_time or 0), stream=stream)
    return next(container.decode(stream), None)


def _duration(stream: VideoStream) -> Fraction:
    return (stream.duration or 0) * (stream.time_base or Fraction(0))


def _picture(frame: VideoFrame) -> Image.Image:
    image: Image.Image = frame.to_image()  # type: ignore[no-untyped-call] # PyAV types all but this
    return image


def _small(frame: VideoFrame) -> VideoFrame:
    if frame.width <= PREVIEW_WIDTH:
        return frame
    height = max(1, round(frame.height * PREVIEW_WIDTH / frame.width))
    return frame.reformat(PREVIEW_WIDTH, height, format="rgb24", interpolation="AREA")

"""What a file really holds: every packet is counted, nothing that a header declares is believed.

The type is read off the bytes and the demuxer is pinned to it, so that a playlist, a script or a page
that calls itself .mp4 is refused before ffmpeg's libraries could follow it anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Literal, TypeAlias, TypeVar

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from shared.errors import MediaError
from shared.media.boxes import Readable
from shared.media.layout import Layout, read_layout

MAX_VIDEO_BYTES = 1024**3
MAX_AUDIO_BYTES = 64 * 1024**2
MAX_PIXELS = 4096 * 2304
"""Of one picture. A decoder needs some 30 bytes for each, so that 8192×4320 would take a gigabyte."""
MAX_SIDE = 8192
MAX_SECONDS = 3600
MAX_PACKETS = 500_000
"""An hour at 60 pictures a second, with sound."""

_MAX_STREAMS = 16
_MAX_FRAME_RATE = 1000
_TIMEOUT_SECONDS = 30.0
_MP3_SYNC = 0xFFE0

StreamT = TypeVar("StreamT", bound=Stream)
AudioFormat: TypeAlias = Literal["wav", "mp3"]


@dataclass(frozen=True, slots=True)
class TrackInfo:
    """A sound or caption track, as its packets show it. Times in seconds on the file's clock."""

    codec: str
    language: str | None
    packets: int
    start: Fraction
    end: Fraction
    in_order: bool


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """A video file. Sizes are as stored: `rotation` turns them when shown, `pixel_aspect` stretches them."""

    width: int
    height: int
    pixel_aspect: Fraction
    rotation: int
    """Degrees clockwise, 0–359."""
    upright: bool
    """Neither turned nor mirrored nor stretched when shown."""
    codec: str
    profile: str | None
    pixel_format: str
    frame_rate: Fraction
    constant_rate: bool
    time_base: Fraction
    frames: int
    """Pictures that are really there and shown."""
    declared_frames: int
    """As the index says; 0 in a fragmented file, which does not say."""
    start: Fraction
    """When the first picture is shown, in seconds."""
    duration: Fraction
    """From the first picture's start to the last one's end, in seconds."""
    in_order: bool
    """Decoding times grow, and no picture is reordered: there are no B-frames."""
    starts_with_key_frame: bool
    index_first: bool
    color_range: int
    color_primaries: int
    color_transfer: int
    color_matrix: int
    """The four as numbered in ITU-T H.273; range 1 is limited, 2 full; 2 elsewhere (0 in range): not said."""
    parameters: bytes
    """The decoder's parameter sets."""
    streams: int
    audio: TrackInfo | None
    captions: TrackInfo | None

    @property
    def has_audio(self) -> bool:
        """Whether there is sound."""
        return self.audio is not None

    @property
    def shown_size(self) -> tuple[int, int]:
        """Width and height in square pixels, as a player shows them."""
        width, height = max(1, round(self.width * self.pixel_aspect)), self.height
        return (height, width) if self.rotation in (90, 270) else (width, height)


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """A sound file. `duration` in seconds, as its packets sum up."""

    format: AudioFormat
    codec: str
    sample_rate: int
    channels: int
    duration: Fraction


def probe_video(path: Path) -> VideoInfo:
    """Read every packet of an MP4 or QuickTime file, without decoding the pictures.

    Raises MediaError when it is not a video, is truncated or damaged, or is over a limit.
    """
    _check_size(path, MAX_VIDEO_BYTES)
    with path.open("rb") as file:
        layout = read_layout(file)
    with opened(path, "mp4") as container:
        video = main_video(container)
        check_picture(video)
        audio = next(iter(container.streams.audio), None)
        captions = next(iter(container.streams.subtitles), None)
        wanted = [stream for stream in (video, audio, captions) if stream is not None]
        timelines = _read_packets(container, wanted)
        return _video_info(
            container,
            video,
            layout,
            timelines[video.index],
            audio=_track_info(audio, timelines),
            captions=_track_info(captions, timelines),
        )


def probe_audio(path: Path) -> AudioInfo:
    """Read every packet of a WAV or MP3 file. MediaError when it is neither, damaged, or over a limit."""
    _check_size(path, MAX_AUDIO_BYTES)
    kind = audio_format(path)
    with opened(path, kind) as container:
        stream = main_audio(container)
        timeline = _read_packets(container, [stream])[stream.index]
        duration = (timeline.end - timeline.start) * (stream.time_base or Fraction(0))
        if duration <= 0:
            raise MediaError("The sound file holds no sound.")
        if duration > MAX_SECONDS:
            raise MediaError("The sound is too long.", details={"maxSeconds": MAX_SECONDS})
        return AudioInfo(kind, stream.codec_context.name, stream.rate, stream.channels, duration)


def audio_format(path: Path) -> AudioFormat:
    """The type of a sound file, off its first bytes.

    MediaError when it is neither WAV nor MP3, or a WAV file that is shorter than it says.
    """
    with path.open("rb") as file:
        start = file.read(12)
    if start[:4] == b"RIFF" and start[8:12] == b"WAVE":
        declared = int.from_bytes(start[4:8], "little") + 8
        if path.stat().st_size < declared:
            raise MediaError("The sound file is truncated.")
        return "wav"
    if start[:3] == b"ID3" or int.from_bytes(start[:2], "big") & _MP3_SYNC == _MP3_SYNC:
        return "mp3"
    raise MediaError("The sound file is neither WAV nor MP3.")


@contextmanager
def opened(source: Path | Readable, kind: Literal["mp4", "wav", "mp3"]) -> Iterator[InputContainer]:
    """A file, opened by the one demuxer named; what ffmpeg's libraries raise becomes MediaError."""
    named = isinstance(source, Path)
    # Whatever a file refers to, nothing else is opened: of an open one no protocol at all is spoken.
    options = {"protocol_whitelist": "file" if named else "none", "max_pixels": str(MAX_PIXELS)}
    try:
        with av.open(
            str(source.resolve()) if isinstance(source, Path) else source,
            mode="r",
            format=kind,
            options=options,
            metadata_errors="replace",
            timeout=_TIMEOUT_SECONDS,
        ) as container:
            if len(container.streams) > _MAX_STREAMS:
                raise MediaError("The file has too many tracks.", details={"maxTracks": _MAX_STREAMS})
            yield container
    except av.FFmpegError as exc:
        raise MediaError("The file is damaged, or not of the type that it seems.") from exc


def main_video(container: InputContainer) -> VideoStream:
    """The first moving picture: a cover image is none. MediaError when there is none."""
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return _known(stream)
    raise MediaError("The file has no picture track.")


def main_audio(container: InputContainer) -> AudioStream:
    """The first sound track. MediaError when there is none."""
    if not container.streams.audio:
        raise MediaError("The file has no sound track.")
    return _known(container.streams.audio[0])


def _known(stream: StreamT) -> StreamT:
    # Typed as always there, but None where ffmpeg's libraries have no decoder for what the file names.
    context: object = stream.codec_context
    if context is None:
        raise MediaError("The file is of a codec that is not known.")
    return stream


@dataclass(slots=True)
class _Timeline:
    """What one stream's packets say about time, in ticks."""

    shown: list[int] = field(default_factory=list)
    end: int = 0
    packets: int = 0
    last_decoding: int | None = None
    in_order: bool = True
    first_is_key: bool = False

    @property
    def start(self) -> int:
        return min(self.shown, default=0)

    def add(self, packet: Packet[Stream]) -> None:
        if packet.is_corrupt:
            raise MediaError("The file is truncated or damaged.")
        if self.packets == 0:
            self.first_is_key = packet.is_keyframe
        self.packets += 1
        decoded = packet.dts if packet.dts is not None else packet.pts
        shown = packet.pts if packet.pts is not None else packet.dts
        if decoded is None or shown is None:
            raise MediaError("The file has packets without a time.")
        grows = self.last_decoding is None or decoded > self.last_decoding
        self.in_order = self.in_order and grows and decoded == shown
        self.last_decoding = decoded
        if not packet.is_discard:
            self.shown.append(shown)
            self.end = max(self.end, shown + (packet.duration or 0))


def _read_packets(container: InputContainer, streams: Sequence[Stream]) -> dict[int, _Timeline]:
    timelines = {stream.index: _Timeline() for stream in streams}
    total = 0
    for packet in container.demux(*streams):
        if packet.size == 0 and packet.pts is None:
            continue  # the signal that a stream is over
        total += 1
        if total > MAX_PACKETS:
            raise MediaError("The file has too many packets.", details={"maxPackets": MAX_PACKETS})
        timelines[packet.stream_index].add(packet)
    return timelines


def _video_info(
    container: InputContainer,
    video: VideoStream,
    layout: Layout,
    timeline: _Timeline,
    *,
    audio: TrackInfo | None,
    captions: TrackInfo | None,
) -> VideoInfo:
    time_base = video.time_base or Fraction(0)
    duration = _shown_for(video, timeline, time_base)
    context = video.codec_context
    return VideoInfo(
        width=context.width,
        height=context.height,
        pixel_aspect=video.sample_aspect_ratio or Fraction(1),
        rotation=layout.rotation,
        upright=layout.upright,
        codec=context.name,
        profile=video.profile,
        pixel_format=context.pix_fmt or "",
        frame_rate=video.average_rate or len(timeline.shown) / duration,
        constant_rate=_is_constant(timeline),
        time_base=time_base,
        frames=len(timeline.shown),
        declared_frames=video.frames,
        start=timeline.start * time_base,
        duration=duration,
        in_order=timeline.in_order and not video.has_b_frames,
        starts_with_key_frame=timeline.first_is_key,
        index_first=layout.index_first,
        color_range=context.color_range,
        color_primaries=context.color_primaries,
        color_transfer=context.color_trc,
        color_matrix=context.colorspace,
        parameters=context.extradata or b"",
        streams=len(container.streams),
        audio=audio,
        captions=captions,
    )


def _shown_for(video: VideoStream, timeline: _Timeline, time_base: Fraction) -> Fraction:
    """Seconds. MediaError when pictures are missing, or it is over the limit."""
    indexed = len(video.index_entries)
    if timeline.packets < indexed:
        raise MediaError(
            "The video is truncated.", details={"frames": timeline.packets, "declaredFrames": indexed}
        )
    duration = (timeline.end - timeline.start) * time_base
    if not timeline.shown or duration <= 0:
        raise MediaError("The video holds no picture.")
    if duration > MAX_SECONDS:
        raise MediaError("The video is too long.", details={"maxSeconds": MAX_SECONDS})
    return duration


def _track_info(stream: Stream | None, timelines: dict[int, _Timeline]) -> TrackInfo | None:
    if stream is None:
        return None
    timeline, time_base = timelines[stream.index], stream.time_base or Fraction(0)
    return TrackInfo(
        codec=_known(stream).codec_context.name,
        language=stream.language,
        packets=timeline.packets,
        start=timeline.start * time_base,
        end=timeline.end * time_base,
        in_order=timeline.in_order,
    )


def _is_constant(timeline: _Timeline) -> bool:
    """Whether pictures follow each other evenly. A tick of difference is rounding (29.97 in 1/90000 s)."""
    gaps = [later - earlier for earlier, later in pairwise(sorted(timeline.shown))]
    return not gaps or max(gaps) - min(gaps) <= 1


def _check_size(path: Path, limit: int) -> None:
    try:
        size = path.stat().st_size
    except FileNotFoundError as exc:
        raise MediaError("The file does not exist.") from exc
    if size == 0:
        raise MediaError("The file is empty.")
    if size > limit:
        raise MediaError("The file is too large.", details={"bytes": size, "maxBytes": limit})


def check_picture(video: VideoStream) -> None:
    """MediaError when the picture is over a limit, or makes no sense."""
    width, height = video.codec_context.width, video.codec_context.height
    if width < 1 or height < 1:
        raise MediaError("The video says no size.")
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise MediaError(
            f"The video's picture is too large: {width}×{height} pixels.", details={"maxPixels": MAX_PIXELS}
        )
    rate = video.average_rate
    if rate is not None and not 0 < rate <= _MAX_FRAME_RATE:
        raise MediaError("The video's frame rate makes no sense.")

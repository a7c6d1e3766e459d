"""Looking into a finished video: whether it is what was ordered."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from infra.local.order import DemoOrder
from shared.errors import MediaError
from shared.media.formats import CUT_FORMATS
from shared.media.probe import VideoInfo, probe_video


class NotAsOrdered(ValueError):
    """The file is not the video that was ordered. The message has a line for each difference."""


@dataclass(frozen=True, slots=True)
class Film:
    """What a finished file holds."""

    info: VideoInfo
    size_bytes: int

    def __str__(self) -> str:
        rate = float(self.info.frame_rate)
        return (
            f"{self.info.width}x{self.info.height}, {float(self.info.duration):.1f} s, "
            f"{self.size_bytes / 1_000_000:.1f} MB; {self.info.codec} at {rate:g} frames/s, "
            f"{self.info.audio.codec if self.info.audio else 'no'} sound, "
            f"{'captions' if self.info.captions else 'no captions'}"
        )


def check(path: Path, order: DemoOrder, *, captioned: bool) -> Film:
    """What the file holds, read from its packets. `captioned`: the API says that it has captions.

    Raises NotAsOrdered.
    """
    try:
        info = probe_video(path)
    except MediaError as error:
        raise NotAsOrdered(f"The file is no video that plays: {error.message}") from error
    cut = CUT_FORMATS[order.ratio]
    wanted = {
        "picture": (info.codec, "h264"),
        "size": (info.shown_size, (cut.width, cut.height)),
        "length in s": (_in_frames(info.duration, info), _in_frames(Fraction(order.seconds), info)),
        "sound": (info.has_audio, True),
        "captions": (info.captions is not None and info.captions.packets > 0, captioned),
    }
    problems = [
        f"{name}: {found}, and not {expected}"
        for name, (found, expected) in wanted.items()
        if found != expected
    ]
    if problems:
        raise NotAsOrdered("\n".join(problems))
    return Film(info, path.stat().st_size)


def _in_frames(seconds: Fraction, info: VideoInfo) -> float:
    """To the nearest whole frame, in seconds."""
    return round(float(round(seconds * info.frame_rate) / info.frame_rate), 3)

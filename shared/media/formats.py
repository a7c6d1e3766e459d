"""The one format that every cut has, and the sizes that a video can have."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

FRAMES_PER_SECOND = 24
TIMESCALE = 12288
"""Ticks per second of the video track: a multiple of 24, so that every frame starts on a tick."""


@dataclass(frozen=True, slots=True)
class CutFormat:
    """Size in pixels of a cut; rate, codec and pixel format are the same for all."""

    width: int
    height: int

    @property
    def aspect(self) -> Fraction:
        """Width over height."""
        return Fraction(self.width, self.height)


CUT_FORMATS: dict[str, CutFormat] = {
    ratio: CutFormat(*map(int, ratio.split(":")))
    for ratio in ("1280:720", "720:1280", "1104:832", "832:1104", "960:960", "1584:672")
}
"""By ratio. A ratio is named by its pixels, as Runway names them. The first is the default."""


def frames_until(milliseconds: int) -> int:
    """The frame that starts nearest to a point in time. Sums of these never drift."""
    return round(Fraction(milliseconds * FRAMES_PER_SECOND, 1000))


# Everything that encodes a segment uses these, and `conform` recognises them, so that a merge
# can copy: one profile, no B-frames (a copy may be cut at any frame), a key frame each second.
PICTURE_ENCODER: tuple[str, ...] = (
    "-c:v", "libx264", "-preset", "veryfast", "-crf", "18",
    "-profile:v", "high", "-pix_fmt", "yuv420p", "-bf", "0",
    "-g", str(FRAMES_PER_SECOND), "-r", str(FRAMES_PER_SECOND), "-fps_mode", "cfr",
    "-colorspace", "bt709", "-color_range", "tv",
    # ffmpeg passes on only the two above when its frames do not say the others.
    "-x264-params", "colorprim=bt709:transfer=bt709:colormatrix=bt709:range=tv",
    "-flags:v", "+bitexact",
)  # fmt: skip

# No metadata, no time of creation: the same pictures give the same bytes. The index stands in front,
# so that a player can start before it has the whole file.
CONTAINER: tuple[str, ...] = (
    "-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact",
    "-video_track_timescale", str(TIMESCALE), "-movflags", "+faststart", "-f", "mp4",
)  # fmt: skip

SEGMENT_ENCODER: tuple[str, ...] = (*PICTURE_ENCODER, "-an", *CONTAINER)

"""The finished video: segments copied one behind the other, one sound track, captions.

Segments are all of one format, so the picture is copied, which takes a fraction of a second where
encoding takes half a minute. Copying fails in silence when a segment is damaged, missing or of another
format; so every one is checked before, and the result after: no cut leaves here unverified.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal, TypeAlias

from shared.errors import MediaError
from shared.media.burn import burn_filter, can_draw
from shared.media.captions import Caption, SpokenText, captions_for, clean_text, webvtt
from shared.media.conform import check_segment
from shared.media.ffmpeg import LOCAL_ONLY, local, run_ffmpeg
from shared.media.formats import CONTAINER, FRAMES_PER_SECOND, PICTURE_ENCODER, CutFormat
from shared.media.probe import MAX_SECONDS, VideoInfo, probe_video
from shared.media.sound import SAMPLE_RATE, SoundPiece, measure, sound_graph

CaptionsMode: TypeAlias = Literal["off", "soft", "burned"]

MAX_PIECES = 120
COPY_TIMEOUT_SECONDS = 300.0
BURN_TIMEOUT_SECONDS = 840.0

_MAX_TITLE = 200
_ONE_FRAME = Fraction(1, FRAMES_PER_SECOND)


@dataclass(frozen=True, slots=True)
class CutInput:
    """One scene: a conformed segment of exactly `frames` frames, its narration if there is one, its words."""

    segment: Path
    frames: int
    narration: Path | None
    caption: str


@dataclass(frozen=True, slots=True)
class Merged:
    """The finished video. `captions` is what it shows; `captions_mode`: how (see `merge`)."""

    info: VideoInfo
    captions: list[Caption]
    captions_mode: CaptionsMode


def merge(
    pieces: Sequence[CutInput],
    output: Path,
    *,
    cut: CutFormat,
    captions: CaptionsMode,
    work_dir: Path,
    title: str = "",
    language: str = "eng",
) -> Merged:
    """Write the finished video to `output`: the same inputs give the same bytes.

    The picture is copied; only burned captions make it be encoded again. Words that the burned captions'
    font cannot draw would be rows of boxes: such a video gets soft captions instead. `work_dir` is a
    private directory for the lists that ffmpeg reads; `language` is the captions' ISO 639-2 code.

    Raises MediaError when a segment or narration is damaged, missing or not what it must be.
    """
    _check_pieces(pieces, cut)
    sound = [
        SoundPiece(piece.frames, measure(piece.narration) if piece.narration else None) for piece in pieces
    ]
    cues = [] if captions == "off" else captions_for(_spoken(pieces, sound))
    mode = _mode(captions, cues)
    command = _Command(cut, work_dir, output, clean_text(title)[:_MAX_TITLE], language)
    try:
        command.run(pieces, sound, cues, mode)
        info = probe_video(output)
        _verify(info, cut, sum(piece.frames for piece in pieces), soft=mode == "soft")
    except MediaError:
        output.unlink(missing_ok=True)
        raise
    return Merged(info=info, captions=cues, captions_mode=mode)


def _spoken(pieces: Sequence[CutInput], sound: Sequence[SoundPiece]) -> list[SpokenText]:
    return [
        SpokenText(piece.caption, piece.frames, heard.spoken_ms)
        for piece, heard in zip(pieces, sound, strict=True)
    ]


def _mode(wanted: CaptionsMode, cues: Sequence[Caption]) -> CaptionsMode:
    if not cues:
        return "off"
    if wanted == "burned" and not can_draw("".join(cue.text for cue in cues)):
        return "soft"
    return wanted


def _check_pieces(pieces: Sequence[CutInput], cut: CutFormat) -> None:
    if not pieces:
        raise MediaError("A video needs at least one scene.")
    if len(pieces) > MAX_PIECES:
        raise MediaError("The video has too many scenes.", details={"maxScenes": MAX_PIECES})
    if sum(piece.frames for piece in pieces) > MAX_SECONDS * FRAMES_PER_SECOND:
        raise MediaError("The video is too long.", details={"maxSeconds": MAX_SECONDS})
    for piece in pieces:
        check_segment(probe_video(piece.segment), cut, piece.frames)


@dataclass(frozen=True, slots=True)
class _Command:
    """The one ffmpeg run that makes the video."""

    cut: CutFormat
    work_dir: Path
    output: Path
    title: str
    language: str

    def run(
        self,
        pieces: Sequence[CutInput],
        sound: Sequence[SoundPiece],
        cues: Sequence[Caption],
        mode: CaptionsMode,
    ) -> None:
        """Run it. Inputs: the list of segments, then the narrations, then the captions."""
        inputs = [*LOCAL_ONLY, "-f", "concat", "-safe", "0", "-i", self._segment_list(pieces)]
        narrations = [piece.narration for piece in sound if piece.narration]
        for narration in narrations:
            inputs += [*LOCAL_ONLY, "-f", narration.format, "-i", local(narration.path)]
        graph = sound_graph(sound, first_input=1, label="sound")
        picture = ["-map", "0:v:0", "-c:v", "copy"]
        subtitles: list[str] = []
        if mode == "burned":
            graph += f";[0:v:0]{burn_filter(cues, self.cut, self.work_dir)}[picture]"
            picture = ["-map", "[picture]", *PICTURE_ENCODER]
        if mode == "soft":
            inputs += [*LOCAL_ONLY, "-f", "webvtt", "-i", self._caption_file(cues)]
            subtitles = self._soft_captions(len(narrations) + 1)
        run_ffmpeg(
            [*inputs, "-filter_complex", graph, *picture, *_sound_encoder(), *subtitles, *self._container()],
            timeout_seconds=BURN_TIMEOUT_SECONDS if mode == "burned" else COPY_TIMEOUT_SECONDS,
            cwd=self.work_dir,
        )

    def _segment_list(self, pieces: Sequence[CutInput]) -> str:
        """In ffmpeg's own list format. Only MP4 demuxers may open the entries, whatever they contain."""
        lines = ["ffconcat version 1.0"]
        for piece in pieces:
            lines += [f"file {_quoted(piece.segment)}", "option format_whitelist mov,mp4,m4a,3gp,3g2,mj2"]
        path = self.work_dir / "segments.ffconcat"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return local(path)

    def _caption_file(self, cues: Sequence[Caption]) -> str:
        path = self.work_dir / "captions.vtt"
        path.write_text(webvtt(cues), encoding="utf-8")
        return local(path)

    def _soft_captions(self, position: int) -> list[str]:
        return [
            "-map", f"{position}:s:0", "-c:s", "mov_text",
            "-metadata:s:s:0", f"language={self.language}", "-disposition:s:0", "default",
        ]  # fmt: skip

    def _container(self) -> list[str]:
        title = ["-metadata", f"title={self.title}"] if self.title else []
        return [*CONTAINER, *title, local(self.output)]


def _sound_encoder() -> list[str]:
    return [
        "-map", "[sound]", "-c:a", "aac", "-b:a", "160k", "-ar", str(SAMPLE_RATE), "-flags:a", "+bitexact",
    ]  # fmt: skip


def _quoted(path: Path) -> str:
    """A path in ffmpeg's list format, where a quote ends the quoting and stands escaped between two."""
    text = str(path.resolve())
    if "\n" in text or "\r" in text:
        raise MediaError("A segment's path has a line break in it.")
    return "'" + text.replace("'", "'\\''") + "'"


def _verify(info: VideoInfo, cut: CutFormat, frames: int, *, soft: bool) -> None:
    """MediaError unless the finished file is what it must be, as its packets show."""
    expected_seconds = Fraction(frames, FRAMES_PER_SECOND)
    sound = info.audio
    faults = {
        "size": (info.width, info.height) != (cut.width, cut.height) or not info.upright,
        "codec": (info.codec, info.pixel_format) != ("h264", "yuv420p"),
        "frames": info.frames != frames or info.declared_frames != frames,
        "rate": not info.constant_rate or info.frame_rate != FRAMES_PER_SECOND,
        "duration": abs(info.duration - expected_seconds) > _ONE_FRAME,
        "start": info.start != 0,
        "order": not info.in_order or not info.starts_with_key_frame,
        "sound": sound is None or not sound.in_order or sound.codec != "aac",
        "soundLength": sound is not None and abs(sound.end - expected_seconds) > _ONE_FRAME,
        "captions": (info.captions is not None) != soft,
        "index": not info.index_first,
    }
    if found := [name for name, is_wrong in faults.items() if is_wrong]:
        raise MediaError("The finished video is not what it must be.", details={"faults": found})

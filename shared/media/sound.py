"""Narrations on a video's time line: how loud each is, how it fits its scene, and the track they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.filter.context import FilterContext

from shared.errors import MediaError
from shared.media.formats import FRAMES_PER_SECOND
from shared.media.probe import MAX_SECONDS, AudioFormat, main_audio, opened, probe_audio

SAMPLE_RATE = 48_000
SAMPLES_PER_FRAME = SAMPLE_RATE // FRAMES_PER_SECOND
"""A whole number, so that sound and picture end on the same instant."""
TARGET_LUFS = -16.0
"""What streaming services ask of speech."""
MAX_TEMPO = Fraction(135, 100)
"""Speech that is faster than this is no longer easy to follow."""

_MAX_GAIN_DB = 24.0
_SILENCE_LUFS = -60.0
"""Quieter than this is noise; making it louder makes only more noise."""
_PEAK = "0.84"
"""-1.5 dB: an AAC decoder may overshoot what was encoded."""
_FADE_SECONDS = Fraction(1, 4)


@dataclass(frozen=True, slots=True)
class Narration:
    """A decoded and measured sound file. `loudness` in LUFS; None for silence."""

    path: Path
    format: AudioFormat
    duration: Fraction
    loudness: float | None

    @property
    def gain_db(self) -> float:
        """What brings it to the target."""
        return 0.0 if self.loudness is None else min(_MAX_GAIN_DB, TARGET_LUFS - self.loudness)


@dataclass(frozen=True, slots=True)
class SoundPiece:
    """A scene's stretch of the sound track: so many frames long, silent without a narration."""

    frames: int
    narration: Narration | None

    @property
    def seconds(self) -> Fraction:
        """How long the scene lasts."""
        return Fraction(self.frames, FRAMES_PER_SECOND)

    @property
    def tempo(self) -> Fraction:
        """How much faster the narration must be spoken to fit, 1 to `MAX_TEMPO`."""
        if self.narration is None:
            return Fraction(1)
        return min(MAX_TEMPO, max(Fraction(1), self.narration.duration / self.seconds))

    @property
    def spoken_ms(self) -> int | None:
        """How long the voice is heard in the scene, in milliseconds."""
        if self.narration is None:
            return None
        return round(min(self.seconds, self.narration.duration / self.tempo) * 1000)


def measure(path: Path) -> Narration:
    """Decode a WAV or MP3 file from end to end and measure its loudness (EBU R 128, integrated).

    Raises MediaError when it is neither, or is damaged.
    """
    info = probe_audio(path)
    with opened(path, info.format) as container:
        stream = main_audio(container)
        graph = av.filter.Graph()
        source = graph.add_abuffer(template=stream)
        # A mono voice is heard from two loudspeakers, which is 3 dB more than from one.
        meter = graph.add("ebur128", "dualmono=true:metadata=true:framelog=quiet")
        sink = graph.add("abuffersink")
        graph.link_nodes(source, meter, sink).configure()
        reading: dict[str, str] = {}
        samples = 0
        for frame in container.decode(stream):
            samples += frame.samples
            if samples > MAX_SECONDS * stream.rate:
                raise MediaError("The sound is too long.", details={"maxSeconds": MAX_SECONDS})
            source.push(frame)
            reading = _last_reading(sink) or reading
        source.push(None)
        reading = _last_reading(sink) or reading
    if samples == 0:
        raise MediaError("The sound file holds no sound.")
    loudness = float(reading.get("lavfi.r128.I", "-inf"))
    return Narration(
        path=path,
        format=info.format,
        duration=Fraction(samples, info.sample_rate),
        loudness=loudness if loudness > _SILENCE_LUFS else None,
    )


def _last_reading(sink: FilterContext) -> dict[str, str]:
    """Empty the meter; its running values travel on the frames that leave it."""
    reading: dict[str, str] = {}
    while True:
        try:
            reading = sink.pull().metadata
        except (av.BlockingIOError, av.EOFError):  # it wants more, or it is over
            return reading


def sound_graph(pieces: Sequence[SoundPiece], first_input: int, label: str) -> str:
    """An ffmpeg filter graph that makes one stereo track, exactly as long as the pieces' frames.

    The narrations are ffmpeg's inputs from `first_input` on, in order; `label` names the result.
    """
    chains, position = [], first_input
    for number, piece in enumerate(pieces):
        chains.append(f"{_piece_chain(piece, position)}[piece{number}]")
        position += piece.narration is not None
    total = sum(piece.frames for piece in pieces) * SAMPLES_PER_FRAME
    joined = "".join(f"[piece{number}]" for number in range(len(pieces)))
    chains.append(
        f"{joined}concat=n={len(pieces)}:v=0:a=1,"
        f"alimiter=limit={_PEAK}:level=false:latency=true,"
        f"apad=whole_len={total},atrim=end_sample={total},pan=stereo|c0=c0|c1=c0[{label}]"
    )
    return ";".join(chains)


def _piece_chain(piece: SoundPiece, position: int) -> str:
    """One scene's filters. A voice that is still too long is faded out before the next scene begins."""
    length = piece.frames * SAMPLES_PER_FRAME
    if piece.narration is None:
        return f"anullsrc=sample_rate={SAMPLE_RATE}:channel_layout=mono,atrim=end_sample={length}"
    filters = [
        f"[{position}:a:0]aresample={SAMPLE_RATE}",
        "aformat=sample_fmts=fltp:channel_layouts=mono",
        f"volume={piece.narration.gain_db:.3f}dB",
    ]
    if piece.tempo > 1:
        filters.append(f"atempo={float(piece.tempo):.6f}")
    filters += ["asetpts=N/SR/TB", f"apad=whole_len={length}", f"atrim=end_sample={length}"]
    if piece.narration.duration / piece.tempo > piece.seconds:
        fade = min(_FADE_SECONDS, piece.seconds)
        filters.append(
            f"afade=type=out:start_time={float(piece.seconds - fade):.6f}:duration={float(fade):.6f}"
        )
    return ",".join(filters)

"""What merging costs beside a bare ffmpeg command, and beside MoviePy.

    python -m tests.benchmarks.bench_merge [--without-moviepy]

Twelve clips of 5 s, 1280x720, about 70 MB, each with a narration and captions. Our figure holds everything:
probing the clips, measuring the narrations, writing the video, verifying it. The bare command copies the
same clips, encodes the same narrations, and checks nothing. Both run in turn, and the median counts.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from shared.media.conform import conform
from shared.media.ffmpeg import ffmpeg_path, run_ffmpeg
from shared.media.formats import CUT_FORMATS, PICTURE_ENCODER, SEGMENT_ENCODER
from shared.media.merge import CutInput, merge

CUT = CUT_FORMATS["1280:720"]
CLIPS, SECONDS, FRAMES = 12, 5, 120
PAIRS = 5
MIXED_ROUNDS = 3
GOAL_RATIO, GOAL_MB = 1.5, 150
ODD = (2, 5, 8, 11)
TEXT = "In the deep quiet of the old forest, a small red fox hears a bell that nobody else can hear."
MOVIEPY = "moviepy==2.2.1"

_BELL = "0.3*sin(2*PI*{pitch}*t)*(0.5+0.5*sin(2*PI*4*t))"
_X264 = ("-c:v", "libx264", "-preset", "veryfast")
_ODD_KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("1920x1080, 30 fps", ("size=1920x1080:rate=30", *_X264)),
    ("HEVC, 10 bits", ("size=1280x720:rate=24", "-c:v", "libx265", "-preset", "ultrafast",
                       "-x265-params", "log-level=none", "-pix_fmt", "yuv420p10le")),
    ("portrait", ("size=720x1280:rate=24", *_X264)),
    ("25 fps, B-frames", ("size=1280x720:rate=25", *_X264, "-bf", "3")),
)  # fmt: skip

_MOVIEPY_SCRIPT = """
import sys, time
from moviepy import AudioFileClip, VideoFileClip, concatenate_videoclips
folder, count = sys.argv[1], int(sys.argv[2])
started = time.perf_counter()
clips = [
    VideoFileClip(f"{folder}/clip{i}.mp4").with_audio(AudioFileClip(f"{folder}/voice{i}.mp3"))
    for i in range(count)
]
film = concatenate_videoclips(clips)
film.write_videofile(f"{folder}/moviepy.mp4", preset="veryfast", audio_codec="aac", logger=None)
print(time.perf_counter() - started)
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One measured run: wall seconds, and the highest memory of the process and its children in MB."""

    seconds: float
    megabytes: float


def main() -> None:
    """Make the material, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--without-moviepy", action="store_true", help="skip MoviePy, which needs the network"
    )
    parser.add_argument("--one-merge", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one_merge:
        print(
            json.dumps({"seconds": timed(lambda: our_merge(options.one_merge, uniform(options.one_merge)))})
        )
        return
    with tempfile.TemporaryDirectory(prefix="storyreel-bench-") as name:
        folder = Path(name)
        print("Making twelve clips and their narrations …", flush=True)
        make_material(folder)
        report(folder, with_moviepy=not options.without_moviepy)


def report(folder: Path, *, with_moviepy: bool) -> None:
    """Measure and print."""
    size = sum((folder / f"clip{number}.mp4").stat().st_size for number in range(CLIPS)) / 1e6
    print(
        f"\n{CLIPS} clips of {SECONDS} s, {CUT.width}x{CUT.height}, {size:.0f} MB; median of {PAIRS} pairs\n"
    )
    bare_runs, our_runs = [], []
    for _ in range(PAIRS):
        bare_runs.append(observed(bare_command(folder)))
        our_runs.append(merge_in_its_own_process(folder))
    bare = statistics.median(run.seconds for run in bare_runs)
    ours = statistics.median(run.seconds for run in our_runs)
    ratio = statistics.median(our.seconds / run.seconds for our, run in zip(our_runs, bare_runs, strict=True))
    row("", "wall s", "x bare", "peak MB", "")
    row("bare ffmpeg: copy + narration", bare, 1.0, max(run.megabytes for run in bare_runs), "checks nothing")
    peak = max(run.megabytes for run in our_runs)
    kept = ratio <= GOAL_RATIO and peak < GOAL_MB
    row(
        "Storyreel: probe + merge + verify",
        ours,
        ratio,
        peak,
        verdict(kept, f"≤ {GOAL_RATIO}x, < {GOAL_MB} MB"),
    )
    report_mixed(folder, bare)
    if with_moviepy:
        report_moviepy(folder, bare)


def report_mixed(folder: Path, bare: float) -> None:
    """Four of the twelve clips are odd: what conforming them adds, beside encoding them alone."""
    rounds = [mixed_round(folder) for _ in range(MIXED_ROUNDS)]
    alone = statistics.median(encode for encode, _ in rounds)
    ours = statistics.median(whole for _, whole in rounds)
    margin = statistics.median(encode + GOAL_RATIO * bare - whole for encode, whole in rounds)
    kinds = ", ".join(kind for kind, _ in _ODD_KINDS)
    row("bare ffmpeg: encode 4 odd clips alone", alone, alone / bare, None, kinds)
    goal = f"≤ encoding them + {GOAL_RATIO} x bare"
    row("Storyreel: mixed set, 4 of 12 odd", ours, ours / bare, None, verdict(margin >= 0, goal))
    copied = timed(lambda: conform(folder / "clip0.mp4", folder / "copied.mp4", CUT, FRAMES))
    row("Storyreel: one clip, copied + decoded", copied, copied / bare, None, "once, when it arrives")


def mixed_round(folder: Path) -> tuple[float, float]:
    """Seconds of encoding the odd clips alone, and of our conforming and merging; clip by clip in turn."""
    encode = conformed = 0.0
    for number in ODD:
        encode += timed(partial(plain_encode, folder, number))
        conformed += timed(partial(our_conform, folder, number))
    return encode, conformed + timed(lambda: our_merge(folder, mixed(folder)))


def report_moviepy(folder: Path, bare: float) -> None:
    """MoviePy in an environment of its own: it is no dependency."""
    python = moviepy_python()
    if python is None:
        print(f"\n  {MOVIEPY} could not be installed (no network?): its row is left out.")
        return
    script = folder / "with_moviepy.py"
    script.write_text(_MOVIEPY_SCRIPT, encoding="utf-8")
    run = observed([str(python), str(script), str(folder), str(CLIPS)])
    row("MoviePy 2.2.1, veryfast", run.seconds, run.seconds / bare, run.megabytes, "no captions, no checks")


def moviepy_python() -> Path | None:
    """An interpreter that has MoviePy; installed once into a temporary environment, or None offline."""
    folder = Path(tempfile.gettempdir()) / f"storyreel-{MOVIEPY.replace('==', '-')}"
    python = folder / "bin" / "python"
    uv = Path(sys.executable).with_name("uv")
    if not python.exists():
        print(f"\n  Installing {MOVIEPY} into {folder} (it is no dependency) …", flush=True)
    steps = (
        [uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, folder],
        [uv, "pip", "install", "--quiet", "--python", python, MOVIEPY],
    )
    try:
        for step in steps:
            subprocess.run([str(part) for part in step], check=True, capture_output=True, timeout=300)
    except (subprocess.SubprocessError, OSError):
        shutil.rmtree(folder, ignore_errors=True)
        return None
    return python


def make_material(folder: Path) -> None:
    """Clips with moving noise, so that they are as large as real ones; narrations as MP3."""
    for number in range(CLIPS):
        source = (
            f"testsrc2=size={CUT.width}x{CUT.height}:rate=24:duration={SECONDS},"
            f"hue=h={number * 30},noise=alls=9:allf=t:all_seed={number}"
        )
        as_large = ("-crf", "24")
        run_ffmpeg(
            ["-f", "lavfi", "-i", source, *SEGMENT_ENCODER, *as_large, folder / f"clip{number}.mp4"],
            timeout_seconds=120,
        )
        voice = f"aevalsrc={_BELL.format(pitch=110 + 9 * number)}:sample_rate=44100:duration=4.6"
        run_ffmpeg(
            ["-f", "lavfi", "-i", voice, "-c:a", "libmp3lame", folder / f"voice{number}.mp3"],
            timeout_seconds=60,
        )
    for number, (_, (source, *encoder)) in zip(ODD, _ODD_KINDS, strict=True):
        picture = f"testsrc2={source}:duration={SECONDS},noise=alls=9:allf=t:all_seed={number}"
        run_ffmpeg(["-f", "lavfi", "-i", picture, *encoder, folder / f"odd{number}.mp4"], timeout_seconds=120)


def bare_command(folder: Path) -> list[str]:
    """What one would type: join the clips, join the narrations, encode the sound."""
    for kind, suffix in (("clip", "mp4"), ("voice", "mp3")):
        lines = [f"file '{folder / f'{kind}{number}.{suffix}'}'" for number in range(CLIPS)]
        (folder / f"{kind}s.txt").write_text("\n".join(lines), encoding="utf-8")
    join = ("-f", "concat", "-safe", "0", "-i")
    sound = ("-c:a", "aac", "-b:a", "160k", "-ar", "48000", "-ac", "2")
    return [
        str(ffmpeg_path()), "-nostdin", "-y", "-loglevel", "error",
        *join, str(folder / "clips.txt"), *join, str(folder / "voices.txt"),
        "-map", "0:v", "-map", "1:a", "-c:v", "copy", *sound,
        "-movflags", "+faststart", str(folder / "bare.mp4"),
    ]  # fmt: skip


def plain_encode(folder: Path, number: int) -> None:
    """An odd clip, encoded as one would type it, with the settings that conforming uses."""
    fit = f"scale={CUT.width}:{CUT.height}:force_original_aspect_ratio=decrease:flags=lanczos"
    filters = f"fps=24,{fit},pad={CUT.width}:{CUT.height}:-1:-1,format=yuv420p"
    command = [
        str(ffmpeg_path()), "-nostdin", "-y", "-loglevel", "error", "-i", str(folder / f"odd{number}.mp4"),
        "-vf", filters, *PICTURE_ENCODER, "-an", str(folder / f"plain{number}.mp4"),
    ]  # fmt: skip
    subprocess.run(command, check=True)


def our_conform(folder: Path, number: int) -> None:
    """The same through our own door, probing and verifying included."""
    conform(folder / f"odd{number}.mp4", folder / f"segment{number}.mp4", CUT, FRAMES)


def our_merge(folder: Path, pieces: Sequence[CutInput]) -> None:
    """A whole cut with soft captions."""
    merge(pieces, folder / "ours.mp4", cut=CUT, captions="soft", work_dir=folder, title="The fox")


def uniform(folder: Path) -> list[CutInput]:
    """The twelve clips as they are: all in the cut's format."""
    return [
        CutInput(folder / f"clip{number}.mp4", FRAMES, folder / f"voice{number}.mp3", TEXT)
        for number in range(CLIPS)
    ]


def mixed(folder: Path) -> list[CutInput]:
    """The same with the odd ones, conformed, in their places."""
    return [
        CutInput(folder / f"segment{number}.mp4", FRAMES, piece.narration, TEXT) if number in ODD else piece
        for number, piece in enumerate(uniform(folder))
    ]


def merge_in_its_own_process(folder: Path) -> Run:
    """Our merge in a fresh interpreter, so that its memory is its own; its time is without the start-up."""
    command = [sys.executable, "-m", "tests.benchmarks.bench_merge", "--one-merge", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with _Memory(process.pid) as memory:
        answer, _ = process.communicate(timeout=300)
    if process.returncode != 0:
        raise SystemExit(f"The merge failed with exit code {process.returncode}.")
    return Run(json.loads(answer)["seconds"], memory.peak_megabytes)


def observed(command: Sequence[str]) -> Run:
    """Run a command to its end and watch its memory."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    with _Memory(process.pid) as memory:
        process.wait(timeout=600)
    seconds = time.perf_counter() - started
    if process.returncode != 0:
        raise SystemExit(f"{Path(command[0]).name} failed with exit code {process.returncode}.")
    return Run(seconds, memory.peak_megabytes)


def timed(work: Callable[[], object]) -> float:
    """Wall seconds."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


class _Memory:
    """Samples the resident memory of a process and its children, every 5 ms (Linux only, else 0)."""

    def __init__(self, process_id: int) -> None:
        self.peak_megabytes = 0.0
        self._id = process_id
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> _Memory:  # noqa: PYI034 (not for subclasses)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.005):
            self.peak_megabytes = max(self.peak_megabytes, _tree_megabytes(self._id))


def _tree_megabytes(process_id: int) -> float:
    folder = Path(f"/proc/{process_id}")
    try:
        pages = int((folder / "statm").read_text().split()[1])
        children = [
            child for task in (folder / "task").iterdir() for child in (task / "children").read_text().split()
        ]
    except (OSError, IndexError):  # over, or no Linux
        return 0.0
    return pages * 4096 / 1e6 + sum(_tree_megabytes(int(child)) for child in children)


def verdict(kept: bool, goal: str) -> str:  # noqa: FBT001 (reads as a sentence)
    """The goal, and whether it was reached."""
    return f"goal {goal}: {'reached' if kept else 'MISSED'}"


def row(
    name: str, seconds: float | str, ratio: float | str, megabytes: float | str | None, note: str
) -> None:
    """One line of the table."""
    cells = [value if isinstance(value, str) else f"{value:.2f}" for value in (seconds, ratio)]
    memory = "" if megabytes is None else megabytes if isinstance(megabytes, str) else f"{megabytes:.0f}"
    print(f"  {name:<38} {cells[0]:>8} {cells[1]:>8} {memory:>8}   {note}", flush=True)


if __name__ == "__main__":
    main()

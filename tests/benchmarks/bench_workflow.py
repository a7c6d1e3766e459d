"""How close a whole video comes to the critical path of its providers.

    python -m tests.benchmarks.bench_workflow

Six scenes through the whole local stack; the fake providers take 2 s for a story, 3 s for a frame, 8 s for
a clip, 1 s for a narration. The critical path is what no order of the work can beat: the story, the frame
that the others are kept alike to, another frame, its clip. Beside it stands the time of the same calls one
after another, without anything of ours.
"""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from PIL import Image

from tests.benchmarks.simulation import (
    CLIP_SECONDS,
    FRAME_SECONDS,
    LATENCIES,
    ORDER,
    POLL_SECONDS,
    SCENES,
    SPEECH_SECONDS,
    STORY_SECONDS,
    simulated_stack,
    succeeded,
)
from tests.fakes.providers.server import FakeProviders
from tests.running_stack import Api, RunningStack

GOAL = 1.25
WARM_RUNS = 2
CRITICAL_PATH = STORY_SECONDS + 2 * FRAME_SECONDS + CLIP_SECONDS
OWN_PICTURE_PATH = STORY_SECONDS + FRAME_SECONDS + CLIP_SECONDS
SEQUENTIAL = STORY_SECONDS + SCENES * (FRAME_SECONDS + CLIP_SECONDS + SPEECH_SECONDS)

_KINDS = {"story": "story", "frame": "other frames", "narration": "narrations", "clip": "clips"}


@dataclass(frozen=True, slots=True)
class Run:
    """One video: wall seconds, and what happened when in seconds since it was asked for."""

    seconds: float
    moments: list[tuple[str, float, float]]


def main() -> None:
    """Make the videos, print the tables."""
    with_picture = {**ORDER, "referenceImage": picture()}
    with FakeProviders() as fake:
        prepare(fake, ORDER, with_picture)
        with simulated_stack(fake) as stack:
            cold = run(stack, ORDER)
            warm = min((run(stack, ORDER) for _ in range(WARM_RUNS)), key=lambda each: each.seconds)
            own_picture = run(stack, with_picture)
    print(
        f"\n{SCENES} scenes; story {STORY_SECONDS:g} s, frame {FRAME_SECONDS:g} s, clip {CLIP_SECONDS:g} s, "
        f"narration {SPEECH_SECONDS:g} s; a look every {POLL_SECONDS} s\n"
    )
    print(f"  {'':<46} {'wall s':>8} {'path s':>8} {'x path':>8}")
    row("critical path: story, first frame, frame, clip", CRITICAL_PATH, CRITICAL_PATH, "")
    row("Storyreel, first video after the start", cold.seconds, CRITICAL_PATH)
    row(f"Storyreel, warm, best of {WARM_RUNS}", warm.seconds, CRITICAL_PATH)
    row("Storyreel, warm, with a picture of one's own", own_picture.seconds, OWN_PICTURE_PATH)
    row("the same calls one after another", SEQUENTIAL, CRITICAL_PATH, "the providers' time alone")
    print_moments("first video after the start", cold)
    print_moments("warm", warm)
    print_moments("warm, with a picture of one's own", own_picture)


def prepare(fake: FakeProviders, *orders: dict[str, Any]) -> None:
    """Let the fake make its pictures and clips, which it keeps: encoding them is not what is measured."""
    with simulated_stack(fake) as stack:
        api, _ = stack.new_caller("prepare")
        for order in orders:
            succeeded(api.make(**order))
    fake.settings.latencies.update(LATENCIES)


def run(stack: RunningStack, order: dict[str, Any]) -> Run:
    """Make one video for a user of its own, from POST to its final state as the caller sees it."""
    api, _ = stack.new_caller("bench")
    started = time.perf_counter()
    video = succeeded(api.make(**order))
    seconds = time.perf_counter() - started
    return Run(seconds, moments(api, video))


def moments(api: Api, video: dict[str, Any]) -> list[tuple[str, float, float]]:
    """When each kind of call began and ended, and the rest, in seconds since the video was written down."""
    status, history = api.call("GET", f"/api/videos/{video['id']}/history")
    if status != 200:
        raise SystemExit(f"The history answers {status}.")
    begun = datetime.fromisoformat(video["createdAt"])

    def since(moment: str) -> float:
        return (datetime.fromisoformat(moment) - begun).total_seconds()

    found = []
    for kind, name in _KINDS.items():
        calls = [call for call in history["items"] if call["kind"] == kind]
        starts, ends = [[since(call[at]) for call in calls] for at in ("intendedAt", "finishedAt")]
        if kind == "frame":
            first, *starts = sorted(starts)
            first_end, *ends = sorted(ends)
            found.append(("first frame", first, first_end))
        found.append((name, min(starts), max(ends)))
    finished = since(video["finishedAt"])
    return [*found, ("conform, merge, publish", found[-1][2], finished)]


def print_moments(title: str, made: Run) -> None:
    """Where the time went."""
    print(f"\n  {title + ': from … to':<46} {'from s':>8} {'to s':>8} {'for s':>8}")
    for name, start, end in made.moments:
        print(f"    {name:<44} {start:>8.2f} {end:>8.2f} {end - start:>8.2f}")


def row(name: str, seconds: float, path: float, note: str | None = None) -> None:
    """One line of the table; without a note the goal's."""
    ratio = seconds / path
    said = f"goal ≤ {GOAL}x: {'reached' if ratio <= GOAL else 'MISSED'}" if note is None else note
    print(f"  {name:<46} {seconds:>8.2f} {path:>8.2f} {ratio:>8.2f}   {said}")


def picture() -> str:
    """A reference image, as a client sends it."""
    content = BytesIO()
    Image.new("RGB", (1280, 720), (40, 90, 140)).save(content, "PNG")
    return base64.b64encode(content.getvalue()).decode()


if __name__ == "__main__":
    main()

"""What one video takes of Lambda, for the bill: the figures of `infra/usage.toml`.

    python -m tests.benchmarks.bench_usage

Six scenes and 30 s through the whole local stack, with providers that answer at once: what is left is what
the functions themselves do. The second video counts, since the first one waits for every function to load.
Copy the tables into `infra/usage.toml` when the machine was quiet.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Mapping
from pathlib import Path

from infra.asl import steps_called
from tests.benchmarks.simulation import ORDER, simulated_stack, succeeded
from tests.fakes.providers.server import FakeProviders
from tests.running_stack import RunningStack

ENDPOINTS = ("create_video", "get_video")
LOOKS = ("check_clip", "narrate")
_QUICK_READS = 9
"""More than those that wait for the video: their median is of a read that waits for nothing."""

_REPORT = re.compile(rb"^REPORT RequestId: \S+ Duration: ([\d.]+) ms", re.MULTILINE)


def main() -> None:
    """Make two videos, print what the second one took."""
    with FakeProviders() as fake, simulated_stack(fake) as stack:
        make(stack)
        before = reported(stack.stack.folder.logs / "functions")
        make(stack)
        after = reported(stack.stack.folder.logs / "functions")
    took = {name: each[len(before.get(name, [])) :] for name, each in after.items()}
    print_table("steps", {name: each for name, each in took.items() if name in steps_called()})
    print_table("looks", {name: each for name, each in took.items() if name in LOOKS})
    print_table("endpoints", {name: each for name, each in took.items() if name in ENDPOINTS})


def make(stack: RunningStack) -> None:
    """One video for a user of its own."""
    api, _ = stack.new_caller("usage")
    video = succeeded(api.make(**ORDER))
    for _ in range(_QUICK_READS):
        api.video(video["id"])


def reported(logs: Path) -> dict[str, list[float]]:
    """The milliseconds of every invocation so far, by function."""
    return {
        file.stem: [float(each) for each in _REPORT.findall(file.read_bytes())] for file in logs.glob("*.log")
    }


def print_table(title: str, took: Mapping[str, list[float]]) -> None:
    """One table, as `infra/usage.toml` has it."""
    print(f"\n[{title}]")
    for name, each in took.items():
        if each:
            middle = statistics.median(each)
            print(f"{name} = {{ invocations = {len(each)}, milliseconds = {middle:.0f} }}")


if __name__ == "__main__":
    main()

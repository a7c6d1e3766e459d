"""What a function's import costs, beside `import boto3`, which every Lambda knows.

    python -m tests.benchmarks.bench_imports

Each import is the first of a fresh interpreter with an empty environment. The rounds go through all
functions in turn, with boto3 in each, and the medians count.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from shared.lambdas.declaration import Declaration, declarations
from shared.lambdas.endpoint import Endpoint

ROOT = Path(__file__).parents[2]
ROUNDS = 5
HEAVY = ("openai", "runwayml", "PIL", "av", "imageio_ffmpeg")
YARDSTICK = "boto3"

_PROGRAM = """
import json, sys, time
started = time.perf_counter()
__import__(sys.argv[1])
seconds = time.perf_counter() - started
print(json.dumps([seconds, [name for name in sys.argv[2:] if name in sys.modules]]))
"""


@dataclass(slots=True)
class Imported:
    """The imports of one module."""

    seconds: list[float] = field(default_factory=list)
    heavy: list[str] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Seconds."""
        return statistics.median(self.seconds)


def main() -> None:
    """Measure, print the table."""
    functions = sorted(declarations(Declaration), key=lambda each: each.module)
    measured = measure([YARDSTICK, *(each.module for each in functions)], ROUNDS)
    boto3 = measured[YARDSTICK].median
    print(f"{len(functions)} functions, a fresh interpreter each time, median of {ROUNDS}\n")
    print(f"  {'':<44} {'ms':>6} {'x boto3':>8}   brings along")
    row("import boto3", boto3, boto3, "")
    for each in sorted(functions, key=lambda each: (not isinstance(each, Endpoint), each.module)):
        imported = measured[each.module]
        row(each.module.removeprefix("functions."), imported.median, boto3, ", ".join(imported.heavy))
    offenders = [each for each in functions if isinstance(each, Endpoint) and measured[each.module].heavy]
    said = ", ".join(f"{each.name} ({', '.join(measured[each.module].heavy)})" for each in offenders)
    print(f"\n  Endpoints that import {', '.join(HEAVY)}: {said or 'none'}.")


def measure(modules: Sequence[str], rounds: int) -> dict[str, Imported]:
    """Import each module once per round. The first round only lets Python write its bytecode."""
    measured = {module: Imported() for module in modules}
    for number in range(rounds + 1):
        for module, imported in measured.items():
            seconds, imported.heavy = import_once(module)
            if number > 0:
                imported.seconds.append(seconds)
    return measured


def import_once(module: str) -> tuple[float, list[str]]:
    """Seconds of one import in an interpreter of its own, and which heavy libraries it brought along."""
    program = [sys.executable, "-c", _PROGRAM, module, *HEAVY]
    ended = subprocess.run(program, cwd=ROOT, env={}, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise SystemExit(f"{module} cannot be imported:\n{ended.stderr}")
    seconds, heavy = json.loads(ended.stdout)
    return seconds, heavy


def row(name: str, seconds: float, boto3: float, note: str) -> None:
    """One line of the table."""
    print(f"  {name:<44} {seconds * 1000:>6.0f} {seconds / boto3:>8.2f}   {note}")


if __name__ == "__main__":
    main()

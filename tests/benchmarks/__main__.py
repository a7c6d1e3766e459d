"""All benchmarks, or those that are named.

    python -m tests.benchmarks [NAME …]

Each runs in a process of its own, one after another, so that none measures what another left behind.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

_PREFIX = "bench_"


def main() -> int:
    """Run them; 1 where one broke. A goal that is missed is printed, and breaks nothing."""
    known = benchmark_names()
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(known)}; all if left out")
    asked: list[str] = parser.parse_args().names
    if unknown := sorted(set(asked) - set(known)):
        parser.error(f"There is no benchmark {unknown[0]!r}. Choose from: {', '.join(known)}.")
    broken = [name for name in asked or known if not runs(name)]
    if broken:
        print(f"\nThese benchmarks broke: {', '.join(broken)}.", file=sys.stderr)
    return 1 if broken else 0


def benchmark_names() -> list[str]:
    """The benchmarks of this folder, as they are called on the command line."""
    return sorted(path.stem.removeprefix(_PREFIX) for path in Path(__file__).parent.glob(f"{_PREFIX}*.py"))


def runs(name: str) -> bool:
    """Run one benchmark to its end; whether it got there."""
    print(f"\n== {name} {'=' * (100 - len(name))}", flush=True)
    cores, load = os.cpu_count() or 1, os.getloadavg()[0]
    if load > cores / 2:
        print(
            f"   This machine is busy (load {load:.1f} on {cores} cores): the figures are too high.\n",
            flush=True,
        )
    started = time.monotonic()
    ended = subprocess.run([sys.executable, "-m", f"tests.benchmarks.{_PREFIX}{name}"], check=False)
    print(f"\n   {name}: {time.monotonic() - started:.0f} s", flush=True)
    return ended.returncode == 0


if __name__ == "__main__":
    raise SystemExit(main())

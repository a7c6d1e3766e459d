"""Storyreel on this machine.

python -m infra.local run                      the stack stays up until Ctrl-C
python -m infra.local demo --prompt "…"        the stack makes one video and stops
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from infra import ROOT
from infra.local.demo import make_demo, make_smoke
from infra.local.environment import named_api, provider_keys
from infra.local.failures import NotStarted, StackFailed
from infra.local.folder import Access, DataFolder
from infra.local.order import OrderRefused, read_order
from infra.local.racing import first_of
from infra.local.stack import STAGE, SYNTHESIZED, LocalStack
from infra.local.terminal import Terminal
from infra.synth import synthesize

_INTERRUPTED = 130
"""What a shell expects of a program that Ctrl-C has ended."""

_REFUSED = 2
"""What a shell expects of a program that was called in a wrong way."""

T = TypeVar("T")

_DEMO_OPTIONS: dict[str, tuple[str | None, str]] = {
    "PROMPT": (None, "what the video is about"),
    "SCENES": ("6", "how many scenes"),
    "SECONDS": ("30", "the video's length"),
    "RATIO": ("1280:720", "1280:720, 720:1280, 1:1 …"),
    "STYLE": ("", "cinematic, watercolor, anime …"),
    "MOOD": ("", "warm, epic, mysterious …"),
    "OUT": (str(ROOT / "out" / "demo.mp4"), "where the video goes"),
    "LIVE": ("", "1 lets the paid providers make it, if there are keys"),
}
"""Name in make -> default, None where there is none, and meaning. Checked by `read_order`."""

_SMOKE = {"PROMPT": "A paper boat crosses a pond", "SCENES": "2", "SECONDS": "6", "RATIO": "1280:720"}
"""What `make smoke` orders: as short as a video with two scenes can be."""

Work = Callable[[Access], Coroutine[Any, Any, int]]


def main() -> int:
    """Run a command; returns the exit status."""
    chosen = _parser().parse_args()
    terminal = Terminal()
    if chosen.command == "prepare":
        synthesize(STAGE, SYNTHESIZED, bundle_layers=False)
        return 0
    if chosen.command == "run":
        return asyncio.run(
            _with_stack(LocalStack(chosen.data, say=terminal.say), terminal, _stay_up(terminal))
        )
    if chosen.command == "smoke":
        return _smoke(chosen.data, terminal)
    try:
        order = read_order({name: str(getattr(chosen, name.lower())) for name in _DEMO_OPTIONS})
    except OrderRefused as error:
        terminal.say(str(error))
        return _REFUSED

    async def demo(access: Access) -> int:
        return await make_demo(access, order, terminal)

    stack = LocalStack(chosen.data, say=terminal.say, drafts_only=not order.live)
    return asyncio.run(_with_stack(stack, terminal, demo))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.local", description="Storyreel on this machine.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="start the stack and keep it up until Ctrl-C")
    demo = commands.add_parser("demo", help="make one video and stop")
    smoke = commands.add_parser("smoke", help="make a short draft on the API at $URL with $KEY, and check it")
    commands.add_parser("prepare", help="synthesize the template, so that the first start is a quick one")
    for each in (run, demo, smoke):
        each.add_argument("--data", type=Path, default=ROOT / ".data", help="where everything is kept")
    for name, (default, meaning) in _DEMO_OPTIONS.items():
        demo.add_argument(f"--{name.lower()}", default=default, required=default is None, help=meaning)
    return parser


def _smoke(data: Path, terminal: Terminal) -> int:
    """A short draft on a running API; without an address, the one that `make run` has up."""
    url, key = named_api()
    stack = DataFolder(data).published()
    if not url and not key and stack is not None:
        url, key = stack.api_url, stack.api_key
    if not url.startswith(("https://", "http://")) or not key:
        terminal.say("Name the API: make smoke URL=https://… KEY=sk_live_…   (or have `make run` up)")
        return _REFUSED
    order = read_order({**_SMOKE, "OUT": str(ROOT / "out" / "smoke.mp4")})
    return asyncio.run(make_smoke(url, key, order, terminal))


async def _with_stack(stack: LocalStack, terminal: Terminal, work: Work) -> int:
    """Start the stack, do the work, stop the stack: also on Ctrl-C, on SIGTERM, and when a part dies."""
    interrupted = asyncio.Event()
    _on_signals(interrupted, terminal)
    terminal.say(terminal.styled("Starting Postgres, S3, Step Functions and Lambda …", "dim"))
    try:
        access = await _unless(interrupted, stack.start())
        if access is None:
            return _INTERRUPTED
        terminal.say(terminal.styled(f"Ready in {stack.timing.total_seconds:.1f} s.", "dim"))
        status = await _unless(interrupted, first_of(work(access), stack.watch()))
    except NotStarted as error:
        terminal.say(f"{terminal.styled('Not started.', 'red', 'bold')} {error}")
        return 1
    except StackFailed as error:
        terminal.say(terminal.styled("The local stack has failed.", "red", "bold"))
        terminal.say(str(error))
        return 1
    finally:
        await stack.stop()
    return _INTERRUPTED if status is None else status


async def _unless(interrupted: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """What the work gives; None when it was interrupted, and it has then cleaned up after itself."""

    async def interruption() -> None:
        await interrupted.wait()

    return await first_of(work, interruption())


def _on_signals(interrupted: asyncio.Event, terminal: Terminal) -> None:
    """The first signal stops everything cleanly; the second at once: the warden clears up."""

    def received() -> None:
        if interrupted.is_set():
            os._exit(_INTERRUPTED)
        interrupted.set()
        terminal.say(terminal.styled("\nStopping … (Ctrl-C again to force)", "dim"))

    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(each, received)


def _stay_up(terminal: Terminal) -> Work:
    async def stay(access: Access) -> int:
        body = '{"prompt": "A lighthouse keeper finds a lost whale", "frameCount": 3, "duration": 12}'
        terminal.say(
            f"""
{terminal.styled("Storyreel is up.", "green", "bold")}
  API   {access.api_url}
  Key   {access.api_key}
  Docs  {access.docs_url}

Make a video:

  curl -X POST '{access.api_url}/api/videos?wait=25' -H 'Authorization: Bearer {access.api_key}' \\
    -H 'Content-Type: application/json' -d '{body}'

Ctrl-C stops it; a second start finds everything again."""
        )
        keys = " and ".join(sorted(provider_keys()))
        if keys:
            paid = f'\nWith {keys} set, a video is paid for, unless its request says "draft": true.'
            terminal.say(terminal.styled(paid, "yellow", "bold"))
        return int(await asyncio.Event().wait())

    return stay


if __name__ == "__main__":
    sys.exit(main())

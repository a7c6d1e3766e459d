"""How a function's process is started: forked from a server that has its libraries loaded, or on its own.

Thirty processes that each load boto3, pydantic and psycopg keep a laptop's cores busy for ten seconds.
Forked, they load them once. macOS has libraries that do not survive a fork: there each stands alone.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from infra import ROOT
from infra.local import fork_server
from infra.local.environment import aws_environment, machine_environment
from infra.local.processes import Processes, kill_group

LIBRARIES = (
    "infra.local.sdk",
    "aws_lambda_powertools.logging",
    "boto3.s3.inject",
    "botocore.httpsession",
    "botocore.parsers",
    "botocore.signers",
    "psycopg",
    "pydantic.alias_generators",
    "simplejson",
    "tomllib",
    "PIL.ImageDraw",
    "PIL.JpegImagePlugin",
    "PIL.PngImagePlugin",
    "av",
)
"""What most functions import. Libraries that start threads have no place here."""

CLIENT_LIBRARIES = (
    "openai.resources.images",
    "openai.resources.responses",
    "runwayml.resources",
    "httpcore",
    "httpcore2",
)
"""What the functions import besides that ask a provider for something: half a second each time."""

CAN_FORK = sys.platform == "linux"


class Child(Protocol):
    """A started process. Its group has its own id."""

    @property
    def pid(self) -> int:
        """The process id."""

    @property
    def returncode(self) -> int | None:
        """How it ended, as subprocess says it; None while it runs."""

    async def wait(self) -> int:
        """Wait until it ends."""


class Children:
    """Starts processes that run Python programs. One for each stack. `libraries` are loaded before."""

    def __init__(self, data: Path, libraries: Sequence[str], *, processes: Processes, log: Path) -> None:
        self._command = (sys.executable, "-P", fork_server.__file__, str(data), *libraries)
        self._processes = processes
        self._log = log
        self._server: _ForkServer | None = None
        self._starting = asyncio.Lock()

    async def open(self) -> None:
        """Begin to load the libraries."""
        if CAN_FORK:
            await self._living_server()

    async def start(
        self, argv: Sequence[str], *, environment: Mapping[str, str], log: Path, cwd: Path = ROOT
    ) -> Child:
        """Start a program with its arguments. Raises OSError where that is not possible."""
        if CAN_FORK:
            server = await self._living_server()
            child: Child = await server.fork(argv, environment, log, cwd)
        else:
            child = await _start_alone(argv, environment, log, cwd)
        self._processes.note(child.pid, signal.SIGKILL)
        return child

    async def close(self) -> None:
        """End the server. Its children are the caller's to end."""
        if self._server is not None:
            await self._server.close()

    async def _living_server(self) -> _ForkServer:
        async with self._starting:
            if self._server is None or not self._server.alive:
                self._server = await _ForkServer.start(self._command, self._processes, self._log)
            return self._server


async def _start_alone(
    argv: Sequence[str], environment: Mapping[str, str], log: Path, cwd: Path
) -> asyncio.subprocess.Process:
    with log.open("ab") as file:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", *argv),
            cwd=cwd,
            env=dict(environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )


class _Forked:
    """A child of the fork server."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._end: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    @property
    def returncode(self) -> int | None:
        return self._end.result() if self._end.done() else None

    async def wait(self) -> int:
        return await asyncio.shield(self._end)

    def ended(self, status: int) -> None:
        """The server says how."""
        if not self._end.done():
            self._end.set_result(status)


class _ForkServer:
    """The server's process, and who waits for its answers."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        requests: asyncio.StreamWriter,
        answers: asyncio.StreamReader,
        processes: Processes,
    ) -> None:
        self._process = process
        self._requests = requests
        self._answers = answers
        self._processes = processes
        self._ids = itertools.count()
        self._asked: dict[int, asyncio.Future[_Forked]] = {}
        self._children: dict[int, _Forked] = {}
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, command: Sequence[str], processes: Processes, log: Path) -> _ForkServer:
        """Start it. It answers as soon as it has loaded."""
        with log.open("ab") as file:
            process = await asyncio.create_subprocess_exec(
                *command,
                cwd=ROOT,
                # With AWS's variables, so that the SDK does not read the user's own configuration.
                env={**machine_environment(), **aws_environment({}), "PYTHONPATH": str(ROOT)},
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=file,
                start_new_session=True,
            )
        processes.note(process.pid, signal.SIGKILL)
        if process.stdin is None or process.stdout is None:
            raise OSError("The fork server has no pipes.")
        return cls(process, process.stdin, process.stdout, processes)

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return not self._reader.done()

    async def fork(
        self, argv: Sequence[str], environment: Mapping[str, str], log: Path, cwd: Path
    ) -> _Forked:
        """A new child. Raises OSError."""
        number = next(self._ids)
        turn: asyncio.Future[_Forked] = asyncio.get_running_loop().create_future()
        self._asked[number] = turn
        request = {
            "id": number,
            "argv": list(argv),
            "environment": dict(environment),
            "log": str(log),
            "cwd": str(cwd),
        }
        self._requests.write(json.dumps(request).encode() + b"\n")
        await self._requests.drain()  # raises ConnectionError, an OSError, where the server is gone
        return await turn

    async def close(self) -> None:
        """End it, if it has not ended by itself."""
        if self.alive:
            kill_group(self._process.pid)
        await self._reader

    async def _read(self) -> None:
        async for line in self._answers:
            self._take(json.loads(line))
        await self._process.wait()
        if self._processes.warden_is_alive:
            self._processes.forget(self._process.pid)
        # Nobody would say any more how its children end: they end now.
        while self._children:
            _, child = self._children.popitem()
            kill_group(child.pid)
            child.ended(-signal.SIGKILL)
        for turn in self._asked.values():
            if not turn.done():
                turn.set_exception(OSError("The fork server has ended."))

    def _take(self, answer: dict[str, Any]) -> None:
        if "status" in answer:
            self._children.pop(answer["pid"]).ended(answer["status"])
            return
        turn = self._asked.pop(answer["id"])
        if "error" in answer:
            turn.set_exception(OSError(answer["error"]))
            return
        child = self._children[answer["pid"]] = _Forked(answer["pid"])
        if turn.cancelled():  # whoever asked is gone: nobody would end it
            kill_group(child.pid)
        else:
            turn.set_result(child)

"""Lambda: functions by name, each with as many processes as it has invocations at a time.

A process is kept for the next invocation and goes when it was idle for a while. Two things are rationed,
as this is one machine and not a region: how many processes load at a time, and how many functions that
run ffmpeg are at work at a time, one for each core: ffmpeg takes every core that it finds. An invocation
waits its turn; its timeout counts from when it gets it.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from infra.local.blueprint import FunctionPlan
from infra.local.children import Children
from infra.local.invocations import MAX_REQUEST_BYTES, Result, failure
from infra.local.processes import Processes
from infra.local.sandbox import Invocation, Sandbox

IDLE_SECONDS = 120.0
"""How long a process is kept for the next invocation."""

_TRIM_SECONDS = 15.0


class RequestTooLarge(ValueError):
    """The event is over Lambda's limit."""


class NoSuchFunction(LookupError):
    """No function has this name."""


class LambdaHost:
    """All functions of the stack.

    `program` is what runs one: see `infra.local.worker`. `children` starts its processes. `ffmpeg_at_once`
    is how many functions that run ffmpeg may be at work at a time; as many as there are cores, if nothing
    is said.
    """

    def __init__(
        self,
        plans: Mapping[str, FunctionPlan],
        *,
        processes: Processes,
        children: Children,
        logs: Path,
        scratch: Path,
        data: Path,
        aws: Mapping[str, str],
        program: Path,
        ffmpeg_at_once: int | None = None,
    ) -> None:
        self._processes = processes
        self._children = children
        self._logs = logs / "functions"
        self._scratch = scratch
        self._data = data
        self._aws = aws
        self._program = program
        cores = os.cpu_count() or 2
        self._loading = asyncio.Semaphore(cores)
        self._ffmpeg = asyncio.Semaphore(ffmpeg_at_once or max(2, cores))
        self._pools = {name: _Pool(plan, self) for name, plan in plans.items()}
        self._names = {plan.physical_name: name for name, plan in plans.items()}
        self._trimmer: asyncio.Task[None] | None = None
        self._logs.mkdir(parents=True, exist_ok=True)

    async def open(self) -> None:
        """Begin to let idle processes go."""
        self._trimmer = asyncio.create_task(self._trim())

    async def invoke(self, function: str, payload: bytes) -> Result:
        """Invoke a function by its name, the name that it has on AWS, or its ARN.

        Raises NoSuchFunction and RequestTooLarge; whatever goes wrong in the function is a Result.
        """
        pool = self._pools[self.name_of(function)]
        if len(payload) > MAX_REQUEST_BYTES:
            raise RequestTooLarge(f"{len(payload)} bytes are over Lambda's limit of {MAX_REQUEST_BYTES}.")
        async with self._turn(pool.plan):
            return await pool.invoke(payload)

    def name_of(self, function: str) -> str:
        """The name of a declared function that is given by that name, its physical name or its ARN."""
        parts = function.split(":")
        physical = parts[6] if function.startswith("arn:") and len(parts) > 6 else parts[0]  # noqa: PLR2004 - ARN
        name = self._names.get(physical, physical)
        if name not in self._pools:
            raise NoSuchFunction(f"Function not found: {function}")
        return name

    def arn_of(self, function: str) -> str:
        """The ARN of a function that is given in any of these ways. Raises NoSuchFunction."""
        return self._pools[self.name_of(function)].plan.arn

    async def close(self) -> None:
        """End every process."""
        if self._trimmer is not None:
            self._trimmer.cancel()
        await asyncio.gather(*(pool.close() for pool in self._pools.values()))

    def sandbox(self, pool: _Pool) -> Sandbox:
        """A new process, not started yet."""
        return Sandbox(
            pool.plan,
            processes=self._processes,
            children=self._children,
            log=self._logs / f"{pool.plan.name}.log",
            scratch=self._scratch,
            data=self._data,
            aws=self._aws,
            program=self._program,
            on_idle=pool.on_idle,
            on_end=pool.on_end,
        )

    @property
    def loading(self) -> asyncio.Semaphore:
        """Held while a process loads."""
        return self._loading

    @asynccontextmanager
    async def _turn(self, plan: FunctionPlan) -> AsyncIterator[None]:
        if not plan.runs_ffmpeg:
            yield
            return
        async with self._ffmpeg:
            yield

    async def _trim(self) -> None:
        while True:
            await asyncio.sleep(_TRIM_SECONDS)
            for pool in self._pools.values():
                pool.trim(time.monotonic() - IDLE_SECONDS)


class _Pool:
    """The processes of one function."""

    def __init__(self, plan: FunctionPlan, host: LambdaHost) -> None:
        self.plan = plan
        self.sandboxes: set[Sandbox] = set()
        self._host = host
        self._idle: list[Sandbox] = []
        self._waiting: deque[asyncio.Future[Sandbox | Result]] = deque()
        self._starts: set[asyncio.Task[None]] = set()
        self._loading: set[Sandbox] = set()

    async def invoke(self, payload: bytes) -> Result:
        """Answer in an idle process, or in a new one."""
        got = await self._acquire()
        return got if isinstance(got, Result) else await got.invoke(Invocation(payload))

    async def _acquire(self) -> Sandbox | Result:
        """A process, or why there can't be one."""
        if self._idle:
            return self._idle.pop()  # the one used last: the others may go
        turn: asyncio.Future[Sandbox | Result] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        task = asyncio.create_task(self._start())
        self._starts.add(task)
        task.add_done_callback(self._starts.discard)
        return await turn

    async def _start(self) -> None:
        """Start one process more, unless meanwhile nobody waits for it any longer."""
        async with self._host.loading:
            # Each one that loads is for one that waits: until it first asks for work, not a moment longer.
            if len(self._waiting) > len(self._loading):
                await self._load()

    async def _load(self) -> None:
        sandbox = self._host.sandbox(self)
        self.sandboxes.add(sandbox)
        self._loading.add(sandbox)
        try:
            await sandbox.start()
        except OSError as error:
            self.on_end(sandbox)
            self._refuse(failure("Lambda.ServiceException", f"The process cannot be started: {error}"))
            return
        if sandbox.init_failure is not None:
            self._refuse(sandbox.init_failure)

    def _refuse(self, result: Result) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(result)
                return

    async def close(self) -> None:
        """End every process, those that are about to load included."""
        starts = list(self._starts)
        for start in starts:
            start.cancel()
        await asyncio.gather(*starts, return_exceptions=True)
        sandboxes = list(self.sandboxes)
        for each in sandboxes:
            each.kill()
        await asyncio.gather(*(each.ended() for each in sandboxes))
        while self._waiting:
            self._refuse(failure("Lambda.ServiceException", "The stack stops."))

    def on_idle(self, sandbox: Sandbox) -> None:
        """A process asks for work: who waits longest gets it."""
        self._loading.discard(sandbox)
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(sandbox)
                return
        self._idle.append(sandbox)

    def on_end(self, sandbox: Sandbox) -> None:
        """A process is gone."""
        self.sandboxes.discard(sandbox)
        self._loading.discard(sandbox)
        if sandbox in self._idle:
            self._idle.remove(sandbox)

    def trim(self, before: float) -> None:
        """End processes that have been idle since `before`."""
        for each in [each for each in self._idle if each.idle_since < before]:
            self._idle.remove(each)
            each.kill()

"""One process that runs one function, one invocation at a time, behind Lambda's Runtime API.

Each has a port of its own: the runtime client cannot say who it is, on AWS it stands alone in its sandbox.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from infra import ROOT
from infra.local.blueprint import FunctionPlan
from infra.local.children import Child, Children
from infra.local.environment import function_environment, machine_environment
from infra.local.invocations import (
    MAX_RESPONSE_BYTES,
    Result,
    exited,
    failure,
    out_of_memory,
    response_too_large,
    timed_out,
)
from infra.local.memory import resident_mb
from infra.local.ports import HOST
from infra.local.processes import Processes, ending, kill_group
from infra.local.rights import credentials_of

INIT_SECONDS = 30.0
"""AWS gives imports 10 s and then counts them to the first invocation; a cold laptop gets a little more."""

_MEMORY_LOOK_SECONDS = 0.5
_FREE_SECONDS = 0.1
"""How long a result is held until its process has asked for more work, or has ended."""
_API = "/2018-06-01/runtime"


@dataclass
class Invocation:
    """One event, on its way to a result."""

    payload: bytes
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    result: asyncio.Future[Result] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def settle(self, result: Result) -> None:
        """The result. The first one counts."""
        if not self.result.done():
            self.result.set_result(result)


class Sandbox:
    """One process of a function. `on_idle` and `on_end` tell its pool."""

    def __init__(
        self,
        plan: FunctionPlan,
        *,
        processes: Processes,
        children: Children,
        log: Path,
        scratch: Path,
        data: Path,
        aws: Mapping[str, str],
        program: Path,
        on_idle: Callable[[Sandbox], None],
        on_end: Callable[[Sandbox], None],
    ) -> None:
        self.plan = plan
        self.idle_since = 0.0
        self._processes = processes
        self._children = children
        self._log = log
        self._scratch = scratch / f"{plan.name}-{uuid.uuid4().hex[:12]}"
        self._data = data
        self._aws = aws
        self._program = program
        self._on_idle = on_idle
        self._on_end = on_end
        self._next: asyncio.Queue[Invocation] = asyncio.Queue()
        self._current: Invocation | None = None
        self._init_failure: Result | None = None
        self._ready = asyncio.Event()
        self._free = asyncio.Event()
        self._process: Child | None = None
        # Who asks for work and dies must not be waited for: nobody would ever end that.
        self._runtime_api = web.Server(self._answer, access_log=None, handler_cancellation=True)
        self._server: asyncio.Server | None = None
        self._watcher: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the process, and return when it asks for work or has ended."""
        self._server = await asyncio.get_running_loop().create_server(self._runtime_api, HOST, 0)
        port = self._server.sockets[0].getsockname()[1]
        self._scratch.mkdir(parents=True)
        try:
            self._process = await self._children.start(
                (str(self._program), self.plan.handler, str(self._data)),
                environment=self._environment(f"{HOST}:{port}"),
                log=self._log,
            )
        except BaseException:  # it cannot be started, or nobody wants it any more
            self._server.close()
            shutil.rmtree(self._scratch, ignore_errors=True)
            raise
        self._watcher = asyncio.create_task(self._watch(self._process))
        try:
            await asyncio.wait_for(self._ready.wait(), INIT_SECONDS)
        except TimeoutError:
            self._init_failure = failure(
                "Sandbox.Timedout", f"Init timed out after {INIT_SECONDS:.0f} seconds"
            )
            self.kill()

    def give(self, invocation: Invocation) -> None:
        """Let it answer an invocation. It must be idle."""
        self._free.clear()
        self._current = invocation
        self._next.put_nowait(invocation)
        if self._process is not None and self._process.returncode is not None:
            # It died while it waited, and the news is still on its way.
            invocation.settle(exited(invocation.request_id, ending(self._process.returncode)))

    async def invoke(self, invocation: Invocation) -> Result:
        """Answer an invocation within the function's timeout and memory."""
        started = time.monotonic()
        memory = asyncio.create_task(self._watch_memory(invocation))
        self.give(invocation)
        try:
            await asyncio.wait_for(asyncio.shield(invocation.result), self.plan.timeout_seconds)
        except TimeoutError:
            invocation.settle(timed_out(invocation.request_id, self.plan.timeout_seconds))
            self.kill()
        finally:
            memory.cancel()
        # The next invocation finds this process idle, not about to be.
        with suppress(TimeoutError):
            await asyncio.wait_for(self._free.wait(), _FREE_SECONDS)
        self._report(invocation, time.monotonic() - started)
        return invocation.result.result()

    @property
    def init_failure(self) -> Result | None:
        """Why the function cannot be loaded, if it cannot."""
        return self._init_failure

    def kill(self) -> None:
        """End the process and all that it started."""
        if self._process is not None:
            kill_group(self._process.pid)

    async def ended(self) -> None:
        """Wait until everything of it is gone."""
        if self._watcher is not None:
            await self._watcher

    def _environment(self, runtime_api: str) -> dict[str, str]:
        plan = self.plan
        return {
            **machine_environment(),
            **self._aws,
            **credentials_of(plan.name),
            "HOME": str(self._scratch),
            "TMPDIR": str(self._scratch),
            "PYTHONPATH": str(ROOT),
            "LAMBDA_TASK_ROOT": str(ROOT),
            "AWS_LAMBDA_RUNTIME_API": runtime_api,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info[0]}.{sys.version_info[1]}",
            "AWS_LAMBDA_FUNCTION_NAME": plan.physical_name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(plan.memory_mb),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": plan.name,
            "AWS_LAMBDA_LOG_STREAM_NAME": self._scratch.name,
            "AWS_LAMBDA_LOG_FORMAT": "JSON" if plan.json_logs else "Text",
            "_HANDLER": plan.handler,
            **function_environment(plan.environment),
        }

    async def _watch(self, process: Child) -> None:
        """When the process ends, so does what it was doing, and everything that it leaves."""
        code = await process.wait()
        kill_group(process.pid)
        if self._current is not None:
            self._current.settle(exited(self._current.request_id, ending(code)))
        elif not self._ready.is_set() and self._init_failure is None:
            self._init_failure = failure("Runtime.ExitError", f"Runtime exited with error: {ending(code)}")
        self._ready.set()
        self._free.set()
        if self._server is not None:
            self._server.close()
        await self._runtime_api.shutdown(timeout=0.01)  # 0 would be forever
        shutil.rmtree(self._scratch, ignore_errors=True)
        if self._processes.warden_is_alive:
            self._processes.forget(process.pid)
        self._on_end(self)

    async def _watch_memory(self, invocation: Invocation) -> None:
        while self._process is not None:
            await asyncio.sleep(_MEMORY_LOOK_SECONDS)
            if resident_mb(self._process.pid) > self.plan.memory_mb:
                invocation.settle(out_of_memory(invocation.request_id))
                self.kill()
                return

    def _report(self, invocation: Invocation, seconds: float) -> None:
        with self._log.open("a", encoding="utf-8") as log:
            log.write(f"REPORT RequestId: {invocation.request_id} Duration: {seconds * 1000:.1f} ms\n")

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Lambda's Runtime API, as the client in the process calls it."""
        path = request.path.removeprefix(_API)
        if request.method == "GET" and path == "/invocation/next":
            return await self._hand_out()
        if request.method == "POST" and path == "/init/error":
            self._init_failure = Result(await request.read(), failed=True)
            return web.Response(status=202)
        current = self._current
        if (
            request.method != "POST"
            or current is None
            or not path.startswith(f"/invocation/{current.request_id}/")
        ):
            return web.Response(status=403)
        body = await _limited(request)
        if body is None:
            current.settle(response_too_large())
        else:
            current.settle(Result(body, failed=path.endswith("/error")))
        return web.Response(status=202)

    async def _hand_out(self) -> web.Response:
        self._current = None
        self._ready.set()
        self._free.set()
        self.idle_since = time.monotonic()
        self._on_idle(self)
        invocation = await self._next.get()
        deadline = int((time.time() + self.plan.timeout_seconds) * 1000)
        return web.Response(
            body=invocation.payload,
            content_type="application/json",
            headers={
                "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
                "Lambda-Runtime-Deadline-Ms": str(deadline),
                "Lambda-Runtime-Invoked-Function-Arn": self.plan.arn,
            },
        )


async def _limited(request: web.BaseRequest) -> bytes | None:
    """A body, or None when it is over Lambda's limit: then the rest is read and dropped."""
    kept, size = bytearray(), 0
    async for chunk in request.content.iter_any():
        size += len(chunk)
        if size <= MAX_RESPONSE_BYTES:
            kept += chunk
    return bytes(kept) if size <= MAX_RESPONSE_BYTES else None

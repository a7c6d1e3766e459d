from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from infra.local import worker
from infra.local.blueprint import FunctionPlan
from infra.local.children import LIBRARIES, Children
from infra.local.lambda_host import LambdaHost
from infra.local.processes import Processes

T = TypeVar("T")

HANDLERS = "tests.integration.local_stack.handlers"


def plan(name: str, handler: str = f"{HANDLERS}.act", **changes: Any) -> FunctionPlan:
    declared: dict[str, Any] = {
        "kind": "step",
        "trigger": None,
        "physical_name": f"storyreel-dev-{name}",
        "memory_mb": 512,
        "timeout_seconds": 20,
        "json_logs": True,
        "runs_ffmpeg": False,
        "environment": {"GIVEN": "yes"},
    }
    return FunctionPlan(name=name, handler=handler, **{**declared, **changes})


PLANS = {
    each.name: each
    for each in [
        plan("act"),
        plan("hasty", timeout_seconds=1),
        plan("small", memory_mb=64),
        plan("proxied", f"{HANDLERS}.answer_http"),
        plan("malformed", f"{HANDLERS}.answer_malformed"),
        plan("slow", f"{HANDLERS}.answer_http"),
        plan("no_module", f"{HANDLERS}_that_are_not_there.act"),
        plan("no_function", f"{HANDLERS}.nothing"),
    ]
}


@asynccontextmanager
async def _running(folder: Path, program: Path) -> AsyncIterator[LambdaHost]:
    logs = folder / "logs"
    logs.mkdir()
    processes = Processes(folder / "processes", logs)
    processes.open()
    children = Children(folder, LIBRARIES, processes=processes, log=logs / "fork-server.log")
    host = LambdaHost(
        PLANS,
        processes=processes,
        children=children,
        logs=logs,
        scratch=folder / "tmp",
        data=folder,
        aws={},
        program=program,
    )
    await host.open()
    try:
        yield host
    finally:
        await host.close()
        await children.close()
        await asyncio.to_thread(processes.close)


@pytest.fixture
def program() -> Path:
    """What runs a function."""
    return Path(worker.__file__)


@pytest.fixture
def with_host(tmp_path: Path, program: Path) -> Callable[[Callable[[LambdaHost], Coroutine[Any, Any, T]]], T]:
    """Runs a test's own work against a Lambda host."""

    async def run(work: Callable[[LambdaHost], Coroutine[Any, Any, T]]) -> T:
        async with _running(tmp_path, program) as host:
            return await asyncio.wait_for(work(host), 60)

    return lambda work: asyncio.run(run(work))

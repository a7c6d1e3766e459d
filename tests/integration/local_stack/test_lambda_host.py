from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from infra.local.invocations import Result
from infra.local.lambda_host import LambdaHost, NoSuchFunction, RequestTooLarge
from infra.local.processes import command_of

WithHost: TypeAlias = Callable[[Callable[[LambdaHost], Coroutine[Any, Any, Any]]], Any]


async def invoke(host: LambdaHost, function: str, **event: Any) -> Result:
    return await host.invoke(function, json.dumps(event).encode())


async def answer(host: LambdaHost, function: str = "act", **event: Any) -> Any:
    result = await invoke(host, function, **event)
    assert not result.failed, result.payload
    return json.loads(result.payload)


async def error_type(host: LambdaHost, function: str = "act", **event: Any) -> str:
    result = await invoke(host, function, **event)
    assert result.failed, result.payload
    return str(json.loads(result.payload)["errorType"])


def test_a_function_sees_itself_as_on_aws(with_host: WithHost) -> None:
    async def work(host: LambdaHost) -> Any:
        return await answer(host, do="echo", text="ü")

    seen = with_host(work)
    assert seen["event"] == {"do": "echo", "text": "ü"}
    assert seen["name"] == "storyreel-dev-act"
    assert seen["arn"] == "arn:aws:lambda:us-east-1:123456789012:function:storyreel-dev-act"
    assert seen["memory"] == "512"
    assert 0 < seen["remaining"] <= 20_000
    assert seen["given"] == "yes"


def test_a_process_is_used_again_and_has_its_own_scratch_folder(with_host: WithHost) -> None:
    async def work(host: LambdaHost) -> Any:
        arn = "arn:aws:lambda:us-east-1:123456789012:function:storyreel-dev-act"
        return [await answer(host, name, do="echo") for name in ("act", "storyreel-dev-act", arn)]

    seen = with_host(work)
    assert len({each["pid"] for each in seen}) == 1
    assert not Path(seen[0]["scratch"]).exists()


def test_invocations_at_the_same_time_have_a_process_each(with_host: WithHost, tmp_path: Path) -> None:
    folder = tmp_path / "waiting"
    folder.mkdir()

    async def work(host: LambdaHost) -> Any:
        waiting = [answer(host, do="wait", folder=str(folder), together=5) for _ in range(5)]
        return await asyncio.gather(*waiting)

    assert len(set(with_host(work))) == 5


@pytest.mark.parametrize(
    ("function", "event", "expected"),
    [
        ("act", {"do": "fail"}, "Refused"),
        ("act", {"do": "exit"}, "Runtime.ExitError"),
        ("act", {"do": "crash"}, "Runtime.ExitError"),
        ("act", {"do": "unserializable"}, "Runtime.MarshalError"),
        ("act", {"do": "large", "bytes": 7_000_000}, "Function.ResponseSizeTooLarge"),
        ("small", {"do": "eat", "megabytes": 200}, "Runtime.OutOfMemory"),
        ("no_module", {}, "Runtime.ImportModuleError"),
        ("no_function", {}, "Runtime.HandlerNotFound"),
    ],
)
def test_what_goes_wrong_has_the_name_that_aws_gives_it(
    with_host: WithHost, function: str, event: dict[str, Any], expected: str
) -> None:
    async def work(host: LambdaHost) -> Any:
        return await error_type(host, function, **event)

    assert with_host(work) == expected


def test_after_a_failure_the_next_invocation_is_answered(with_host: WithHost) -> None:
    async def work(host: LambdaHost) -> Any:
        for do in ("exit", "fail", "large", "crash"):
            await error_type(host, do=do, bytes=7_000_000)
        return await answer(host, do="echo")

    assert with_host(work)["event"]["do"] == "echo"


def test_a_function_that_takes_too_long_is_ended_with_all_that_it_started(
    with_host: WithHost, tmp_path: Path
) -> None:
    note = tmp_path / "child"

    async def work(host: LambdaHost) -> Any:
        return await error_type(host, "hasty", do="sleep", note=str(note))

    assert with_host(work) == "Sandbox.Timedout"
    assert command_of(int(note.read_text())) is None


def test_an_unknown_function_and_a_large_event_are_refused(with_host: WithHost) -> None:
    async def work(host: LambdaHost) -> None:
        with pytest.raises(NoSuchFunction):
            await invoke(host, "nobody")
        with pytest.raises(RequestTooLarge):
            await invoke(host, "act", text="x" * 7_000_000)

    with_host(work)


def test_a_process_that_ends_leaves_nothing_that_waits_for_it(with_host: WithHost) -> None:
    def left() -> list[str]:
        return [str(each) for each in asyncio.all_tasks() if "RequestHandler" in str(each)]

    async def work(host: LambdaHost) -> list[str]:
        pid = (await answer(host, do="echo"))["pid"]
        assert left()  # it asks for more work
        os.kill(pid, signal.SIGKILL)
        for _ in range(100):
            if not left():
                break
            await asyncio.sleep(0.05)
        return left()

    assert with_host(work) == []

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from infra.local.lambda_host import LambdaHost
from tests.integration.local_stack import portable_worker

WithHost: TypeAlias = Callable[[Callable[[LambdaHost], Coroutine[Any, Any, Any]]], Any]


@pytest.fixture
def program() -> Path:
    return Path(portable_worker.__file__)


def test_without_the_native_client_a_function_answers_and_fails_in_the_same_way(with_host: WithHost) -> None:
    async def work(host: LambdaHost) -> Any:
        async def invoke(**event: Any) -> tuple[bool, Any]:
            result = await asyncio.wait_for(host.invoke("act", json.dumps(event).encode()), 20)
            return result.failed, json.loads(result.payload)

        return [await invoke(do="echo", text="ü"), await invoke(do="fail"), await invoke(do="echo", text="2")]

    first, failed, again = with_host(work)
    assert first[0] is False, first[1]
    assert first[1]["event"]["text"] == "ü"
    assert first[1]["remaining"] > 0
    assert (failed[0], failed[1]["errorType"]) == (True, "Refused")
    assert again[1]["pid"] == first[1]["pid"]

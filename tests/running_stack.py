"""The local stack inside a test run: real parts, with the fake providers in the place of the paid ones."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import UUID

from infra.local.environment import function_environment
from infra.local.folder import Access
from infra.local.stack import LocalStack
from shared.database import admin_transaction

T = TypeVar("T")

FINAL_STATES = {"succeeded", "failed", "stopped", "cancelled", "needs_budget", "needs_credit", "needs_key"}
START_SECONDS = 180
VIDEO_SECONDS = 120


class Api:
    """A client of the API: one caller."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        self.key = key

    def call(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON body, whatever the status."""
        request = Request(  # noqa: S310 - the stack's own address
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.key}",
                "Content-Type": "application/json",
                **(headers or {}),
            },
        )
        try:
            with urlopen(request, timeout=40) as response:  # noqa: S310 - the same
                return response.status, json.loads(response.read())
        except HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def create(self, **order: Any) -> dict[str, Any]:
        """A new video: the answer's `video`."""
        status, answer = self.call("POST", "/api/videos", order)
        assert status in {200, 202}, answer
        video: dict[str, Any] = answer["video"]
        return video

    def video(self, video_id: str) -> dict[str, Any]:
        """A video as it is."""
        status, answer = self.call("GET", f"/api/videos/{video_id}")
        assert status == 200, answer
        video: dict[str, Any] = answer["video"]
        return video

    def finished(self, video_id: str, seconds: float = VIDEO_SECONDS) -> dict[str, Any]:
        """A video once it is in a state in which nothing happens by itself."""
        give_up_at = time.monotonic() + seconds
        while time.monotonic() < give_up_at:
            status, answer = self.call("GET", f"/api/videos/{video_id}?wait=10")
            assert status == 200, answer
            video: dict[str, Any] = answer["video"]
            if video["state"] in FINAL_STATES:
                return video
        raise AssertionError(f"After {seconds} s the video is still {video['state']}: {video['stage']}.")

    def make(self, **order: Any) -> dict[str, Any]:
        """A video, made."""
        return self.finished(self.create(**order)["id"])

    def render(self, video_id: str, **order: Any) -> dict[str, Any]:
        """A video, rendered on."""
        status, answer = self.call("POST", f"/api/videos/{video_id}/render", order)
        assert status == 202, answer
        return self.finished(video_id)


class RunningStack:
    """The stack in a thread of this process."""

    def __init__(self, stack: LocalStack, access: Access, loop: asyncio.AbstractEventLoop) -> None:
        self.stack = stack
        self.access = access
        self._loop = loop
        self.api = Api(access.api_url, access.api_key)

    def run(self, work: Coroutine[Any, Any, T], seconds: float = 120) -> T:
        """Do something in the stack's own thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def invoke(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        """Invoke an operation by its name."""
        return self.run(self.stack._operate(function, event))

    def new_caller(self, name: str = "test", **terms: Any) -> tuple[Api, UUID]:
        """A client for a user of its own, and the user's id. `terms` as the operation takes them."""
        order = {"name": name, "perMinute": 100_000, "perHour": 1_000_000}
        made = self.invoke("create_api_key", {**order, **terms})
        return Api(self.access.api_url, made["apiKey"]), UUID(made["userId"])

    def forget_capacities(self) -> None:
        """Have the providers asked anew how much they take. Needs the stack's environment."""
        with admin_transaction() as db:
            db.execute("delete from provider_capacities")

    def environment(self) -> dict[str, str]:
        """Every variable that any function has: for code that runs in the test's own process."""
        host = self.stack._host
        assert host is not None
        variables = dict(host._aws)
        for pool in host._pools.values():
            variables |= function_environment(pool.plan.environment)
        return variables


@contextmanager
def running_stack(data: Path, kind: Callable[..., LocalStack] = LocalStack) -> Iterator[RunningStack]:
    """Start the stack on a data folder, and stop it in the end."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="stack", daemon=True)
    thread.start()
    said: list[str] = []
    stack = kind(data, say=said.append)
    try:
        access = asyncio.run_coroutine_threadsafe(stack.start(), loop).result(START_SECONDS)
        yield RunningStack(stack, access, loop)
    finally:
        asyncio.run_coroutine_threadsafe(stack.stop(), loop).result(60)
        asyncio.run_coroutine_threadsafe(_end_tasks(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _end_tasks() -> None:
    """End what a stopped stack leaves pending, as `asyncio.run` would."""
    tasks = [each for each in asyncio.all_tasks() if each is not asyncio.current_task()]
    for each in tasks:
        each.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

"""What runs every few minutes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from infra.local.blueprint import SchedulePlan
from infra.local.failures import StackFailed


class Schedules:
    """Invokes functions again and again. A function that fails is tried at its next time, as on AWS."""

    def __init__(
        self,
        plans: Sequence[SchedulePlan],
        *,
        invoke: Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]],
        say: Callable[[str], None],
    ) -> None:
        self._plans = plans
        self._invoke = invoke
        self._say = say
        self._tasks: list[asyncio.Task[None]] = []

    async def run_all(self, event: dict[str, Any]) -> list[dict[str, Any]]:
        """Run each once, now, with an event of its own; returns the answers. Raises StackFailed."""
        return await asyncio.gather(*(self._invoke(plan.function, event) for plan in self._plans))

    def open(self) -> None:
        """Begin to run each at its times."""
        self._tasks = [asyncio.create_task(self._repeat(plan)) for plan in self._plans]

    async def close(self) -> None:
        """Stop."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    async def _repeat(self, plan: SchedulePlan) -> None:
        while True:
            await asyncio.sleep(plan.seconds)
            try:
                await self._invoke(plan.function, json.loads(plan.payload))
            except StackFailed as error:
                self._say(str(error))

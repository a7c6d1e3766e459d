"""The local stack, real in every part, of which parts can be taken away."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from infra.local.blueprint import Blueprint
from infra.local.control_plane import ControlPlane
from infra.local.invocations import timed_out
from infra.local.ports import HOST
from infra.local.rights import Rights
from infra.local.stack import LocalStack
from tests.workflow.crash import worker
from tests.workflow.crash.hooks import FOLDER

GONE_SECONDS = 10
PATIENCE_SECONDS = 300
"""Longer than any trial: a retrier that waits longer waits for all of it."""


class CrashStack(LocalStack):
    """The stack whose workers have accidents, and whose database and storage can go away."""

    def __init__(self, data: Path, *, say: Callable[[str], None]) -> None:
        # Steps are held in the middle of their work, some of them with ffmpeg's turn in their hands: with a
        # turn for each core they would keep the others from ever getting to where those are held.
        super().__init__(data, say=say, worker=Path(worker.__file__), ffmpeg_at_once=16)
        self.accidents = self.folder.path / FOLDER
        (self.accidents / "met").mkdir(parents=True)
        self._plans: tuple[Blueprint, dict[str, str], dict[str, int]] | None = None

    def administer(self, statement: LiteralString, *values: Any) -> list[tuple[Any, ...]]:
        """Run a statement as the schema's owner: time that a test cannot wait for passes this way."""
        assert self._plans is not None
        blueprint, secrets, ports = self._plans
        plan = blueprint.database
        with psycopg.connect(
            host=HOST,
            port=ports["postgres"],
            dbname=plan.name,
            user=plan.owner,
            password=json.loads(secrets[plan.secret_id])["password"],
            sslmode="disable",
        ) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    async def time_out(self, step: str, user_id: UUID) -> bool:
        """Let a function's time be up now, if it is at work for a user: as its sandbox does it itself."""
        assert self._host is not None
        for sandbox in self._host._pools[step].sandboxes:
            current = sandbox._current
            if current is not None and str(user_id).encode() in current.payload:
                current.settle(timed_out(current.request_id, sandbox.plan.timeout_seconds))
                sandbox.kill()
                return True
        return False

    async def lose_database(self) -> None:
        """Postgres dies, and is back after 10 s."""
        part = next(part for part in self._parts if part.name == "Postgres")
        os.killpg(part.pid, signal.SIGKILL)
        await part.stop()
        self._parts.remove(part)
        await asyncio.sleep(GONE_SECONDS)
        assert self._plans is not None
        await self._start_postgres(*self._plans)

    async def lose_storage(self) -> None:
        """S3 goes, and is back after 10 s."""
        assert self._objects is not None
        assert self._plans is not None
        await self._objects.stop()
        await asyncio.sleep(GONE_SECONDS)
        self._objects.start(Rights.read(self._plans[0], "s3"))

    async def _start_postgres(
        self, blueprint: Blueprint, values: dict[str, str], ports: dict[str, int]
    ) -> None:
        self._plans = (blueprint, values, ports)
        await super()._start_postgres(blueprint, values, ports)

    async def _create_state_machines(self, blueprint: Blueprint, control: ControlPlane) -> None:
        for plan in blueprint.state_machines:
            await control.create_state_machine(replace(plan, definition=impatient(plan.definition)))


def impatient(definition: str) -> str:
    """A state machine that goes on trying for as long as it says in all, but after a second each time."""

    def hurry(entry: dict[str, Any]) -> dict[str, Any]:
        if "MaxAttempts" not in entry:
            return entry
        return {
            "ErrorEquals": entry["ErrorEquals"],
            "IntervalSeconds": 1,
            "BackoffRate": 1,
            "MaxAttempts": min(_patience_seconds(entry), PATIENCE_SECONDS),
        }

    return json.dumps(json.loads(definition, object_hook=hurry))


def _patience_seconds(retrier: dict[str, Any]) -> int:
    """How long a retrier waits in all."""
    interval, rate = retrier["IntervalSeconds"], retrier["BackoffRate"]
    longest = retrier.get("MaxDelaySeconds", interval * rate ** retrier["MaxAttempts"])
    return int(
        sum(min(interval * rate**n, longest) for n in range(min(retrier["MaxAttempts"], PATIENCE_SECONDS)))
    )

"""The local stack: every part that the synthesized template asks for, started together, stopped together."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import aiohttp
from aiohttp import web

from infra import ROOT
from infra.local import worker
from infra.local.blueprint import Blueprint, SecretPlan
from infra.local.children import CLIENT_LIBRARIES, LIBRARIES, Children
from infra.local.control_plane import ControlPlane
from infra.local.environment import aws_environment, own_secret_key, provider_keys
from infra.local.failures import StackFailed, tail
from infra.local.folder import Access, DataFolder
from infra.local.gateway import Gateway
from infra.local.guard import Guard
from infra.local.lambda_api import LambdaApi
from infra.local.lambda_host import LambdaHost
from infra.local.ports import HOST, Ports
from infra.local.postgres import Postgres
from infra.local.processes import Part, Processes, end_leftovers
from infra.local.racing import first_of
from infra.local.rights import Rights
from infra.local.schedules import Schedules
from infra.local.secrets_file import GeneratedSecrets, write_private
from infra.local.storage import PORTS as STORAGE_PORTS, Storage
from infra.local.template import Template
from infra.local.timing import Timing
from infra.synth import SynthesisFailed, synthesize
from shared.accounts.signing import MIN_SECRET_CHARACTERS

T = TypeVar("T")

STAGE = "dev"
SYNTHESIZED = ROOT / ".cache" / "local-synth"
"""The cloud assembly, beside the one that `make synth` writes: neither overwrites the other."""

MAX_LINE_BYTES = 65_536
"""Longer than any of AWS's limits: what refuses a line are the applications, in their own words."""

_PORTS = ("api", "lambda", "control", "guard", "postgres", *STORAGE_PORTS)
_LOOK_SECONDS = 0.5
_READY_SECONDS = 60
_KEY = {
    "name": "local",
    "scopes": ["*", "admin", "act_as"],  # the laptop's owner may do everything
    "perMinute": 100_000,
    "perHour": 1_000_000,
}


class LocalStack:
    """One stack on one data folder. `say` is told each step, in a line for people.

    With `drafts_only` nothing can be spent: the stack gets none of the providers' keys, and leaves what an
    earlier run did not finish, which may be a paid video, to a stack that has them.

    `worker` is the program that runs a function: another one may watch what the function does.
    `ffmpeg_at_once` is how many that run ffmpeg may be at work at a time: see `infra.local.lambda_host`.
    """

    def __init__(
        self,
        data: Path,
        *,
        say: Callable[[str], None],
        drafts_only: bool = False,
        worker: Path = Path(worker.__file__),
        ffmpeg_at_once: int | None = None,
    ) -> None:
        self.folder = DataFolder(data)
        self.timing = Timing()
        self._say = say
        self._drafts_only = drafts_only
        self._worker = worker
        self._ffmpeg_at_once = ffmpeg_at_once
        self._processes = Processes(self.folder.processes, self.folder.logs)
        self._parts: list[Part] = []
        self._servers: list[web.AppRunner] = []
        self._objects: Storage | None = None
        libraries = (*LIBRARIES, *(CLIENT_LIBRARIES if self._provider_keys() else ()))
        self._children = Children(
            self.folder.path, libraries, processes=self._processes, log=self.folder.logs / "fork-server.log"
        )
        self._host: LambdaHost | None = None
        self._schedules: Schedules | None = None
        self._ports: Ports | None = None

    async def start(self) -> Access:
        """Start everything; returns when a real request has been answered. Raises StackFailed."""
        self.folder.claim()
        try:
            return await first_of(self._start(), self.watch())
        except BaseException:
            await self.stop()
            raise

    async def watch(self) -> NoReturn:
        """Return never; raises StackFailed, naming the part, when one has died.

        It is not started again: what killed it would likely do so again, and nothing is lost by a new
        start, which takes up the videos where they were.
        """
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            for part in self._parts:
                part.check()
            if self._parts and not self._processes.warden_is_alive:
                raise StackFailed("The stack's watchdog (warden) was killed.")

    async def stop(self) -> None:
        """Stop everything. Can be called at any time, and twice."""
        if self._schedules is not None:
            await self._schedules.close()
        for server in self._servers:
            await server.cleanup()
        if self._host is not None:
            await self._host.close()
        await self._children.close()
        await asyncio.gather(*(part.stop() for part in self._parts))
        if self._objects is not None:
            await self._objects.stop()
        await asyncio.to_thread(self._processes.close)
        if self._ports is not None:
            self._ports.close()
        self._servers.clear()
        self._parts.clear()
        self.folder.release()

    async def _start(self) -> Access:
        left = end_leftovers(self.folder.processes, self.folder.path)
        if left:
            self._say(f"Ended {len(left)} processes that the last run left behind.")
        self.folder.begin()
        self._processes.open()
        await self._children.open()  # loads libraries beside all that follows
        self._ports = Ports(_PORTS, self.folder.ports)
        ports = self._ports.numbers
        storage, control = self._storage(ports), self._control_plane(ports)
        control.start()  # needs nothing of the template: it starts while that is synthesized
        blueprint = await self._timed("template", self._blueprint())
        _place_buckets(blueprint)
        storage.start(Rights.read(blueprint, "s3"))
        generated = GeneratedSecrets(self.folder.secrets)
        values = {
            plan.logical_id: self._secret_value(plan, blueprint, generated) for plan in blueprint.secrets
        }
        await asyncio.gather(
            self._timed("postgres", self._start_postgres(blueprint, values, ports)),
            self._timed("storage", self._create_buckets(blueprint, storage)),
            self._timed("control plane", self._create_secrets(blueprint, values, control)),
        )
        await self._serve(blueprint, ports, storage, control)
        await asyncio.gather(
            self._timed("state machine", self._create_state_machines(blueprint, control)),
            self._timed("migrations", self._migrate(blueprint)),
        )
        if not self._drafts_only:
            await self._timed("schedules", self._open_schedules(blueprint))
        access = Access(
            api_url=f"http://{HOST}:{ports['api']}",
            api_key=await self._timed("api key", self._api_key(ports["api"])),
            docs_url=f"http://{HOST}:{ports['api']}/api/docs",
            media_url=f"{storage.url}/{blueprint.buckets[0].name}",
            pid=os.getpid(),
        )
        self.folder.publish(access)
        (self.folder.logs / "start.log").write_text(self.timing.report(), encoding="utf-8")
        return access

    async def _timed(self, name: str, step: Awaitable[T]) -> T:
        with self.timing.of(name):
            return await step

    def _storage(self, ports: dict[str, int]) -> Storage:
        storage = Storage(
            self.folder.objects,
            ports={name: ports[name] for name in STORAGE_PORTS},
            processes=self._processes,
            logs=self.folder.logs,
        )
        self._objects = storage
        self._parts.append(storage.part)
        return storage

    def _control_plane(self, ports: dict[str, int]) -> ControlPlane:
        control = ControlPlane(
            port=ports["control"],
            lambda_port=ports["lambda"],
            processes=self._processes,
            logs=self.folder.logs,
            data=self.folder.path,
        )
        self._parts.append(control.part)
        return control

    async def _blueprint(self) -> Blueprint:
        try:
            path = await asyncio.to_thread(synthesize, STAGE, SYNTHESIZED, bundle_layers=False)
        except SynthesisFailed as error:
            raise StackFailed(str(error)) from error
        return Blueprint(Template.read(path))

    def _secret_value(self, plan: SecretPlan, blueprint: Blueprint, generated: GeneratedSecrets) -> str:
        own = own_secret_key()
        if own and plan.logical_id == blueprint.secret_behind("SIGNING_SECRET_ARN"):
            if len(own) < MIN_SECRET_CHARACTERS:
                raise StackFailed(f"SECRET_KEY must have {MIN_SECRET_CHARACTERS} characters at least.")
            return json.dumps({"SECRET_KEY": own})
        if "GenerateSecretString" in plan.properties:
            return generated.value(plan)
        if plan.logical_id == blueprint.secret_behind("PROVIDERS_SECRET_ARN"):
            return json.dumps({**json.loads(plan.properties["SecretString"]), **self._provider_keys()})
        return str(plan.properties["SecretString"])

    def _provider_keys(self) -> dict[str, str]:
        return {} if self._drafts_only else provider_keys()

    async def _start_postgres(
        self, blueprint: Blueprint, values: dict[str, str], ports: dict[str, int]
    ) -> None:
        plan = blueprint.database
        postgres = Postgres(
            self.folder.postgres,
            port=ports["postgres"],
            owner=plan.owner,
            password=json.loads(values[plan.secret_id])["password"],
            database=plan.name,
            processes=self._processes,
            logs=self.folder.logs,
        )
        self._parts.append(postgres.part)
        await postgres.start()
        blueprint.place(
            plan.logical_id, Ref=plan.name, Endpoint__Address=HOST, Endpoint__Port=str(ports["postgres"])
        )

    async def _create_buckets(self, blueprint: Blueprint, storage: Storage) -> None:
        for plan in blueprint.buckets:
            await storage.create(plan)

    async def _create_secrets(
        self, blueprint: Blueprint, values: dict[str, str], control: ControlPlane
    ) -> None:
        await control.ready()
        for plan in blueprint.secrets:
            blueprint.place_secret(
                plan.logical_id, await control.create_secret(plan, values[plan.logical_id])
            )

    async def _serve(
        self, blueprint: Blueprint, ports: dict[str, int], storage: Storage, control: ControlPlane
    ) -> None:
        """Open Lambda and the API."""
        guard = Guard(control.url, Rights.read(blueprint, "secretsmanager", "states"))
        await self._listen(guard.application(), ports["guard"])
        guarded = f"http://{HOST}:{ports['guard']}"
        self._host = LambdaHost(
            blueprint.functions,
            processes=self._processes,
            children=self._children,
            logs=self.folder.logs,
            scratch=self.folder.scratch,
            data=self.folder.path,
            aws=aws_environment(
                {
                    "S3": storage.url,
                    "SFN": guarded,
                    "SECRETS_MANAGER": guarded,
                    "LAMBDA": f"http://{HOST}:{ports['lambda']}",
                }
            ),
            program=self._worker,
            ffmpeg_at_once=self._ffmpeg_at_once,
        )
        await self._host.open()
        gateway = Gateway(blueprint.api_body, stage=blueprint.api_stage, host=self._host)
        invoking = LambdaApi(self._host, Rights.read(blueprint, "lambda"))
        await self._listen(invoking.application(), ports["lambda"])
        await self._listen(gateway.application(), ports["api"])

    async def _listen(self, application: web.Application, port: int) -> None:
        runner = web.AppRunner(
            application,
            access_log=None,
            shutdown_timeout=0.5,
            max_line_size=MAX_LINE_BYTES,
            max_field_size=MAX_LINE_BYTES,
        )
        await runner.setup()
        self._servers.append(runner)
        await web.TCPSite(runner, HOST, port).start()

    async def _create_state_machines(self, blueprint: Blueprint, control: ControlPlane) -> None:
        for plan in blueprint.state_machines:
            await control.create_state_machine(plan)

    async def _migrate(self, blueprint: Blueprint) -> None:
        """What a deployment runs."""
        for plan in blueprint.functions.values():
            if plan.trigger == "deploy":
                await self._operate(plan.name, {})

    async def _open_schedules(self, blueprint: Blueprint) -> None:
        """What is scheduled: at once, and from now on."""
        self._schedules = Schedules(blueprint.schedules, invoke=self._operate, say=self._say)
        # Nothing of an earlier run is alive: it need not wait for leases to run out.
        answers = await self._schedules.run_all({"workersAreGone": True})
        taken_up = sum(answer.get("started", 0) for answer in answers)
        if taken_up:
            self._say(f"Also finishing {taken_up} earlier video{'s' if taken_up > 1 else ''}.")
        self._schedules.open()

    async def _operate(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        """Invoke an operation. Raises StackFailed when it fails."""
        if self._host is None:
            raise RuntimeError("Lambda is not open yet.")
        result = await self._host.invoke(function, json.dumps(event).encode())
        if result.failed:
            log = self.folder.logs / "functions" / f"{function}.log"
            said = json.loads(result.payload)
            raise StackFailed(
                f"The operation {function} failed: {said.get('errorType')}: {said.get('errorMessage')}\n"
                f"The end of its log, {log}:\n{tail(log)}"
            )
        answer: dict[str, Any] = json.loads(result.payload)
        return answer

    async def _api_key(self, port: int) -> str:
        """A key with which a request was answered: the kept one, or a new one."""
        kept = self.folder.api_key.read_text().strip() if self.folder.api_key.exists() else ""
        if kept and await self._answers(port, kept):
            return kept
        key = str((await self._operate("create_api_key", _KEY))["apiKey"])
        write_private(self.folder.api_key, key)
        give_up_at = time.monotonic() + _READY_SECONDS
        while not await self._answers(port, key):
            if time.monotonic() > give_up_at:
                log = self.folder.logs / "functions" / "list_videos.log"
                raise StackFailed(f"The API does not answer as it should. The end of {log}:\n{tail(log)}")
            await asyncio.sleep(0.5)
        return key

    async def _answers(self, port: int, key: str) -> bool:
        """Whether a request goes all the way: gateway, function, secret, database."""
        timeout = aiohttp.ClientTimeout(total=30)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(
                f"http://{HOST}:{port}/api/videos",
                params={"limit": 1},
                headers={"Authorization": f"Bearer {key}"},
            ) as response,
        ):
            return response.status == 200  # noqa: PLR2004 - OK


def _place_buckets(blueprint: Blueprint) -> None:
    """Say what the buckets are, before they are there: the functions' rights name them."""
    for plan in blueprint.buckets:
        blueprint.place(plan.logical_id, Ref=plan.name, Arn=f"arn:aws:s3:::{plan.name}")

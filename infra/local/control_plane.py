"""Step Functions and Secrets Manager: moto, whose interpreter really executes the state machine."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
import urllib.request
from pathlib import Path

from infra.local.aws import aws_client
from infra.local.blueprint import SecretPlan, StateMachinePlan
from infra.local.environment import ACCOUNT, aws_environment, machine_environment
from infra.local.failures import StackFailed, part_failed
from infra.local.ports import HOST
from infra.local.processes import Part, Processes

_START_SECONDS = 60


class ControlPlane:
    """One moto server. Executions and secrets live in its memory: nothing of them survives it."""

    def __init__(self, *, port: int, lambda_port: int, processes: Processes, logs: Path, data: Path) -> None:
        self.url = f"http://{HOST}:{port}"
        self._command = [sys.executable, "-m", "infra.local.engine", str(port), str(lambda_port), str(data)]
        self.part = Part(
            "Step Functions and Secrets Manager (moto)",
            processes=processes,
            log=logs / "control-plane.log",
            stop_signal=signal.SIGKILL,  # it keeps nothing, and would wait for its threads
            stop_seconds=5,
        )

    def start(self) -> None:
        """Start it. It answers when `ready` has returned."""
        self.part.start(self._command, environment={**machine_environment(), **aws_environment({})})

    async def ready(self) -> None:
        """Wait until it answers, and tell it to execute state machines rather than to note them."""
        await asyncio.to_thread(self._ready)

    async def create_secret(self, plan: SecretPlan, value: str) -> str:
        """Make a secret; returns its ARN."""
        return await asyncio.to_thread(self._create_secret, plan, value)

    async def create_state_machine(self, plan: StateMachinePlan) -> str:
        """Make a state machine; returns its ARN."""
        return await asyncio.to_thread(self._create_state_machine, plan)

    def _ready(self) -> None:
        request = urllib.request.Request(  # noqa: S310 - http to 127.0.0.1
            f"{self.url}/moto-api/config",
            data=json.dumps({"stepfunctions": {"execute_state_machine": True}}).encode(),
            headers={"Content-Type": "application/json"},
            method="POST",
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        give_up_at = time.monotonic() + _START_SECONDS
        while True:
            self.part.check()
            try:
                with opener.open(request, timeout=5):
                    return
            except OSError as error:
                if time.monotonic() > give_up_at:
                    raise part_failed(self.part.name, f"does not answer: {error}", self.part.log) from error
                time.sleep(0.03)

    def _create_secret(self, plan: SecretPlan, value: str) -> str:
        client = aws_client("secretsmanager", self.url)
        return str(client.create_secret(Name=plan.name, SecretString=value)["ARN"])

    def _create_state_machine(self, plan: StateMachinePlan) -> str:
        made = aws_client("stepfunctions", self.url).create_state_machine(
            name=plan.name, definition=plan.definition, roleArn=f"arn:aws:iam::{ACCOUNT}:role/workflow"
        )
        if not made["stateMachineArn"].endswith(f":stateMachine:{plan.name}"):
            raise StackFailed(f"The state machine got another name than the template's: {made}.")
        return str(made["stateMachineArn"])

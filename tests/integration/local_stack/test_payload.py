"""What travels through the state machine is limited as on AWS: 256 KB between two states."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from infra.local.aws import aws_client
from infra.local.environment import ACCOUNT
from tests.running_stack import RunningStack

PAGE = {"requestContext": {"requestId": "x"}, "httpMethod": "GET", "path": "/api/docs", "headers": {}}
"""The event that get_docs answers with a page of over a megabyte."""


@pytest.fixture
def run(stack: RunningStack) -> Iterator[Callable[[dict[str, Any]], dict[str, Any]]]:
    """Runs a state machine of one task, where the stack runs its own; gives the execution when it is over."""
    engine = aws_client("stepfunctions", stack.environment()["AWS_ENDPOINT_URL_SFN"])
    made: list[str] = []

    def run(task: dict[str, Any]) -> dict[str, Any]:
        machine = engine.create_state_machine(
            name=f"test-{uuid4()}",
            definition=json.dumps({"StartAt": "Only", "States": {"Only": {**task, "End": True}}}),
            roleArn=f"arn:aws:iam::{ACCOUNT}:role/test",
        )["stateMachineArn"]
        made.append(machine)
        started = engine.start_execution(stateMachineArn=machine, input="{}")["executionArn"]
        give_up_at = time.monotonic() + 30
        while time.monotonic() < give_up_at:
            execution: dict[str, Any] = engine.describe_execution(executionArn=started)
            if execution["status"] != "RUNNING":
                return execution
            time.sleep(0.1)
        raise AssertionError("The execution does not end.")

    yield run
    for each in made:
        engine.delete_state_machine(stateMachineArn=each)


def _task(**more: Any) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "storyreel-dev-get_docs", "Payload": PAGE},
        **more,
    }


def test_a_result_over_256_kb_fails_the_execution(run: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    execution = run(_task())
    assert (execution["status"], execution["error"]) == ("FAILED", "States.DataLimitExceeded")


def test_what_is_left_out_of_the_result_still_counts(run: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    execution = run(_task(ResultSelector={"status.$": "$.Payload.statusCode"}))
    assert (execution["status"], execution["error"]) == ("FAILED", "States.DataLimitExceeded")


def test_a_small_result_goes_on(run: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    task = _task(Parameters={"FunctionName": "storyreel-dev-get_health", "Payload": PAGE})
    execution = run({**task, "OutputPath": "$.Payload.statusCode"})
    assert (execution["status"], execution["output"]) == ("SUCCEEDED", "200")

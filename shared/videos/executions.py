"""Executions of the workflow. A video's are numbered from 1 and named by that, so that none starts twice."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from botocore.exceptions import BotoCoreError, ClientError

from shared.aws import client
from shared.errors import ServiceUnavailable
from shared.settings import WorkflowSettings, settings


def start(user_id: UUID, video_id: UUID, number: int, correlation_id: str) -> None:
    """Start a video's execution of that number. Started already: nothing happens."""
    _call(
        "start_execution",
        "ExecutionAlreadyExists",
        stateMachineArn=settings(WorkflowSettings).arn,
        name=_name(video_id, number),
        input=json.dumps(
            {
                "userId": str(user_id),
                "videoId": str(video_id),
                "execution": number,
                "correlationId": correlation_id,
            }
        ),
    )


def stop(video_id: UUID, number: int, reason: str) -> None:
    """Stop an execution. One that is over, or that nobody knows, is no error."""
    _call("stop_execution", "ExecutionDoesNotExist", executionArn=_arn(video_id, number), cause=reason)


def is_running(video_id: UUID, number: int) -> bool:
    """Whether an execution still runs; one that nobody knows does not."""
    answer = _call("describe_execution", "ExecutionDoesNotExist", executionArn=_arn(video_id, number))
    return answer is not None and answer["status"] == "RUNNING"


def _call(action: str, harmless: str, **parameters: str) -> dict[str, Any] | None:
    """What Step Functions answers; None for the one error that is no error here."""
    try:
        answer: dict[str, Any] = getattr(client("stepfunctions"), action)(**parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] == harmless:
            return None
        raise ServiceUnavailable("Step Functions does not answer.") from error
    except BotoCoreError as error:
        raise ServiceUnavailable("Step Functions does not answer.") from error
    return answer


def _name(video_id: UUID, number: int) -> str:
    return f"{video_id}-{number}"


def _arn(video_id: UUID, number: int) -> str:
    machine = settings(WorkflowSettings).arn
    return f"{machine.replace(':stateMachine:', ':execution:')}:{_name(video_id, number)}"

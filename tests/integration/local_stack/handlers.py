"""Functions for the Lambda host to run."""
# ruff: noqa: ARG001 - all of them are called in the same way

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

_loaded = Path(tempfile.gettempdir())


class Refused(Exception):
    """An error of the function's own."""


def act(event: dict[str, Any], context: Any) -> Any:
    """Do what the event asks for."""
    return getattr(sys.modules[__name__], f"_{event['do']}")(event, context)


def answer_http(event: dict[str, Any], context: Any) -> Any:
    """Answer a proxy event with what came."""
    return {"statusCode": 418, "headers": {"X-Kind": "teapot"}, "body": json.dumps(event)}


def answer_malformed(event: dict[str, Any], context: Any) -> Any:
    """Answer in a form that API Gateway does not take."""
    return {"status": 200}


def _echo(event: dict[str, Any], context: Any) -> Any:
    return {
        "event": event,
        "name": context.function_name,
        "arn": context.invoked_function_arn,
        "memory": context.memory_limit_in_mb,
        "remaining": context.get_remaining_time_in_millis(),
        "pid": os.getpid(),
        "given": os.environ.get("GIVEN"),
        "scratch": str(_loaded),
    }


def _wait(event: dict[str, Any], context: Any) -> Any:
    """Until as many as wanted are at it at the same time."""
    folder = Path(event["folder"])
    (folder / context.aws_request_id).touch()
    while len(list(folder.iterdir())) < event["together"]:
        time.sleep(0.01)
    return os.getpid()


def _touch(event: dict[str, Any], context: Any) -> Any:
    Path(event["path"]).touch()


def _sleep(event: dict[str, Any], context: Any) -> Any:
    del context
    child = subprocess.Popen(["sleep", "300"])
    Path(event["note"]).write_text(str(child.pid))
    time.sleep(300)


def _fail(event: dict[str, Any], context: Any) -> Any:
    raise Refused("not this one")


def _exit(event: dict[str, Any], context: Any) -> Any:
    os._exit(3)


def _crash(event: dict[str, Any], context: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def _unserializable(event: dict[str, Any], context: Any) -> Any:
    return {1, 2}


def _large(event: dict[str, Any], context: Any) -> Any:
    return "x" * event["bytes"]


def _eat(event: dict[str, Any], context: Any) -> Any:
    eaten = bytearray(event["megabytes"] << 20)
    eaten[::4096] = b"x" * len(eaten[::4096])
    time.sleep(60)
    return len(eaten)

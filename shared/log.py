"""Structured logs, one JSON line each, with the ids that tie a request to its steps."""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from pydantic import BaseModel


@cache
def logger() -> Logger:
    """The one logger. Built on first use: importing a function reads no environment."""
    return Logger()


def bind(context: Any, function: str, task: BaseModel | None = None) -> None:
    """Start an invocation's log: forget the last one's ids, note this one's.

    Fields of `task` whose names end in `_id` are ids and safe to log; nothing else of it is.
    """
    log = logger()
    log.clear_state()
    log.append_keys(function=function, aws_request_id=context.aws_request_id)
    if task is not None:
        ids = {name: str(value) for name, value in task if name.endswith("_id")}
        log.append_keys(**ids)

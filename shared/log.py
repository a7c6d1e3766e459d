"""Structured logs, one JSON line each, with the ids that tie a request to its steps."""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from pydantic import BaseModel

_CORRELATION = "correlation_id"


@cache
def logger() -> Logger:
    """The one logger. Built on first use: importing a function reads no environment."""
    return Logger()


def bind(context: Any, function: str, task: BaseModel | None = None, request_id: str | None = None) -> None:
    """Start an invocation's log: forget the last one's ids, note this one's.

    Fields of `task` whose names end in `_id` are ids and safe to log; nothing else of it is. The
    `correlation_id` is the same for a request and for all that is done because of it, in whatever function:
    the task's own, or the API request's, or, where nobody asked, the invocation's.
    """
    log = logger()
    log.clear_state()
    log.append_keys(function=function, aws_request_id=context.aws_request_id)
    ids = {} if task is None else {name: str(value) for name, value in task if name.endswith("_id") and value}
    log.append_keys(**{_CORRELATION: request_id or context.aws_request_id, **ids})


def correlation_id() -> str:
    """The id of what this invocation works for: empty outside of an invocation."""
    return str(logger().get_correlation_id() or "")


def bound_ids() -> dict[str, str]:
    """The ids that every line of this invocation's log carries."""
    return {name: str(value) for name, value in logger().get_current_keys().items() if name.endswith("_id")}

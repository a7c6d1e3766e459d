"""Results of invocations, and what AWS Lambda says when there is none."""

from __future__ import annotations

import json
from dataclasses import dataclass

MAX_REQUEST_BYTES = 6 * 1024 * 1024
MAX_RESPONSE_BYTES = 6 * 1024 * 1024 + 100
"""Lambda's limits of a synchronous invocation; AWS's own message says 6291556."""


@dataclass(frozen=True, slots=True)
class Result:
    """What an invocation came to. A failed one has a payload of errorType and errorMessage."""

    payload: bytes
    failed: bool = False


def failure(error_type: str, message: str, request_id: str | None = None) -> Result:
    """An error that the service itself reports, as AWS words it."""
    text = message if request_id is None else f"RequestId: {request_id} Error: {message}"
    return Result(json.dumps({"errorType": error_type, "errorMessage": text}).encode(), failed=True)


def timed_out(request_id: str, seconds: float) -> Result:
    """The function took longer than its timeout."""
    return failure("Sandbox.Timedout", f"Task timed out after {seconds:.2f} seconds", request_id)


def exited(request_id: str, how: str) -> Result:
    """The function's process ended in the middle."""
    return failure("Runtime.ExitError", f"Runtime exited with error: {how}", request_id)


def out_of_memory(request_id: str) -> Result:
    """The function took more memory than it has."""
    return failure("Runtime.OutOfMemory", "Runtime exited with error: signal: killed", request_id)


def response_too_large() -> Result:
    """The function's result is over the limit."""
    return failure(
        "Function.ResponseSizeTooLarge",
        f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes).",
    )

"""Runway's errors in our own terms: what differs from other vendors'."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import runwayml
from runwayml.lib import polling

from shared.errors import (
    InputRefused,
    OutOfCredit,
    PoorOutput,
    ProviderBroken,
    ProviderBusy,
    ProviderError,
    TaskFailed,
)
from shared.providers.failures import Vendor, code_details
from shared.providers.runway.terms import PROVIDER as PROVIDER  # noqa: PLC0414 (adapters take it from here)

_REFUSALS = frozenset({400, 413, 422})
_INPUT_FIELDS = frozenset({"promptText", "promptImage", "text", "uri"})
_SHORT = 80


def from_failure_code(code: str | None) -> ProviderError:
    """What a failed task's `failureCode` means. Codes are paths, such as `INTERNAL.BAD_OUTPUT.CODE01`."""
    details = code_details(code)
    segments = (code or "").upper().split(".")
    if "SAFETY" in segments:
        return RUNWAY.error(InputRefused, details=details)
    if "BAD_OUTPUT" in segments:
        return RUNWAY.error(PoorOutput, details=details)
    if "CREDITS" in segments or "CREDIT" in segments:
        return out_of_credit()
    if segments[0] == "ASSET":
        return RUNWAY.error(InputRefused, "{name} can't use the picture.", details=details)
    if "INTERNAL" in segments or segments[0] == "THIRD_PARTY":
        return RUNWAY.error(TaskFailed, details=details)
    return RUNWAY.error(ProviderBroken, "{name}'s task failed without a known reason.", details=details)


def is_unexplained_refusal(exc: Exception) -> bool:
    """Whether it is a 400 that names no field: so is an empty account's, and only its text differs."""
    return (
        isinstance(exc, runwayml.APIStatusError)
        and exc.status_code == httpx.codes.BAD_REQUEST
        and not _issues(exc.body)
    )


def out_of_credit() -> ProviderError:
    """The account can't pay for the task."""
    return RUNWAY.error(OutOfCredit)


def _own(exc: Exception) -> ProviderError | None:
    if isinstance(exc, polling.TaskFailedError):
        return from_failure_code(getattr(exc.task_details, "failure_code", None))
    if isinstance(exc, (polling.TaskTimeoutError, polling.WorkflowInvocationTimeoutError)):
        return RUNWAY.error(ProviderBusy, "{name} is still working.")
    if isinstance(exc, runwayml.APIStatusError) and exc.status_code in _REFUSALS:
        return _from_refusal(exc.body)
    return None


def _from_refusal(body: object) -> ProviderError:
    """A refused request: the caller's words and pictures are the caller's, every other field is ours."""
    fields = sorted({str(issue["path"][0])[:_SHORT] for issue in _issues(body)})
    details = {"fields": fields} if fields else None
    ours = fields and not _INPUT_FIELDS.intersection(fields)
    return RUNWAY.error(ProviderBroken if ours else InputRefused, details=details)


def _issues(body: object) -> list[Mapping[str, Any]]:
    issues = body.get("issues") if isinstance(body, dict) else None
    if not isinstance(issues, list):
        return []
    return [i for i in issues if isinstance(i, dict) and isinstance(i.get("path"), list) and i["path"]]


RUNWAY = Vendor(
    provider=PROVIDER,
    name="Runway",
    raises=(
        runwayml.RunwayMLError,
        httpx.HTTPError,
        httpx.InvalidURL,
        # The SDK's own polling raises these. We poll ourselves: it never sees that a task was cancelled.
        polling.TaskFailedError,
        polling.TaskTimeoutError,
        polling.WorkflowInvocationFailedError,
        polling.WorkflowInvocationTimeoutError,
    ),
    status_error=runwayml.APIStatusError,
    connection_errors=(runwayml.APIConnectionError, httpx.HTTPError, httpx.InvalidURL),
    never_sent=(
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.PoolTimeout,
        httpx.UnsupportedProtocol,
        httpx.InvalidURL,
    ),
    unreadable=(runwayml.APIResponseValidationError, ValueError, TypeError, AttributeError),
    own=_own,
)

translated = RUNWAY.translated
translate = RUNWAY.translate

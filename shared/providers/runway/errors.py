"""Runway's errors in our own terms. Decided by type, status and failure code, never by message text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
import runwayml
from runwayml.lib import polling

from shared.errors import (
    InputRefused,
    OutOfCredit,
    PoorOutput,
    ProviderAnswerLost,
    ProviderBroken,
    ProviderBusy,
    ProviderError,
    ProviderKeyRefused,
    ProviderUnavailable,
    TaskFailed,
)
from shared.providers.failures import retry_after_seconds

PROVIDER = "runway"

# With these the connection was never made, so nothing can have been accepted.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)

# A body that is no JSON, or JSON of another shape.
_UNREADABLE = (runwayml.APIResponseValidationError, ValueError, TypeError, AttributeError)

# The SDK's own polling raises these. We poll ourselves, because it never sees that a task was cancelled.
_WAITING = (
    polling.TaskFailedError,
    polling.TaskTimeoutError,
    polling.WorkflowInvocationFailedError,
    polling.WorkflowInvocationTimeoutError,
)

_OVERLOADED = frozenset({503, 529})
_INPUT_FIELDS = frozenset({"promptText", "promptImage", "text", "uri"})
_SHORT = 80


@contextmanager
def translated(*, paid: bool) -> Iterator[None]:
    """Let only errors of our own tree out of the block.

    `paid` says that what is called may cost money: then an answer that got lost is ProviderAnswerLost,
    because it may have been accepted; otherwise it is only ProviderUnavailable.
    """
    try:
        yield
    except (runwayml.RunwayMLError, httpx.HTTPError, httpx.InvalidURL, *_WAITING) as exc:
        raise translate(exc, paid=paid) from exc
    except _UNREADABLE as exc:
        raise translate(exc, paid=paid) from exc


def translate(exc: Exception, *, paid: bool) -> ProviderError:
    """The error of our tree that stands for one of the SDK's."""
    if isinstance(exc, runwayml.APIStatusError):
        return _from_status(exc, paid=paid)
    if isinstance(exc, (runwayml.APIConnectionError, httpx.HTTPError, httpx.InvalidURL)):
        return _from_connection(exc, paid=paid)
    if isinstance(exc, polling.TaskFailedError):
        return from_failure_code(getattr(exc.task_details, "failure_code", None))
    if isinstance(exc, (polling.TaskTimeoutError, polling.WorkflowInvocationTimeoutError)):
        return ProviderBusy("Runway is still working.", provider=PROVIDER)
    if isinstance(exc, _UNREADABLE) and paid:
        # Success without a readable id: the task runs and is paid, and we don't know which it is.
        return ProviderAnswerLost(
            "Runway's answer can't be read. It may have been paid for.", provider=PROVIDER
        )
    return ProviderBroken("Runway answered in a way that makes no sense.", provider=PROVIDER)


def from_failure_code(code: str | None) -> ProviderError:
    """What a failed task's `failureCode` means. Codes are paths, such as `INTERNAL.BAD_OUTPUT.CODE01`."""
    details = _details(code)
    segments = (code or "").upper().split(".")
    if "SAFETY" in segments:
        return InputRefused("Runway refuses the prompt or the picture.", provider=PROVIDER, details=details)
    if "BAD_OUTPUT" in segments:
        return PoorOutput("Runway calls its own result unusable.", provider=PROVIDER, details=details)
    if "CREDITS" in segments or "CREDIT" in segments:
        return _no_credit()
    if segments[0] == "ASSET":
        return InputRefused("Runway can't use the picture.", provider=PROVIDER, details=details)
    if "INTERNAL" in segments or segments[0] == "THIRD_PARTY":
        return TaskFailed("Runway failed while it worked on the task.", provider=PROVIDER, details=details)
    return ProviderBroken("Runway's task failed without a known reason.", provider=PROVIDER, details=details)


def is_unexplained_refusal(exc: Exception) -> bool:
    """Whether it is a 400 that names no field: so is an empty account's, and only its text differs."""
    return (
        isinstance(exc, runwayml.APIStatusError)
        and exc.status_code == httpx.codes.BAD_REQUEST
        and not _issues(exc.body)
    )


def out_of_credit() -> ProviderError:
    """The account can't pay for the task."""
    return _no_credit()


def _from_connection(exc: Exception, *, paid: bool) -> ProviderError:
    cause = exc.__cause__ if isinstance(exc, runwayml.APIConnectionError) else exc
    if not paid or isinstance(cause, (*_NEVER_SENT, httpx.InvalidURL)):
        return ProviderUnavailable("Runway is out of reach.", provider=PROVIDER)
    return ProviderAnswerLost("The connection to Runway broke before its answer came.", provider=PROVIDER)


def _from_status(  # noqa: PLR0911 - one line per meaning
    exc: runwayml.APIStatusError, *, paid: bool
) -> ProviderError:
    wait = retry_after_seconds(exc.response.headers)
    match exc.status_code:
        case 401 | 403:
            return ProviderKeyRefused("Runway refuses the API key.", provider=PROVIDER)
        case 402:
            return _no_credit()
        case 400 | 413 | 422:
            return _from_refusal(exc.body)
        case 409 | 429:
            return ProviderBusy(
                "Runway is busy. Try again later.", provider=PROVIDER, retry_after_seconds=wait
            )
        case status if status in _OVERLOADED or (status >= 500 and not paid):  # noqa: PLR2004
            return ProviderUnavailable("Runway is down.", provider=PROVIDER, retry_after_seconds=wait)
        case status if status >= 500 or status == 408:  # noqa: PLR2004 - failed somewhere behind the door
            return ProviderAnswerLost("Runway failed while it worked on the request.", provider=PROVIDER)
    return ProviderBroken("Runway does not understand our request.", provider=PROVIDER)


def _from_refusal(body: object) -> ProviderError:
    """A refused request: the caller's words and pictures are the caller's, every other field is ours."""
    fields = sorted({str(issue["path"][0])[:_SHORT] for issue in _issues(body)})
    if fields and not _INPUT_FIELDS.intersection(fields):
        return ProviderBroken(
            "Runway does not understand our request.", provider=PROVIDER, details={"fields": fields}
        )
    return InputRefused(
        "Runway refuses the prompt or the picture.",
        provider=PROVIDER,
        details={"fields": fields} if fields else None,
    )


def _issues(body: object) -> list[Mapping[str, Any]]:
    issues = body.get("issues") if isinstance(body, dict) else None
    if not isinstance(issues, list):
        return []
    return [i for i in issues if isinstance(i, dict) and isinstance(i.get("path"), list) and i["path"]]


def _no_credit() -> ProviderError:
    return OutOfCredit("The Runway account has not enough credits.", provider=PROVIDER)


def _details(code: str | None) -> dict[str, str] | None:
    """The vendor's code, if it looks like one: a code goes to the caller, a text never does."""
    if code and len(code) <= _SHORT and code.replace("_", "").replace(".", "").isalnum():
        return {"providerCode": code}
    return None

from __future__ import annotations

import inspect

import httpx
import pytest
import runwayml
from runwayml import _exceptions
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
from shared.providers.runway.errors import from_failure_code, is_unexplained_refusal, translate, translated

SECRET = "key_secret"
REQUEST = httpx.Request("POST", "https://api.dev.runwayml.com/v1/image_to_video")

# Every exception class of the SDK. A new release with a new class fails here until somebody decides.
MEANINGS: dict[str, type[ProviderError]] = {
    "RunwayMLError": ProviderBroken,
    "APIError": ProviderBroken,
    "APIResponseValidationError": ProviderAnswerLost,
    "APIStatusError": ProviderBroken,
    "APIConnectionError": ProviderAnswerLost,
    "APITimeoutError": ProviderAnswerLost,
    "BadRequestError": InputRefused,
    "AuthenticationError": ProviderKeyRefused,
    "PermissionDeniedError": ProviderKeyRefused,
    "NotFoundError": ProviderBroken,
    "ConflictError": ProviderBusy,
    "UnprocessableEntityError": InputRefused,
    "RateLimitError": ProviderBusy,
    "InternalServerError": ProviderAnswerLost,
    "TaskFailedError": ProviderBroken,
    "TaskTimeoutError": ProviderBusy,
    "WorkflowInvocationFailedError": ProviderBroken,
    "WorkflowInvocationTimeoutError": ProviderBusy,
}


def _classes() -> list[type[Exception]]:
    return [
        item
        for module in (_exceptions, polling)
        for item in vars(module).values()
        if inspect.isclass(item) and issubclass(item, Exception) and item.__module__.startswith("runwayml")
    ]


def _raised(kind: type[Exception]) -> Exception:
    """An instance as the SDK makes it, with a secret wherever a text can be."""
    error = kind.__new__(kind)
    if isinstance(error, runwayml.APIStatusError):
        response = httpx.Response(_status(kind), request=REQUEST)
        runwayml.APIStatusError.__init__(error, SECRET, response=response, body={"error": SECRET})
    elif isinstance(error, runwayml.APIResponseValidationError):
        error.__init__(httpx.Response(200, request=REQUEST), body=SECRET)  # type: ignore[misc]
    elif isinstance(error, runwayml.APIError):
        runwayml.APIError.__init__(error, SECRET, REQUEST, body=None)
    else:
        Exception.__init__(error, SECRET)
        vars(error)["task_details"] = None
    return error


def _status(kind: type[Exception]) -> int:
    if issubclass(kind, runwayml.InternalServerError):
        return 500
    return int(getattr(kind, "status_code", 418))


def _status_error(status: int, body: object = None) -> runwayml.APIStatusError:
    response = httpx.Response(status, request=REQUEST, headers={"retry-after": "9"})
    return runwayml.APIStatusError(SECRET, response=response, body=body)


def _caused(cause: Exception) -> Exception:
    error = runwayml.APIConnectionError(request=REQUEST)
    error.__cause__ = cause
    return error


def test_every_exception_class_of_the_sdk_has_a_meaning() -> None:
    assert {kind.__name__ for kind in _classes()} == set(MEANINGS)


@pytest.mark.parametrize("kind", _classes(), ids=lambda kind: kind.__name__)
def test_no_exception_of_the_sdk_leaves_the_adapter(kind: type[Exception]) -> None:
    original = _raised(kind)

    with pytest.raises(ProviderError) as caught, translated(paid=True):
        raise original

    assert type(caught.value) is MEANINGS[kind.__name__]
    assert caught.value.__cause__ is original
    assert caught.value.provider == "runway"
    assert SECRET not in caught.value.message
    assert SECRET not in str(caught.value.details)


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (401, ProviderKeyRefused),
        (402, OutOfCredit),
        (403, ProviderKeyRefused),
        (404, ProviderBroken),
        (405, ProviderBroken),
        (408, ProviderAnswerLost),
        (429, ProviderBusy),
        (500, ProviderAnswerLost),
        (502, ProviderAnswerLost),
        (503, ProviderUnavailable),
        (504, ProviderAnswerLost),
        (529, ProviderUnavailable),
    ],
)
def test_a_status_decides_the_meaning(status: int, meaning: type[ProviderError]) -> None:
    assert type(translate(_status_error(status), paid=True)) is meaning


def test_a_rate_limit_says_how_long_to_wait() -> None:
    assert translate(_status_error(429), paid=True).retry_after_seconds == 9.0


def test_a_refused_prompt_is_the_callers_and_a_refused_ratio_is_ours() -> None:
    prompt = {"error": SECRET, "issues": [{"code": "too_big", "path": ["promptText"], "message": SECRET}]}
    ratio = {"error": SECRET, "issues": [{"code": "invalid_value", "path": ["ratio"], "message": SECRET}]}

    refused, broken = (translate(_status_error(400, body), paid=True) for body in (prompt, ratio))

    assert (type(refused), refused.details) == (InputRefused, {"fields": ["promptText"]})
    assert (type(broken), broken.details) == (ProviderBroken, {"fields": ["ratio"]})


@pytest.mark.parametrize("body", [None, "text", {"issues": "none"}, {"issues": [3, {"path": []}, {}]}])
def test_a_refusal_that_names_no_field_is_unexplained(body: object) -> None:
    assert is_unexplained_refusal(_status_error(400, body))


@pytest.mark.parametrize(
    "cause", [httpx.ConnectError("x"), httpx.ConnectTimeout("x"), httpx.PoolTimeout("x")]
)
def test_without_a_connection_nothing_was_accepted(cause: Exception) -> None:
    assert type(translate(_caused(cause), paid=True)) is ProviderUnavailable


@pytest.mark.parametrize(
    "cause", [httpx.ReadTimeout("x"), httpx.RemoteProtocolError("x"), httpx.WriteError("x"), OSError("x")]
)
def test_a_connection_that_breaks_after_sending_may_have_been_paid(cause: Exception) -> None:
    assert type(translate(_caused(cause), paid=True)) is ProviderAnswerLost
    assert type(translate(_caused(cause), paid=False)) is ProviderUnavailable


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("SAFETY.INPUT.TEXT", InputRefused),
        ("SAFETY.OUTPUT.VIDEO", InputRefused),
        ("INPUT_PREPROCESSING.SAFETY.TEXT", InputRefused),
        ("ASSET.INVALID", InputRefused),
        ("INTERNAL.BAD_OUTPUT.CODE01", PoorOutput),
        ("INTERNAL", TaskFailed),
        ("INPUT_PREPROCESSING.INTERNAL", TaskFailed),
        ("THIRD_PARTY.UNAVAILABLE", TaskFailed),
        ("SOMETHING.NEW", ProviderBroken),
        (None, ProviderBroken),
    ],
)
def test_a_failure_code_decides_the_meaning(code: str | None, meaning: type[ProviderError]) -> None:
    failure = from_failure_code(code)

    assert type(failure) is meaning
    assert failure.details == ({"providerCode": code} if code else None)


@pytest.mark.parametrize("error", [ValueError("x"), TypeError("x")])
def test_an_unreadable_answer_is_lost_where_it_was_paid(error: Exception) -> None:
    assert type(translate(error, paid=True)) is ProviderAnswerLost
    assert type(translate(error, paid=False)) is ProviderBroken

from __future__ import annotations

import inspect

import httpx2
import openai
import pytest
from openai import _exceptions

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
)
from shared.providers.openai.errors import refusal, translate, translated

SECRET = "sk-proj-secret"
REQUEST = httpx2.Request("POST", "https://api.openai.com/v1/responses")

# Every exception class of the SDK. A new release with a new class fails here until somebody decides.
MEANINGS: dict[str, type[ProviderError]] = {
    "OpenAIError": ProviderBroken,
    "APIError": ProviderBroken,
    "APIResponseValidationError": ProviderAnswerLost,
    "APIStatusError": ProviderBroken,
    "APIConnectionError": ProviderAnswerLost,
    "APITimeoutError": ProviderAnswerLost,
    "BadRequestError": ProviderBroken,
    "AuthenticationError": ProviderKeyRefused,
    "OAuthError": ProviderKeyRefused,
    "PermissionDeniedError": ProviderKeyRefused,
    "NotFoundError": ProviderBroken,
    "ConflictError": ProviderBusy,
    "UnprocessableEntityError": InputRefused,
    "RateLimitError": ProviderBusy,
    "InternalServerError": ProviderAnswerLost,
    "LengthFinishReasonError": PoorOutput,
    "ContentFilterFinishReasonError": InputRefused,
    "InvalidWebhookSignatureError": ProviderAnswerLost,
    "SubjectTokenProviderError": ProviderBroken,
    "WebSocketConnectionClosedError": ProviderBroken,
    "WebSocketQueueFullError": ProviderBroken,
}


def _classes() -> list[type[Exception]]:
    return [
        item
        for item in vars(_exceptions).values()
        if inspect.isclass(item) and issubclass(item, Exception) and item.__module__.startswith("openai")
    ]


def _raised(kind: type[Exception]) -> Exception:
    """An instance as the SDK makes it, with a secret wherever a text can be."""
    error = kind.__new__(kind)
    if isinstance(error, openai.APIStatusError):
        response = httpx2.Response(_status(kind), request=REQUEST)
        openai.APIStatusError.__init__(error, SECRET, response=response, body={"message": SECRET})
    elif isinstance(error, openai.APIResponseValidationError):
        error.__init__(httpx2.Response(200, request=REQUEST), body=SECRET)  # type: ignore[misc]
    elif isinstance(error, openai.APIError):
        openai.APIError.__init__(error, SECRET, REQUEST, body=None)
    else:
        Exception.__init__(error, SECRET)
    return error


def _status(kind: type[Exception]) -> int:
    if issubclass(kind, openai.InternalServerError):
        return 500
    return int(getattr(kind, "status_code", 418))


def _status_error(status: int, code: str | None, kind: str | None = None, **headers: str) -> Exception:
    response = httpx2.Response(status, request=REQUEST, headers=headers)
    body = {"message": SECRET, "code": code, "type": kind, "param": None}
    return openai.APIStatusError(SECRET, response=response, body=body)


def _caused(cause: Exception) -> Exception:
    error = openai.APIConnectionError(request=REQUEST)
    error.__cause__ = cause
    return error


def test_every_exception_class_of_the_sdk_has_a_meaning() -> None:
    assert {kind.__name__ for kind in _classes()} == set(MEANINGS)


@pytest.mark.parametrize("kind", _classes(), ids=lambda kind: kind.__name__)
def test_no_exception_of_the_sdk_leaves_the_adapter(kind: type[Exception]) -> None:
    original = _raised(kind)

    with pytest.raises(ProviderError) as caught, translated():
        raise original

    assert type(caught.value) is MEANINGS[kind.__name__]
    assert caught.value.__cause__ is original
    assert caught.value.provider == "openai"
    assert SECRET not in caught.value.message
    assert SECRET not in str(caught.value.details)


@pytest.mark.parametrize(
    ("status", "code", "kind", "meaning"),
    [
        (400, "moderation_blocked", "image_generation_user_error", InputRefused),
        (400, "content_policy_violation", "invalid_request_error", InputRefused),
        (400, None, "image_generation_user_error", InputRefused),
        (400, "invalid_image_format", "invalid_request_error", InputRefused),
        (400, "billing_hard_limit_reached", "invalid_request_error", OutOfCredit),
        (400, "unknown_parameter", "invalid_request_error", ProviderBroken),
        (402, None, None, OutOfCredit),
        (404, "model_not_found", "invalid_request_error", ProviderKeyRefused),
        (408, None, None, ProviderAnswerLost),
        (413, None, None, InputRefused),
        (429, "insufficient_quota", "insufficient_quota", OutOfCredit),
        (429, "project_spend_limit_exceeded", "insufficient_quota", OutOfCredit),
        (429, None, "insufficient_quota", OutOfCredit),
        (429, "rate_limit_exceeded", "requests", ProviderBusy),
        (429, "rate_limit_exceeded", "tokens", ProviderBusy),
        (500, None, "server_error", ProviderAnswerLost),
        (502, None, None, ProviderAnswerLost),
        (503, None, None, ProviderUnavailable),
        (504, None, None, ProviderAnswerLost),
        (529, None, None, ProviderUnavailable),
        (302, None, None, ProviderBroken),
    ],
)
def test_a_status_and_its_code_decide_the_meaning(
    status: int, code: str | None, kind: str | None, meaning: type[ProviderError]
) -> None:
    assert type(translate(_status_error(status, code, kind), paid=True)) is meaning


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_failure_loses_nothing_when_nothing_is_paid(status: int) -> None:
    assert type(translate(_status_error(status, None), paid=False)) is ProviderUnavailable


@pytest.mark.parametrize(
    "cause", [httpx2.ConnectError("x"), httpx2.ConnectTimeout("x"), httpx2.PoolTimeout("x")]
)
def test_without_a_connection_nothing_was_accepted(cause: Exception) -> None:
    assert type(translate(_caused(cause), paid=True)) is ProviderUnavailable


@pytest.mark.parametrize(
    "cause", [httpx2.ReadTimeout("x"), httpx2.RemoteProtocolError("x"), httpx2.WriteError("x"), OSError("x")]
)
def test_a_connection_that_breaks_after_sending_may_have_been_paid(cause: Exception) -> None:
    assert type(translate(_caused(cause), paid=True)) is ProviderAnswerLost
    assert type(translate(_caused(cause), paid=False)) is ProviderUnavailable


def test_a_rate_limit_says_how_long_to_wait() -> None:
    error = translate(_status_error(429, "rate_limit_exceeded", **{"retry-after": "12"}), paid=True)

    assert error.retry_after_seconds == 12.0
    assert error.retryable


def test_a_code_is_told_and_a_text_posing_as_a_code_is_not() -> None:
    assert translate(_status_error(400, "moderation_blocked"), paid=True).details == {
        "providerCode": "moderation_blocked"
    }
    assert translate(_status_error(400, f"Key {SECRET} is wrong"), paid=True).details is None


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("invalid_prompt", InputRefused),
        ("rate_limit_exceeded", ProviderBusy),
        ("server_error", ProviderUnavailable),
        ("vector_store_timeout", ProviderBroken),
        (None, ProviderBroken),
    ],
)
def test_an_error_inside_an_answer_has_a_meaning_too(code: str | None, meaning: type[ProviderError]) -> None:
    assert type(refusal(code)) is meaning


@pytest.mark.parametrize("error", [ValueError("x"), TypeError("x")])
def test_an_unreadable_answer_is_lost_where_it_was_paid(error: Exception) -> None:
    assert type(translate(error, paid=True)) is ProviderAnswerLost
    assert type(translate(error, paid=False)) is ProviderBroken

"""OpenAI's errors in our own terms. Decided by type, status and `error.code`, never by message text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import httpx2
import openai

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
from shared.providers.failures import retry_after_seconds

PROVIDER = "openai"
AT_WORK = 8
"""Calls for one model that are at work at the same time."""

# With these the connection was never made, so nothing can have been accepted.
_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)

# The SDK reads answers without checking them: a body that is no JSON, or JSON of another shape, comes out
# as one of these.
_UNREADABLE = (openai.APIResponseValidationError, ValueError, TypeError, AttributeError)

_NO_CREDIT = frozenset(
    {
        "insufficient_quota",
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
        "project_spend_limit_exceeded",
        "billing_hard_limit_reached",
        "billing_limit_user_error",
        "billing_not_active",
    }
)
_REFUSED_INPUT = frozenset(
    {
        "moderation_blocked",
        "content_policy_violation",
        "image_content_policy_violation",
        "image_generation_user_error",
        "invalid_prompt",
        "bio_policy",
        "cyber_policy",
        "misalignment_policy_violation",
        "context_length_exceeded",
        "string_above_max_length",
        "invalid_image",
        "invalid_image_format",
        "invalid_image_mode",
        "invalid_base64_image",
        "image_parse_error",
        "image_too_large",
        "image_too_small",
        "image_file_too_large",
        "unsupported_image_media_type",
        "empty_image_file",
    }
)
_OVERLOADED = frozenset({503, 529})


@contextmanager
def translated(*, paid: bool = True) -> Iterator[None]:
    """Let only errors of our own tree out of the block.

    `paid` says that what is called may cost money: then an answer that got lost is ProviderAnswerLost,
    because it may have been accepted; otherwise it is only ProviderUnavailable.
    """
    try:
        yield
    except (openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL) as exc:
        raise translate(exc, paid=paid) from exc
    except _UNREADABLE as exc:
        raise translate(exc, paid=paid) from exc


def translate(exc: Exception, *, paid: bool) -> ProviderError:
    """The error of our tree that stands for one of the SDK's."""
    if isinstance(exc, openai.APIStatusError):
        return _from_status(exc, paid=paid)
    if isinstance(exc, (openai.APIConnectionError, httpx2.HTTPError, httpx2.InvalidURL)):
        return _from_connection(exc, paid=paid)
    if isinstance(exc, openai.LengthFinishReasonError):
        return PoorOutput("OpenAI's answer was cut off before its end.", provider=PROVIDER)
    if isinstance(exc, openai.ContentFilterFinishReasonError):
        return _refused()
    if isinstance(exc, _UNREADABLE) and paid:
        return unreadable()
    return ProviderBroken("OpenAI answered in a way that makes no sense.", provider=PROVIDER)


def unreadable() -> ProviderError:
    """An answer of success that holds nothing that can be used: it has been paid, and it is lost."""
    return ProviderAnswerLost("OpenAI's answer can't be read. It may have been paid for.", provider=PROVIDER)


@contextmanager
def charged(cost_usd: Decimal | None) -> Iterator[None]:
    """Put the price of a paid answer on the error that says why it is of no use.

    A lost answer has none: its estimate counts as it is.
    """
    try:
        yield
    except ProviderError as error:
        if not isinstance(error, ProviderAnswerLost):
            error.cost_usd = cost_usd
        raise


def refusal(code: str | None) -> ProviderError:
    """What an error inside of an accepted answer means (a response that failed)."""
    if code in _REFUSED_INPUT:
        return _refused(code)
    if code == "rate_limit_exceeded":
        return ProviderBusy("OpenAI is busy. Try again later.", provider=PROVIDER)
    if code == "server_error":
        return ProviderUnavailable("OpenAI failed to answer.", provider=PROVIDER)
    return ProviderBroken("OpenAI failed to answer.", provider=PROVIDER, details=_details(code))


def _from_connection(exc: Exception, *, paid: bool) -> ProviderError:
    cause = exc.__cause__ if isinstance(exc, openai.APIConnectionError) else exc
    if not paid or isinstance(cause, (*_NEVER_SENT, httpx2.InvalidURL)):
        return ProviderUnavailable("OpenAI is out of reach.", provider=PROVIDER)
    return ProviderAnswerLost("The connection to OpenAI broke before its answer came.", provider=PROVIDER)


def _from_status(  # noqa: PLR0911 - one line per meaning
    exc: openai.APIStatusError, *, paid: bool
) -> ProviderError:
    codes = {code for code in (exc.code, exc.type) if code}
    wait = retry_after_seconds(exc.response.headers)
    match exc.status_code:
        case 401 | 403:
            return _key_refused()
        case 402:
            return _no_credit(exc.code)
        case _ if codes & _NO_CREDIT:
            return _no_credit(exc.code)
        case _ if codes & _REFUSED_INPUT and exc.status_code < 500:  # noqa: PLR2004 - the caller's errors
            return _refused(exc.code)
        case 404 if "model_not_found" in codes:
            return ProviderKeyRefused("The OpenAI key has no access to this model.", provider=PROVIDER)
        case 409 | 429:
            return ProviderBusy(
                "OpenAI is busy. Try again later.", provider=PROVIDER, retry_after_seconds=wait
            )
        case 413 | 422:
            return _refused(exc.code)
        case status if status in _OVERLOADED or (status >= 500 and not paid):  # noqa: PLR2004
            return ProviderUnavailable("OpenAI is down.", provider=PROVIDER, retry_after_seconds=wait)
        case status if status >= 500 or status == 408:  # noqa: PLR2004 - failed somewhere behind the door
            return ProviderAnswerLost("OpenAI failed while it worked on the request.", provider=PROVIDER)
    return ProviderBroken(
        "OpenAI does not understand our request.", provider=PROVIDER, details=_details(exc.code)
    )


def _key_refused() -> ProviderError:
    return ProviderKeyRefused("OpenAI refuses the API key.", provider=PROVIDER)


def _no_credit(code: str | None) -> ProviderError:
    return OutOfCredit(
        "The OpenAI account has no credit left, or has reached its spending limit.",
        provider=PROVIDER,
        details=_details(code),
    )


def _refused(code: str | None = None) -> ProviderError:
    return InputRefused(
        "OpenAI refuses the prompt or the picture.", provider=PROVIDER, details=_details(code)
    )


def _details(code: str | None) -> dict[str, str] | None:
    """The vendor's code, if it looks like one: a code goes to the caller, a text never does."""
    short = 80
    if code and len(code) <= short and code.replace("_", "").replace("-", "").isalnum():
        return {"providerCode": code}
    return None

"""OpenAI's errors in our own terms: what differs from other vendors'."""

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
from shared.providers.failures import SERVER_ERRORS, Vendor, code_details
from shared.providers.openai.terms import PROVIDER as PROVIDER  # noqa: PLC0414 (adapters take it from here)

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
_KEY_REFUSED = frozenset({401, 403})


def refusal(code: str | None) -> ProviderError:
    """What an error inside of an accepted answer means (a response that failed)."""
    if code in _REFUSED_INPUT:
        return OPENAI.error(InputRefused, details=code_details(code))
    if code == "rate_limit_exceeded":
        return OPENAI.error(ProviderBusy)
    if code == "server_error":
        return OPENAI.error(ProviderUnavailable, "{name} failed to answer.")
    return OPENAI.error(ProviderBroken, "{name} failed to answer.", details=code_details(code))


def _own(exc: Exception) -> ProviderError | None:
    if isinstance(exc, openai.LengthFinishReasonError):
        return OPENAI.error(PoorOutput, "{name}'s answer was cut off before its end.")
    if isinstance(exc, openai.ContentFilterFinishReasonError):
        return OPENAI.error(InputRefused)
    return _by_code(exc) if isinstance(exc, openai.APIStatusError) else None


def _by_code(exc: openai.APIStatusError) -> ProviderError | None:
    """What the code says that the status does not: an account without credit answers 429, too."""
    codes = {code for code in (exc.code, exc.type) if code}
    details = code_details(exc.code)
    if exc.status_code in _KEY_REFUSED:
        return None
    if codes & _NO_CREDIT:
        return OPENAI.error(OutOfCredit, details=details)
    if codes & _REFUSED_INPUT and exc.status_code < SERVER_ERRORS:
        return OPENAI.error(InputRefused, details=details)
    if "model_not_found" in codes:
        return OPENAI.error(ProviderKeyRefused, "The {name} key has no access to this model.")
    return None


OPENAI = Vendor(
    provider=PROVIDER,
    name="OpenAI",
    raises=(openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL),
    status_error=openai.APIStatusError,
    connection_errors=(openai.APIConnectionError, httpx2.HTTPError, httpx2.InvalidURL),
    never_sent=(
        httpx2.ConnectError,
        httpx2.ConnectTimeout,
        httpx2.PoolTimeout,
        httpx2.UnsupportedProtocol,
        httpx2.InvalidURL,
    ),
    unreadable=(openai.APIResponseValidationError, ValueError, TypeError, AttributeError),
    own=_own,
)

translated = OPENAI.translated
translate = OPENAI.translate
unreadable = OPENAI.unreadable_answer


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

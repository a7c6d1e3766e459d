"""Vendors' errors in our own terms: what all adapters' translations have in common.

The SDKs come from one generator and raise the same kinds of errors. What differs from vendor to vendor is
told by a `Vendor`; what it all means stands here once. Decided by type, status and code, never by a text.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, cast

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

SERVER_ERRORS = 500
_CODE_CHARACTERS = 80

STATUSES: dict[int, type[ProviderError]] = {
    401: ProviderKeyRefused,
    402: OutOfCredit,
    403: ProviderKeyRefused,
    408: ProviderAnswerLost,  # failed somewhere behind the door
    409: ProviderBusy,
    413: InputRefused,
    422: InputRefused,
    429: ProviderBusy,
    503: ProviderUnavailable,
    529: ProviderUnavailable,
}
"""What a status means. Any other from 500 on: the answer is lost. Any other: we sent nonsense."""

TEXTS: dict[type[ProviderError], str] = {
    InputRefused: "{name} refuses the prompt or the picture.",
    OutOfCredit: "The {name} account has no credit left, or has reached its spending limit.",
    PoorOutput: "{name} calls its own result unusable.",
    ProviderAnswerLost: "{name} failed while it worked on the request.",
    ProviderBroken: "{name} does not understand our request.",
    ProviderBusy: "{name} is busy. Try again later.",
    ProviderKeyRefused: "{name} refuses the API key.",
    ProviderUnavailable: "{name} is down.",
    TaskFailed: "{name} failed while it worked on the task.",
}
"""What people are told, where nothing more is known."""


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor, as far as its errors go."""

    provider: str
    """Its short name, as in recipes."""

    name: str
    """Its name for people."""

    raises: tuple[type[Exception], ...]
    """All that its SDK and its transport raise."""

    status_error: type[Exception]
    """What an answer with a status from 400 on is raised as; it has `status_code` and `response`."""

    connection_errors: tuple[type[Exception], ...]

    never_sent: tuple[type[Exception], ...]
    """With these the connection was never made, so nothing can have been accepted."""

    unreadable: tuple[type[Exception], ...]
    """What a body that is no JSON, or JSON of another shape, comes out as: the SDKs check little."""

    own: Callable[[Exception], ProviderError | None]
    """What only this vendor says, with an exception of its own or in a refusal's body; None: nothing."""

    @contextmanager
    def translated(self, *, paid: bool = True) -> Iterator[None]:
        """Let only errors of our own tree out of the block.

        `paid` says that what is called may cost money: then an answer that got lost is ProviderAnswerLost,
        because it may have been accepted; otherwise it is only ProviderUnavailable.
        """
        try:
            yield
        except (*self.raises, *self.unreadable) as exc:
            raise self.translate(exc, paid=paid) from exc

    def translate(self, exc: Exception, *, paid: bool) -> ProviderError:
        """The error of our tree that stands for one of the SDK's."""
        own = self.own(exc)
        if own is not None:
            return own
        if isinstance(exc, self.status_error):
            return self._from_status(exc, paid=paid)
        if isinstance(exc, self.connection_errors):
            return self._from_connection(exc, paid=paid)
        if isinstance(exc, self.unreadable) and paid:
            return self.unreadable_answer()
        return self.error(ProviderBroken, "{name} answered in a way that makes no sense.")

    def error(
        self,
        kind: type[ProviderError],
        text: str | None = None,
        *,
        details: Any = None,
        wait_seconds: float | None = None,
    ) -> ProviderError:
        """An error of that kind. `text` may name the vendor as {name}."""
        message = (text or TEXTS[kind]).format(name=self.name)
        return kind(message, provider=self.provider, details=details, retry_after_seconds=wait_seconds)

    def unreadable_answer(self) -> ProviderError:
        """An answer of success that holds nothing that can be used: it has been paid, and it is lost."""
        return self.error(ProviderAnswerLost, "{name}'s answer can't be read. It may have been paid for.")

    def _from_connection(self, exc: Exception, *, paid: bool) -> ProviderError:
        if not paid or isinstance(exc.__cause__ or exc, self.never_sent):
            return self.error(ProviderUnavailable, "{name} is out of reach.")
        return self.error(ProviderAnswerLost, "The connection to {name} broke before its answer came.")

    def _from_status(self, exc: Exception, *, paid: bool) -> ProviderError:
        refused = cast("Any", exc)
        status = int(refused.status_code)
        kind = STATUSES.get(status, ProviderAnswerLost if status >= SERVER_ERRORS else ProviderBroken)
        if kind is ProviderAnswerLost and not paid:
            kind = ProviderUnavailable
        details = code_details(getattr(refused, "code", None))
        return self.error(kind, details=details, wait_seconds=retry_after_seconds(refused.response.headers))


def code_details(code: object) -> dict[str, str] | None:
    """The vendor's code, if it looks like one: a code goes to the caller, a text never does."""
    if not isinstance(code, str) or not 0 < len(code) <= _CODE_CHARACTERS:
        return None
    return {"providerCode": code} if code.translate(str.maketrans("", "", "_-.")).isalnum() else None


LONGEST_WAIT_SECONDS = 3600.0


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """How long a provider asks us to wait, from its answer's headers; None where it says nothing usable.

    Never more than an hour: a wrong clock or a hostile header must not park a video for a year.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return _bounded(milliseconds / 1000)
    value = headers.get("retry-after")
    seconds = _number(value)
    if seconds is not None:
        return _bounded(seconds)
    return _until(value) if value else None


def _until(http_date: str) -> float | None:
    try:
        moment = parsedate_to_datetime(http_date)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return _bounded((moment - datetime.now(UTC)).total_seconds())


def _number(text: str | None) -> float | None:
    try:
        number = float(text) if text else None
    except ValueError:
        return None
    return number if number is not None and math.isfinite(number) else None


def _bounded(seconds: float) -> float:
    return min(max(0.0, seconds), LONGEST_WAIT_SECONDS)

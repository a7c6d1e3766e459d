"""What is counted of provider calls, once their transaction is through."""

from __future__ import annotations

from shared.assets.models import CallEnd
from shared.errors import ProviderError
from shared.metrics import PROVIDER_COST, PROVIDER_ERRORS, PROVIDER_QUEUE_SECONDS, STAGE_SECONDS

LOST = "lost"
"""Beside the codes of `shared.errors`: nobody knows what became of the call."""


def count_success(end: CallEnd | None) -> None:
    """A call has led to an asset."""
    if end is not None:
        STAGE_SECONDS.record(end.seconds, stage=end.kind)
        _count_cost(end)


def count_failure(end: CallEnd | None, error: Exception) -> None:
    """A call has led to nothing. What is not the provider's fault counts only as money, if it cost any."""
    if end is not None:
        if isinstance(error, ProviderError):
            PROVIDER_ERRORS.record(provider=end.provider, code=error.code)
        _count_cost(end)


def count_loss(end: CallEnd | None) -> None:
    """A call's answer never came: it may have been paid."""
    if end is not None:
        PROVIDER_ERRORS.record(provider=end.provider, code=LOST)
        _count_cost(end)


def count_queue(provider: str, seconds: float | None) -> None:
    """A provider has begun with a task that waited there."""
    if seconds is not None:
        PROVIDER_QUEUE_SECONDS.record(seconds, provider=provider)


def _count_cost(end: CallEnd) -> None:
    if end.cost_usd:
        PROVIDER_COST.record(float(end.cost_usd), provider=end.provider, model=end.model)

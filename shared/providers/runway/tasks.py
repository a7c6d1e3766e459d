"""Runway's tasks: how one is started, followed, collected and cancelled, whatever it makes."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import runwayml
from pydantic import BaseModel, ConfigDict, Field
from runwayml import APIResponse

from shared.errors import ProviderBroken, ProviderBusy, ProviderError, ProviderUnavailable
from shared.net import is_loopback
from shared.providers.download import Downloader, DownloadLimits, LinkExpired, Sniff
from shared.providers.ports import Cancellation, Capacity, Submitted, TaskStatus
from shared.providers.prices import runway_credits_usd
from shared.providers.runway.errors import (
    PROVIDER,
    from_failure_code,
    is_unexplained_refusal,
    out_of_credit,
    translate,
    translated,
)

CONNECT_SECONDS = 10.0
CREATE_READ_SECONDS = 60.0
GET_READ_SECONDS = 20.0
DOWNLOAD_ATTEMPTS = 4

_ANSWER_BYTES = 1_000_000
_GENERATIONS_AT_MOST = 1_000_000
_TASK_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_log = logging.getLogger(__name__)


class _Answer(BaseModel):
    """Only what we read: a field more or less elsewhere breaks nothing."""

    model_config = ConfigDict(extra="ignore")


class _Cost(_Answer):
    credits: Decimal = Field(ge=0)


class _Created(_Answer):
    id: str = Field(pattern=_TASK_ID.pattern, max_length=64)


class _Task(_Answer):
    status: str
    progress: float | None = None
    cost: _Cost | None = None
    estimated_cost: _Cost | None = Field(default=None, alias="estimatedCost")
    output: list[str] = []
    failure_code: str | None = Field(default=None, alias="failureCode")


class _ModelLimits(_Answer):
    max_concurrent: int | None = Field(
        default=None, alias="maxConcurrentGenerations", ge=1, le=_GENERATIONS_AT_MOST
    )
    max_daily: int | None = Field(default=None, alias="maxDailyGenerations", ge=1, le=_GENERATIONS_AT_MOST)


class _Tier(_Answer):
    models: dict[str, object] = Field(default_factory=dict)
    """What is said of one model is read when it is asked for: nonsense about another one breaks nothing."""


class _Organization(_Answer):
    credit_balance: Decimal = Field(alias="creditBalance")
    tier: _Tier = Field(default_factory=_Tier)


class RunwayTasks:
    """Runway's client, used so that each paid request goes out exactly once.

    The raw answers are read here: the SDK takes a status that it does not know, or a success without a cost,
    for something else.
    """

    def __init__(
        self, api_key: str, base_url: str | None, *, pause: Callable[[float], None] = time.sleep
    ) -> None:
        timeout = httpx.Timeout(connect=CONNECT_SECONDS, read=CREATE_READ_SECONDS, write=60.0, pool=10.0)
        # No retries: a retried create is paid twice. No redirects: nobody should get the key but Runway. No
        # connection is kept: after a Lambda's freeze a kept one is dead, and a request on a dead connection
        # fails in a way that looks as if it might have been accepted.
        self.client = runwayml.RunwayML(
            api_key=api_key.strip(),
            base_url=base_url,
            max_retries=0,
            timeout=timeout,
            http_client=runwayml.DefaultHttpxClient(
                timeout=timeout,
                follow_redirects=False,
                limits=httpx.Limits(max_connections=4, max_keepalive_connections=0),
            ),
        )
        self._downloader = Downloader(PROVIDER, loopback_allowed=is_loopback(self.client.base_url.host))
        self._pause = pause

    def start(self, create: Callable[[], APIResponse[Any]], *, cost_usd: Decimal) -> Submitted:
        """Send one paid request.

        Raises:
            OutOfCredit: Refused, and the account holds less than `cost_usd`.
            ProviderError: As Runway's errors translate.

        """
        try:
            with translated(paid=True):
                created = _Created.model_validate(_json(create()))
        except ProviderError as exc:
            if isinstance(exc.__cause__, Exception) and is_unexplained_refusal(exc.__cause__):
                self._refuse_empty_account(cost_usd, exc.__cause__)
            raise
        return Submitted(created.id)

    def check(self, task_id: str) -> TaskStatus:
        """Where the task is. One that Runway does not know any more has been cancelled or deleted."""
        task = self._retrieve(task_id)
        return TaskStatus("cancelled") if task is None else _status(task)

    def cancel(self, task_id: str) -> Cancellation:
        """Stop the task, and say what it was. One that is over or unknown is left as it is.

        Deleting a finished task would destroy its output, so the status is asked first. What was queued
        then may run by the time it is deleted, and Runway's answer to that is empty: only credits that
        come back show that it never ran.
        """
        task = self._retrieve(task_id)
        if task is None or task.status in {"SUCCEEDED", "FAILED", "CANCELLED"}:
            return "over"
        waits = _status(task).state == "queued"
        before = self._balance() if waits else None
        try:
            self.client.tasks.delete(task_id, timeout=GET_READ_SECONDS)
        except runwayml.NotFoundError:
            return "over"  # it is gone already
        except runwayml.RunwayMLError as exc:
            if self._retrieve(task_id) is not None:
                raise translate(exc, paid=False) from exc
            # Only the answer was lost: the task is gone.
        if before is None or task.estimated_cost is None:
            return "running"
        # Exactly its credits: whatever else the account gains or spends meanwhile leaves a doubt, and a
        # doubt counts as paid.
        after = self._balance()
        refunded = after is not None and after - before == task.estimated_cost.credits
        return "queued" if refunded else "running"

    def collect(self, task_id: str, into: Path, *, sniff: Sniff, limits: DownloadLimits) -> str:
        """Download the finished task's output to `into`; returns its content type.

        An address that has expired is renewed by asking for the task again. Nothing here makes anything anew.
        """
        for attempt in range(1, DOWNLOAD_ATTEMPTS + 1):
            url = self._output(task_id)
            try:
                return self._downloader.download(url, into, sniff=sniff, limits=limits)
            except (ProviderUnavailable, ProviderBroken) as exc:
                expired = isinstance(exc, LinkExpired)  # a matter between Runway and us: it ends here
                if attempt == DOWNLOAD_ATTEMPTS and expired:
                    raise ProviderUnavailable(
                        "Runway's result can't be downloaded.", provider=PROVIDER
                    ) from exc
                if attempt == DOWNLOAD_ATTEMPTS:
                    raise
                _log.warning(
                    "download failed, trying again", extra={"attempt": attempt, "reason": exc.message}
                )
                if not expired:
                    self._pause(0.5 * 2**attempt)
        raise AssertionError  # the loop returns or raises

    def close(self) -> None:
        """Close the connections."""
        self.client.close()

    def _output(self, task_id: str) -> str:
        task = self._retrieve(task_id)
        if task is None:
            raise ProviderBroken("Runway does not have the task any more.", provider=PROVIDER)
        status = _status(task)
        if status.failure is not None:
            raise status.failure
        if status.state != "succeeded":
            raise ProviderBusy("Runway has not finished the task.", provider=PROVIDER)
        if not task.output:
            raise ProviderBroken("Runway finished the task without a result.", provider=PROVIDER)
        return task.output[0]

    def _retrieve(self, task_id: str) -> _Task | None:
        if not _TASK_ID.fullmatch(task_id):
            raise ProviderBroken("That is not an id of a Runway task.", provider=PROVIDER)
        try:
            with translated(paid=False):
                raw = self.client.tasks.with_raw_response.retrieve(task_id, timeout=GET_READ_SECONDS)
                return _read(raw)
        except ProviderError as exc:
            if isinstance(exc.__cause__, runwayml.NotFoundError):
                return None
            raise

    def capacity(self, model: str) -> Capacity:
        """What the account's tier allows for a model."""
        said = self._organization().tier.models.get(model)
        if said is None:
            return Capacity()
        with translated(paid=False):
            limits = _ModelLimits.model_validate(said)
        return Capacity(limits.max_concurrent, limits.max_daily)

    def _organization(self) -> _Organization:
        with translated(paid=False):
            raw = self.client.organization.with_raw_response.retrieve(timeout=GET_READ_SECONDS)
            return _Organization.model_validate(_json(raw))

    def _refuse_empty_account(self, cost_usd: Decimal, refused: Exception) -> None:
        """Raise OutOfCredit if the account can't pay. When that can't be found out, the refusal stands."""
        balance = self._balance()
        if balance is not None and runway_credits_usd(balance) < cost_usd:
            raise out_of_credit() from refused

    def _balance(self) -> Decimal | None:
        """The account's credits; None where that can't be found out."""
        try:
            return self._organization().credit_balance
        except ProviderError as exc:
            _log.warning("the account's balance is unknown", extra={"reason": exc.message})
            return None


def _read(raw: APIResponse[Any]) -> _Task:
    """The task. An answer that cannot be read says nothing of it: it goes on, and asking again is free."""
    try:
        return _Task.model_validate(_json(raw))
    except ValueError as exc:
        raise ProviderUnavailable("Runway's answer can't be read just now.", provider=PROVIDER) from exc


def _json(raw: APIResponse[Any]) -> object:
    if len(raw.http_response.content) > _ANSWER_BYTES:
        raise ValueError("larger than any answer of Runway's")
    return raw.http_response.json()


def _status(task: _Task) -> TaskStatus:
    cost = runway_credits_usd(task.cost.credits) if task.cost else None
    match task.status:
        case "PENDING" | "THROTTLED":
            return TaskStatus("queued")
        case "RUNNING":
            return TaskStatus("running", progress=_progress(task.progress))
        case "SUCCEEDED":
            return TaskStatus("succeeded", progress=1.0, cost_usd=cost)
        case "FAILED":
            return TaskStatus("failed", cost_usd=cost, failure=from_failure_code(task.failure_code))
        case "CANCELLED":
            return TaskStatus("cancelled", cost_usd=cost)
    # A status of the future is not a failure: the task goes on, and our own time limit ends it if need be.
    _log.warning("Runway names a status that we do not know", extra={"status": task.status[:40]})
    return TaskStatus("running", progress=_progress(task.progress))


def _progress(value: float | None) -> float | None:
    return None if value is None else min(max(value, 0.0), 1.0)

"""Send webhooks what they are to be told."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from shared.lambdas.access import Access, Layer
from shared.lambdas.operation import Trigger, operation
from shared.lambdas.step import StepModel
from shared.webhooks import delivering
from shared.webhooks.addresses import way_out

TIMEOUT_SECONDS = 90
CLAIM_SECONDS = 45
"""After so long nothing more is begun with: the next run goes on."""


class Wake(BaseModel):
    """What starts a run says nothing that matters here."""

    model_config = ConfigDict(extra="ignore")


class Delivered(StepModel):
    """How many deliveries were taken, how many failed, and how many of those were given up."""

    delivered: int
    failed: int
    dead: int


@operation(
    Trigger.SCHEDULE,
    every_minutes=1,
    needs={Access.DATABASE, Access.SIGNING},
    timeout_seconds=TIMEOUT_SECONDS,
    layers={Layer.CRYPTO},
)
def deliver_webhooks(wake: Wake) -> Delivered:  # noqa: ARG001 - the event says nothing
    """Deliver what is due to webhooks, until nothing is."""
    tally = delivering.deliver(way_out(), CLAIM_SECONDS)
    return Delivered(delivered=tally.delivered, failed=tally.failed, dead=tally.dead)

"""Delete what its user does not want kept any longer."""

from __future__ import annotations

import time

from shared.lambdas.access import Access, Layer
from shared.lambdas.operation import Trigger, operation
from shared.lambdas.step import StepModel
from shared.retention import service
from shared.uploads import clearing

TIMEOUT_SECONDS = 300
LAST_START_SECONDS = 240


class Look(StepModel):
    """What the schedule says: nothing that matters here."""


class Deleted(StepModel):
    """How many sessions were deleted and uploads closed, and how many objects stored after their deletion."""

    sessions: int
    uploads: int
    late_objects: int


@operation(
    Trigger.SCHEDULE,
    needs={Access.DATABASE, Access.DATABASE_OPERATOR, Access.MEDIA_DELETE, Access.PROVIDERS},
    timeout_seconds=TIMEOUT_SECONDS,
    layers={Layer.CLIENTS, Layer.IMAGING},
)
def delete_expired(look: Look) -> Deleted:  # noqa: ARG001 - the event says nothing
    """Delete the sessions whose time is over, uploads that were given up, and what was stored too late."""
    give_up_at = time.monotonic() + LAST_START_SECONDS
    return Deleted(
        sessions=service.delete_expired(give_up_at),
        uploads=clearing.clear_away(give_up_at),
        late_objects=service.sweep(give_up_at),
    )

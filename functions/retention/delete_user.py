"""Delete a user, by hand."""

from __future__ import annotations

import time
from uuid import UUID

from shared.lambdas.access import Access, Layer
from shared.lambdas.operation import Trigger, operation
from shared.lambdas.step import StepModel
from shared.retention import service

TIMEOUT_SECONDS = 900
CANCEL_SECONDS = 600
"""How long tasks are cancelled at providers. The rest is for deleting."""


class Leaver(StepModel):
    """Who is to be forgotten."""

    user_id: UUID


class UserDeleted(StepModel):
    """What is gone beside the rows."""

    user_id: UUID
    objects: int


@operation(
    Trigger.HAND,
    needs={
        Access.DATABASE,
        Access.DATABASE_OPERATOR,
        Access.MEDIA_DELETE,
        Access.PROVIDERS,
        Access.STOP_WORKFLOW,
    },
    timeout_seconds=TIMEOUT_SECONDS,
    layers={Layer.CLIENTS, Layer.IMAGING},
)
def delete_user(leaver: Leaver) -> UserDeleted:
    """Delete a user with every row and object that is the user's. There is no way back."""
    objects = service.delete_user(leaver.user_id, time.monotonic() + CANCEL_SECONDS)
    return UserDeleted(user_id=leaver.user_id, objects=objects)

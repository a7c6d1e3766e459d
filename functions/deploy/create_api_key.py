"""Make an API key, by hand."""

from __future__ import annotations

from uuid import UUID

from shared.accounts import service
from shared.database import admin_transaction
from shared.lambdas.access import Access
from shared.lambdas.operation import Trigger, operation
from shared.lambdas.step import StepModel


class KeyOrder(StepModel):
    """For whom: a user that exists, or a new one."""

    name: str
    user_id: UUID | None = None


class KeyMade(StepModel):
    """The key, for the only time."""

    api_key: str
    key_id: UUID
    user_id: UUID


@operation(Trigger.HAND, needs={Access.DATABASE_ADMIN}, timeout_seconds=30)
def create_api_key(order: KeyOrder) -> KeyMade:
    """Make an API key for a user, or for a new user of that name."""
    with admin_transaction() as db:
        made = service.create_api_key(db, order.name, order.user_id)
    return KeyMade(api_key=made.api_key, key_id=made.key_id, user_id=made.user_id)

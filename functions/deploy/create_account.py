"""Make an account with an address and a password, by hand: where nobody may register."""

from __future__ import annotations

from uuid import UUID

from shared.auth import service
from shared.database import operator_transaction
from shared.lambdas.access import Access, Layer
from shared.lambdas.operation import Trigger, operation
from shared.lambdas.step import StepModel


class AccountOrder(StepModel):
    """For whom: an address, known or new; and a user that exists, or a new one."""

    email: str
    name: str | None = None
    user_id: UUID | None = None


class AccountMade(StepModel):
    """The password, for the only time."""

    user_id: UUID
    password: str


@operation(
    Trigger.HAND,
    needs={Access.DATABASE_OPERATOR},
    memory_mb=1024,
    timeout_seconds=30,
    layers={Layer.CRYPTO},
)
def create_account(order: AccountOrder) -> AccountMade:
    """Give an address a random password: a new user's, a user's who had none, or one who forgot his.

    Every sign-in of that user ends. POST /api/auth/password takes another password.
    """
    with operator_transaction() as db:
        made = service.give_password(db, order.email, order.name, order.user_id)
    return AccountMade(user_id=made.user_id, password=made.password)

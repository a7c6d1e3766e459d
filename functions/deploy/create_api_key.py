"""Make an API key, by hand."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from shared.accounts import scopes, service
from shared.accounts.models import MAX_PER_HOUR, MAX_PER_MINUTE, KeyTerms
from shared.database import operator_transaction
from shared.lambdas.access import Access, Layer
from shared.lambdas.operation import Trigger, operation
from shared.lambdas.step import StepModel


class KeyOrder(StepModel):
    """For whom (a user that exists, or a new one), and what for.

    Without `scopes` a key is for everything but the administration, and the first one for that, too.
    A `sealed` key is made of the deployment's own secret: see `shared.accounts.sealed_keys`.
    """

    name: str
    user_id: UUID | None = None
    sealed: bool = False
    scopes: tuple[str, ...] | None = None
    per_minute: int | None = Field(default=None, ge=1, le=MAX_PER_MINUTE)
    per_hour: int | None = Field(default=None, ge=1, le=MAX_PER_HOUR)
    expires_at: datetime | None = None


class KeyMade(StepModel):
    """The key, for the only time."""

    api_key: str
    key_id: UUID
    user_id: UUID


@operation(
    Trigger.HAND,
    needs={Access.DATABASE_OPERATOR, Access.SIGNING},
    timeout_seconds=30,
    layers={Layer.CRYPTO},  # for sealed keys
)
def create_api_key(order: KeyOrder) -> KeyMade:
    """Make an API key for a user, or for a new user of that name."""
    scopes.check(order.scopes or ())
    usual = KeyTerms.usual(sealed=order.sealed)
    terms = KeyTerms(
        scopes=order.scopes,
        per_minute=order.per_minute or usual.per_minute,
        per_hour=order.per_hour or usual.per_hour,
        expires_at=order.expires_at,
    )
    with operator_transaction() as db:
        made = service.create_api_key(db, order.name, order.user_id, terms, sealed=order.sealed)
    return KeyMade(api_key=made.api_key, key_id=made.key_id, user_id=made.user_id)

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

import pytest

from shared.accounts.service import NewKey
from shared.database import admin_transaction, transaction
from shared.net import WayOut
from shared.webhooks import delivering, outbox, queries, service
from shared.webhooks.models import EventData, NewWebhook, WebhookCreated


class Desk:
    """A user's webhooks, and the delivery of what they are told, step by step.

    The stack delivers, too, by its schedule: whoever comes first, what is left behind is the same.
    """

    def __init__(self, user_id: UUID) -> None:
        self.user_id = user_id

    def add(self, url: str, **fields: Any) -> WebhookCreated:
        return service.create_webhook(self.user_id, NewWebhook(url=url, **fields))

    def tell(self, endpoint_id: UUID) -> UUID:
        """A ping that nobody is told to hurry with."""
        delivery_id = UUID(int=time.time_ns())
        with transaction(self.user_id) as db:
            queries.add_delivery(
                db, self.user_id, delivery_id, endpoint_id, outbox.new_event("ping", EventData())
            )
        return delivery_id

    def deliver(self, delivery_id: UUID, attempts: int, **given: Any) -> dict[str, Any]:
        """Its row once so many attempts are made; each next one is due at once."""
        give_up_at = time.monotonic() + 60
        while True:
            row = self.row(delivery_id)
            if row["attempts"] >= attempts and row["leased_until"] is None:
                assert row["attempts"] == attempts
                return row
            assert time.monotonic() < give_up_at, row
            if row["state"] == "pending":
                self.change(delivery_id, "next_attempt_at = now()")
            delivering.deliver(WayOut(loopback_allowed=True), 5, **given)

    def change(self, delivery_id: UUID, assignment: str) -> None:
        with admin_transaction() as db:
            db.execute(
                f"update webhook_deliveries set {assignment} where id = %s",
                [delivery_id],
            )

    def row(self, delivery_id: UUID) -> dict[str, Any]:
        with admin_transaction() as db:
            found = db.execute("select * from webhook_deliveries where id = %s", [delivery_id]).fetchone()
        assert found is not None
        return found


@pytest.fixture
def desk(user: NewKey) -> Desk:
    return Desk(user.user_id)

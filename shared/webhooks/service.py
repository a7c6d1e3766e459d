"""What can be done with webhooks."""

from __future__ import annotations

from uuid import UUID

from shared.database import Connection, reading, transaction
from shared.errors import Conflict, NotFound, TooManyRequests
from shared.lambdas.idempotency import NEW_REQUEST, Idempotency
from shared.paging import decode_cursor, encode_cursor
from shared.videos.queries import video_state
from shared.webhooks import outbox, queries
from shared.webhooks.addresses import check_url
from shared.webhooks.models import (
    MAX_ENDPOINTS,
    ChangeWebhook,
    DeliveriesQuery,
    Delivery,
    DeliveryList,
    EventData,
    NewWebhook,
    SecretRotated,
    Webhook,
    WebhookCreated,
)
from shared.webhooks.secrets import new_secret, seal, unseal

MAX_WAITING = 100
"""Nobody pings or replays by hand what has so much waiting already."""


def create_webhook(user_id: UUID, new: NewWebhook, idempotency: Idempotency = NEW_REQUEST) -> WebhookCreated:
    """Write an endpoint down; returns it with its secret. Raises AddressRefused; Conflict for too many.

    Sent again after an attempt that died, it finds that one's endpoint and secret; NotFound where the
    endpoint was deleted since.
    """
    check_url(new.url)
    endpoint_id, secret = idempotency.new_id("webhook"), new_secret()
    with transaction(user_id) as db:
        queries.lock_endpoints(db, user_id)
        if not idempotency.is_new(db):
            endpoint = _found(db, endpoint_id)
            return WebhookCreated(webhook=endpoint, secret=_in_use(db, user_id, endpoint_id).secret)
        if len(queries.endpoints().all(db)) >= MAX_ENDPOINTS:
            raise Conflict(f"There are {MAX_ENDPOINTS} webhooks already: delete one that is not needed.")
        queries.add_endpoint(db, user_id, endpoint_id, new.url, new.events, new.description)
        queries.replace_secret(db, user_id, endpoint_id, seal(secret, user_id), 0)
        return WebhookCreated(webhook=_found(db, endpoint_id), secret=secret)


def list_webhooks(user_id: UUID) -> list[Webhook]:
    """The user's endpoints, newest first."""
    with reading(user_id) as read:
        found = read(queries.endpoints())
    return found.all


def get_webhook(user_id: UUID, endpoint_id: UUID) -> Webhook:
    """One endpoint. Raises NotFound."""
    with reading(user_id) as read:
        found = read(queries.find_endpoint(endpoint_id))
    return _known(found.one)


def change_webhook(user_id: UUID, endpoint_id: UUID, change: ChangeWebhook) -> Webhook:
    """Change an endpoint. Raises NotFound and AddressRefused."""
    fields = change.model_dump(include=change.model_fields_set)
    if change.url is not None:
        check_url(change.url)
    if change.events is not None:
        fields["events"] = list(change.events)
    with transaction(user_id) as db:
        _found(db, endpoint_id)
        queries.update_endpoint(db, endpoint_id, fields)
        if change.active is False:
            queries.bury_pending(db, endpoint_id)
        return _found(db, endpoint_id)


def delete_webhook(user_id: UUID, endpoint_id: UUID) -> None:
    """Delete an endpoint with its log. Raises NotFound."""
    with transaction(user_id) as db:
        if not queries.delete_endpoint(db, endpoint_id):
            raise NotFound("There is no such webhook.")


def rotate_secret(
    user_id: UUID, endpoint_id: UUID, grace_hours: int, idempotency: Idempotency = NEW_REQUEST
) -> SecretRotated:
    """A new secret for an endpoint. Raises NotFound."""
    with transaction(user_id) as db:
        _found(db, endpoint_id)
        return _rotated(db, user_id, endpoint_id, grace_hours, idempotency)


def rotate_job_secret(
    user_id: UUID, grace_hours: int, idempotency: Idempotency = NEW_REQUEST
) -> SecretRotated:
    """A new secret for the webhooks that are named with one job."""
    with transaction(user_id) as db:
        return _rotated(db, user_id, None, grace_hours, idempotency)


def _rotated(
    db: Connection, user_id: UUID, endpoint_id: UUID | None, grace_hours: int, idempotency: Idempotency
) -> SecretRotated:
    """The new secret, or that of an attempt that died: to rotate once more would end the old one's grace."""
    if not idempotency.is_new(db):
        return _in_use(db, user_id, endpoint_id)
    secret = new_secret()
    expires_at = queries.replace_secret(db, user_id, endpoint_id, seal(secret, user_id), grace_hours)
    return SecretRotated(secret=secret, old_secret_expires_at=expires_at)


def _in_use(db: Connection, user_id: UUID, endpoint_id: UUID | None) -> SecretRotated:
    """The secret that signs now, and until when the one before it does."""
    found = queries.secret_in_use(db, endpoint_id)
    if found is None:
        raise NotFound("There is no such secret.")
    sealed, expires_at = found
    return SecretRotated(secret=unseal(sealed, user_id), old_secret_expires_at=expires_at)


def ping(user_id: UUID, endpoint_id: UUID, idempotency: Idempotency = NEW_REQUEST) -> Delivery:
    """Send an endpoint a `ping`. Raises NotFound, Conflict where it is inactive, TooManyRequests."""
    delivery_id = idempotency.new_id("ping")
    with transaction(user_id) as db:
        if idempotency.is_new(db):
            _check_active(db, endpoint_id)
            _check_room(queries.waiting_for_endpoint(db, endpoint_id, MAX_WAITING))
            event = outbox.new_event("ping", EventData())
            queries.add_delivery(db, user_id, delivery_id, endpoint_id, event)
        delivery = queries.find_delivery(delivery_id).one(db)
    outbox.deliver_soon(1)
    return _existing(delivery)


def replay(user_id: UUID, delivery_id: UUID, idempotency: Idempotency = NEW_REQUEST) -> Delivery:
    """Send a delivery's event once more. Raises NotFound, Conflict, TooManyRequests."""
    replay_id = idempotency.new_id("replay")
    with transaction(user_id) as db:
        before = _existing(queries.find_delivery(delivery_id).one(db))
        if idempotency.is_new(db):
            if before.webhook_id is not None:
                _check_active(db, before.webhook_id)
            _check_room(queries.waiting_with(db, delivery_id, MAX_WAITING))
            queries.replay(db, delivery_id, replay_id)
        delivery = queries.find_delivery(replay_id).one(db)
    outbox.deliver_soon(1)
    return _existing(delivery)


def deliveries_to(user_id: UUID, endpoint_id: UUID, query: DeliveriesQuery) -> DeliveryList:
    """A page of an endpoint's log. Raises NotFound."""
    before = None if query.cursor is None else decode_cursor(query.cursor)
    with reading(user_id) as read:
        endpoint = read(queries.find_endpoint(endpoint_id))
        rows = read(queries.deliveries_to(endpoint_id, query.state, before, query.limit + 1))
    _known(endpoint.one)
    return _page(rows.all, query)


def deliveries_about(user_id: UUID, video_id: UUID, query: DeliveriesQuery) -> DeliveryList:
    """A page of what was told of a video. Raises NotFound."""
    before = None if query.cursor is None else decode_cursor(query.cursor)
    with reading(user_id) as read:
        state = read(video_state(video_id))
        rows = read(queries.deliveries_about(video_id, query.state, before, query.limit + 1))
    if state.one is None:
        raise NotFound("There is no such video.")
    return _page(rows.all, query)


def _page(rows: list[Delivery], query: DeliveriesQuery) -> DeliveryList:
    items = rows[: query.limit]
    more = len(rows) > query.limit
    cursor = encode_cursor((items[-1].created_at, items[-1].id)) if more else None
    return DeliveryList(items=items, next_cursor=cursor)


def _found(db: Connection, endpoint_id: UUID) -> Webhook:
    return _known(queries.find_endpoint(endpoint_id).one(db))


def _known(endpoint: Webhook | None) -> Webhook:
    if endpoint is None:
        raise NotFound("There is no such webhook.")
    return endpoint


def _existing(delivery: Delivery | None) -> Delivery:
    if delivery is None:
        raise NotFound("There is no such delivery.")
    return delivery


def _check_active(db: Connection, endpoint_id: UUID) -> None:
    if not _found(db, endpoint_id).active:
        raise Conflict("The webhook is inactive. Activate it first.")


def _check_room(waiting: int) -> None:
    if waiting >= MAX_WAITING:
        raise TooManyRequests("Too much waits to be delivered there already.", retry_after_seconds=60)

"""POST /api/webhooks."""

from __future__ import annotations

from shared.lambdas.access import Access
from shared.lambdas.endpoint import Call, endpoint
from shared.lambdas.http import Reply
from shared.webhooks import service
from shared.webhooks.models import NewWebhook, WebhookCreated


@endpoint("POST", "/api/webhooks", status=201, needs={Access.SIGNING})
def create_webhook(body: NewWebhook, call: Call) -> Reply[WebhookCreated]:
    """Be told when a video comes to an end.

    Each event is a POST of JSON: `id`, `type`, `createdAt`, and in `data.video` the video's `id`,
    `requestId`, `state` and `error`. Ask `GET /api/videos/{id}` for the rest. Any 2xx within 10 s says that
    you have it; redirects are not followed. Otherwise it is sent again, ten times in all, over a day, and
    can be replayed after that. An event may come twice, and not in order: its `id` is the same each time,
    and the header `Storyreel-Delivery` in every attempt.

    The header `Storyreel-Signature` is `t=<seconds since 1970>,v1=<signature>`. The signature is the
    HMAC-SHA256 of `<t>.<body>` in hexadecimal, with the secret of this answer as the key, `whsec_`
    included. There are two `v1` while a secret is rotated. Refuse a `t` that is more than five minutes old.

    A webhook that has failed for 5 days, or answers 410, is deactivated; `inactiveReason` says why.
    """
    created = service.create_webhook(call.user_id, body, call.idempotency)
    return Reply(created, headers={"Location": call.url(f"/api/webhooks/{created.webhook.id}")})

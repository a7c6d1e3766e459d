"""The outbox: an event is written down in the transaction of what it tells of, and sent afterwards.

So no event is lost, and none is told of what did not happen. `deliver_webhooks` sends what is due: it is
started at once, and looks by itself every minute, should that start fail.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import LiteralString
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from shared.aws import client
from shared.database import Connection
from shared.log import logger
from shared.settings import DeliverySettings, settings
from shared.webhooks.models import EventData, EventName, EventVideo, WebhookEvent

# Endpoints are told of whole videos; what was asked for alone is told to its own webhook, if it has one.
# An endpoint that is deleted at the same time is waited for, and then is not among them.
_TELL: LiteralString = """
    with wanted as (
        select e.id from webhook_endpoints e
        where %(whole)s and e.user_id = app_user_id() and e.active
          and (e.events = '{}' or %(event)s = any(e.events))
        for key share
    ), told as (
        select id as endpoint_id, null::text as url from wanted
        union all
        select null, v.webhook_url from video_sessions v where v.id = %(video)s and v.webhook_url is not null
    )
    insert into webhook_deliveries (user_id, endpoint_id, url, video_id, event_id, event, body)
        select app_user_id(), endpoint_id, url, %(video)s, %(id)s, %(event)s, %(body)s from told
"""


def tell_of_video(db: Connection, video: EventVideo) -> int:
    """Write down what a video has come to, for all who want to know; returns how many do."""
    event = new_event(f"video.{video.state}", EventData(video=video))
    told = {
        "video": video.id,
        "whole": video.piece is None,
        "id": event.id,
        "event": event.type,
        "body": event.text,
    }
    return db.execute(_TELL, told).rowcount


def new_event(kind: EventName | str, data: EventData) -> WebhookEvent:
    """An event of now. Raises ValueError for one that there is not."""
    return WebhookEvent.model_validate(
        {"id": uuid4(), "type": kind, "created_at": datetime.now(UTC), "data": data}
    )


def deliver_soon(deliveries: int) -> None:
    """Start the delivery of what was just committed, if that is anything, and do not wait for it.

    Needs Access.WEBHOOKS. Where the start fails, the schedule delivers within a minute.
    """
    function = settings(DeliverySettings).function
    if deliveries == 0:
        return
    try:
        client("lambda").invoke(FunctionName=function, InvocationType="Event", Payload=b"{}")
    except (BotoCoreError, ClientError):
        logger().warning("delivery left to the schedule", exc_info=True)

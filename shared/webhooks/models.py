"""What the API takes and gives of webhooks, and what a webhook is told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from shared.api_models import Answer, ApiModel

MAX_ENDPOINTS = 20
MAX_WEBHOOK_URL = 2048
MAX_GRACE_HOURS = 7 * 24

VideoEvent: TypeAlias = Literal[
    "video.succeeded",
    "video.stopped",
    "video.failed",
    "video.cancelled",
    "video.needs_budget",
    "video.needs_credit",
    "video.needs_key",
]
"""One for each state in which nothing happens to a video by itself."""

EventName: TypeAlias = VideoEvent | Literal["ping"]

DeliveryState: TypeAlias = Literal["pending", "delivered", "dead"]
Failure: TypeAlias = Literal[
    "status",
    "redirect",
    "timeout",
    "connection",
    "tls",
    "not_http",
    "address_refused",
    "interrupted",
    "inactive",
]
"""Why an attempt was none: another status than 2xx, a redirect (which is not followed), …

`interrupted`: the sender died too often on the way. `inactive`: the webhook was deactivated meanwhile.
"""


def _once(events: tuple[VideoEvent, ...]) -> tuple[VideoEvent, ...]:
    return tuple(dict.fromkeys(events))


Url: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_WEBHOOK_URL)
]
Events: TypeAlias = Annotated[tuple[VideoEvent, ...], Field(max_length=20), AfterValidator(_once)]
Description: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]


class EventError(ApiModel):
    """Why a video could not be made, or what it waits for."""

    code: str
    message: str
    scene: int | None


class EventVideo(ApiModel):
    """The video that an event is about. All else is told by `GET /api/videos/{id}`."""

    id: UUID
    request_id: str
    piece: str | None = Field(description="story, frame, clip or cut, where that was asked for alone")
    state: str
    error: EventError | None


class EventData(ApiModel):
    """What an event is about; nothing, for a ping."""

    video: EventVideo | None = None


class WebhookEvent(ApiModel):
    """The body of a delivery. `id` is the same in every delivery of the event, replays included."""

    id: UUID
    type: EventName
    created_at: datetime
    data: EventData

    @property
    def text(self) -> str:
        """What is signed and sent."""
        return self.model_dump_json(by_alias=True)


class NewWebhook(ApiModel):
    """The body of POST /api/webhooks."""

    url: Url = Field(
        description="https, on port 443, at a public address", examples=["https://example.com/hook"]
    )
    events: Events = Field(default=(), description="What it is told of; left out or empty: everything")
    description: Description = ""


class ChangeWebhook(ApiModel):
    """The body of PATCH /api/webhooks/{id}: what is left out stays as it is."""

    url: Url | None = Field(default=None, examples=["https://example.com/hook"])
    events: Events | None = Field(default=None, description="Empty: everything")
    description: Description | None = None
    active: bool | None = Field(
        default=None, description="true: tell it again; false: what waits is not sent"
    )

    @model_validator(mode="after")
    def _something(self) -> ChangeWebhook:
        if not self.model_fields_set:
            raise ValueError("Name at least one thing to change.")
        empty = [name for name in self.model_fields_set if getattr(self, name) is None]
        if empty:
            raise ValueError(f"{empty[0]} cannot be null.")
        return self


class RotateSecret(ApiModel):
    """The body of POST …/rotate."""

    grace_hours: int = Field(
        default=24, ge=0, le=MAX_GRACE_HOURS, description="How long deliveries carry the old signature, too"
    )


class Webhook(ApiModel):
    """An endpoint that is told of events."""

    id: UUID
    url: str
    events: list[str] = Field(description="Empty: everything")
    description: str
    active: bool
    inactive_reason: str | None = Field(description="Why it was deactivated, where you did not do so")
    failing_since: datetime | None = Field(description="No attempt has succeeded from then on")
    created_at: datetime


class WebhookAnswer(Answer):
    """One webhook."""

    webhook: Webhook


class WebhookCreated(WebhookAnswer):
    """A new webhook, and its secret at the only moment at which it can be read."""

    secret: str = Field(description="whsec_…: the key of the signatures. Keep it: it is not shown again")


class WebhookList(Answer):
    """Every webhook, newest first: there are 20 at the most."""

    items: list[Webhook]


class WebhookDeleted(Answer):
    """What is gone."""

    id: UUID


class SecretRotated(Answer):
    """The new secret. The one before it signs, too, until then."""

    secret: str
    old_secret_expires_at: datetime | None = Field(description="null: there was none")


class DeliveriesQuery(ApiModel):
    """The query of a log of deliveries."""

    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=200, description="nextCursor of the page before")
    state: DeliveryState | None = None


class Delivery(ApiModel):
    """An event, on its way to one address. What the address answered beyond the status is not kept."""

    id: UUID = Field(description="Storyreel-Delivery: the same in every attempt")
    webhook_id: UUID | None = Field(description="null: the webhook of one job")
    url: str
    video_id: UUID | None
    event_id: UUID
    event: str
    state: DeliveryState
    attempts: int
    next_attempt_at: datetime | None
    attempted_at: datetime | None
    status_code: int | None = Field(description="What the last attempt was answered with")
    failure: str | None = Field(description="Why the last attempt was none")
    milliseconds: int | None = Field(description="How long it took")
    replay_of: UUID | None
    created_at: datetime
    finished_at: datetime | None


class DeliveryList(Answer):
    """A page of a log, newest first. It goes back 30 days."""

    items: list[Delivery]
    next_cursor: str | None


class DeliveryAnswer(Answer):
    """A delivery that is on its way."""

    delivery: Delivery

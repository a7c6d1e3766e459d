"""What the administration takes and gives of API keys."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, model_validator

from shared.accounts.models import MAX_PER_HOUR, MAX_PER_MINUTE
from shared.api_models import Answer, ApiModel

MAX_GRACE_HOURS = 7 * 24
MAX_SCOPES = 100

KeyKind: TypeAlias = Literal["stored", "sealed"]
KeyName: TypeAlias = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$"),
]
Scope: TypeAlias = Annotated[str, StringConstraints(pattern=r"^(\*|[a-z0-9_]{1,64})$")]


def _once(scopes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(scopes))


Scopes: TypeAlias = Annotated[tuple[Scope, ...], Field(max_length=MAX_SCOPES), AfterValidator(_once)]


def _in_utc(time: datetime) -> datetime:
    """The database gives times back in UTC, where the first and the last year may not hold them."""
    try:
        return time.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("This time is not of the years 1 to 9999.") from error


ExpiresAt: TypeAlias = Annotated[AwareDatetime, AfterValidator(_in_utc)]

_SCOPES = (
    "What it opens: operations by their operationId, groups of them by their area, `*` for everything but the"
    " administration, `admin` for that, and `act_as` to call in another user's name (X-User-ID)"
)
_EXPIRES_AT = "From then on it is refused; null: never"


class NewApiKey(ApiModel):
    """The body of POST /api/admin/api-keys."""

    name: KeyName = Field(description="What people know it by", examples=["Our shop's server"])
    user_id: UUID | None = Field(
        default=None, description="Whose key it is; left out: a new user's, of the same name"
    )
    kind: KeyKind = Field(
        default="stored",
        description="`stored`: known by its hash. `sealed`: made of the deployment's own secret and the user",
    )
    scopes: Scopes = Field(default=("*",), description=_SCOPES)
    per_minute: int | None = Field(
        default=None, ge=1, le=MAX_PER_MINUTE, description="600 if left out, 200 for a sealed key"
    )
    per_hour: int | None = Field(default=None, ge=1, le=MAX_PER_HOUR, description="10,000 if left out")
    expires_at: ExpiresAt | None = Field(default=None, description=_EXPIRES_AT)


class ChangeApiKey(ApiModel):
    """The body of PATCH /api/admin/api-keys/{id}: what is left out stays as it is."""

    name: KeyName | None = None
    scopes: Scopes | None = Field(default=None, description=_SCOPES)
    per_minute: int | None = Field(default=None, ge=1, le=MAX_PER_MINUTE)
    per_hour: int | None = Field(default=None, ge=1, le=MAX_PER_HOUR)
    active: bool | None = Field(default=None, description="false: refused until it is true again")
    expires_at: ExpiresAt | None = Field(default=None, description=_EXPIRES_AT)

    @model_validator(mode="after")
    def _something(self) -> ChangeApiKey:
        if not self.model_fields_set:
            raise ValueError("Name at least one thing to change.")
        empty = [name for name in self.model_fields_set - {"expires_at"} if getattr(self, name) is None]
        if empty:
            raise ValueError(f"{empty[0]} cannot be null.")
        return self


class RotateApiKey(ApiModel):
    """The body of POST …/rotate."""

    grace_hours: int = Field(
        default=24, ge=0, le=MAX_GRACE_HOURS, description="How long the old secret is good, too"
    )


class KeyListQuery(ApiModel):
    """The query of GET /api/admin/api-keys."""

    user_id: UUID | None = Field(default=None, description="Only this user's keys")
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=200, description="nextCursor of the page before")


class ApiKey(ApiModel):
    """A key, without its secret."""

    id: UUID
    user_id: UUID
    user_name: str
    name: str
    kind: KeyKind
    prefix: str = Field(description="How it begins: what a person recognises it by")
    scopes: list[str]
    per_minute: int
    per_hour: int
    active: bool
    version: int = Field(description="Counts rotations, from 1")
    created_at: datetime
    expires_at: datetime | None
    previous_expires_at: datetime | None = Field(description="Until when the secret before the last is good")
    last_used_at: datetime | None = Field(description="To the minute")


class ApiKeyAnswer(Answer):
    """One key."""

    key: ApiKey


class ApiKeyIssued(ApiKeyAnswer):
    """A key, and its secret for the only time."""

    api_key: str = Field(description="Keep it: nobody can show it again")


class ApiKeyList(Answer):
    """A page of keys, newest first."""

    items: list[ApiKey]
    next_cursor: str | None


class ApiKeyDeleted(Answer):
    """What is gone."""

    id: UUID

"""How long a user's sessions are kept."""

from __future__ import annotations

from pydantic import Field

from shared.api_models import Answer, ApiModel

LONGEST_DAYS = 3650


class ChangeRetention(ApiModel):
    """The body of PUT /api/retention."""

    retention_days: int | None = Field(
        ge=1,
        le=LONGEST_DAYS,
        description="Days after which a session that nothing happens in is deleted. null: kept for good",
    )


class Retention(Answer):
    """How long the caller's sessions are kept."""

    retention_days: int | None

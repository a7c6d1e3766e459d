"""What the API takes and gives of signing in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.api_models import Amount, Answer, ApiModel

Email: TypeAlias = Annotated[
    str, Field(max_length=320, description="Compared without regard to case", examples=["ada@example.com"])
]
Password: TypeAlias = Annotated[
    str,
    Field(max_length=256, description="12 to 128 characters of any kind", examples=["six ducks in a row"]),
]
Token: TypeAlias = Annotated[str, Field(max_length=200, description="As the last answer gave it: rt_…")]


class NewAccount(ApiModel):
    """The body of POST /api/auth/register."""

    email: Email
    password: Password
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)] | None = (
        Field(default=None, description="What to call you; your address if left out")
    )


class SignIn(ApiModel):
    """The body of POST /api/auth/login."""

    email: Email
    password: Password


class PresentedToken(ApiModel):
    """The body of POST /api/auth/refresh and /logout."""

    refresh_token: Token


class ChangePassword(ApiModel):
    """The body of POST /api/auth/password."""

    current_password: Password
    new_password: Password


class TokensAnswer(Answer):
    """Two tokens: one for requests, and one to get the next two with."""

    access_token: str = Field(description="A JWT. Send it as `Authorization: Bearer …`")
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a word of OAuth's
    expires_in: int = Field(description="Seconds for which the access token is good")
    refresh_token: str = Field(description="Good once; keep the one of the latest answer")
    user_id: UUID


class SignedOut(Answer):
    """The sign-in is over."""


class Account(ApiModel):
    """A user."""

    id: UUID
    name: str
    email: str | None = Field(description="None for a user without a password")
    monthly_cap_usd: Amount | None
    spending_limit_usd: Amount | None = Field(description="What the cap can be at the most; null: anything")
    created_at: datetime


class AccountAnswer(Answer):
    """Who you are."""

    user: Account

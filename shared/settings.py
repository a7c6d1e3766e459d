"""The environment, typed, and read nowhere else.

Each class is what one access right brings along (see `infra/access.py`): `DatabaseSettings.host` is
the variable DATABASE_HOST. A function without the right has none of its variables.
"""

from __future__ import annotations

import json
import os
from decimal import Decimal
from functools import cache
from typing import Annotated, ClassVar, Literal, TypeVar, cast
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from shared.errors import StoryreelError

S = TypeVar("S", bound="Settings")

NOT_SET = "none"
"""What a variable says where there is to be no limit."""


def _none_if_so_named(text: object) -> object:
    return None if text == NOT_SET else text


def _encrypted_or_local(url: str) -> str:
    """Keys that anybody on the way could exchange are no keys."""
    parts = urlsplit(url)
    if parts.scheme != "https" and (parts.scheme, parts.hostname) != ("http", "127.0.0.1"):
        raise ValueError("An address of keys begins with https.")
    return url


class SettingsMissing(StoryreelError):
    """The function lacks environment that it needs: a right is missing in its declaration."""

    code = "settings_missing"


class Settings(BaseModel):
    """One group of variables that share a prefix."""

    model_config = ConfigDict(frozen=True)

    prefix: ClassVar[str]


class HttpSettings(Settings):
    """What every endpoint knows."""

    prefix = "HTTP"

    allowed_origins: Annotated[tuple[str, ...], BeforeValidator(str.split)] = ("*",)
    """Origins that browsers may call from, separated by spaces."""


class MetricsSettings(Settings):
    """Where metrics are counted. The prefix is that of the library that writes them."""

    prefix = "POWERTOOLS"

    metrics_namespace: str = "Storyreel"


class DatabaseSettings(Settings):
    """Where Postgres is. The secret holds `username` and `password` as JSON."""

    prefix = "DATABASE"

    host: str
    port: int = 5432
    name: str
    sslmode: Literal["verify-full", "disable"] = "verify-full"
    proxy: bool = False
    """Whether RDS Proxy answers at `host`, which has a certificate of another authority than Postgres."""

    secret_arn: str
    """The role that row-level security binds."""


class DirectDatabaseSettings(Settings):
    """Postgres itself, whether or not RDS Proxy stands before it for the API."""

    prefix = "DATABASE"

    direct_host: str
    port: int = 5432
    name: str
    sslmode: Literal["verify-full", "disable"] = "verify-full"

    @property
    def host(self) -> str:
        """Where Postgres is."""
        return self.direct_host

    @property
    def proxy(self) -> bool:
        """Never."""
        return False


class DatabaseOperatorSettings(DirectDatabaseSettings):
    """The role of the deployment's own chores."""

    operator_secret_arn: str


class DatabaseAdminSettings(DirectDatabaseSettings):
    """The schema's owner, who makes the other roles: migrations hold what a proxy shares."""

    admin_secret_arn: str
    secret_arn: str
    operator_secret_arn: str
    api_connections: int
    """How many the API's role may have at a time, all functions together."""

    api_idle_seconds: int
    """After so long Postgres closes a connection that nobody uses, as a frozen function's. 0: never."""

    operator_connections: int
    operator_idle_seconds: int


class MediaSettings(Settings):
    """Where objects are."""

    prefix = "MEDIA"

    bucket: str


class WorkflowSettings(Settings):
    """The state machine."""

    prefix = "WORKFLOW"

    arn: str


class SigningSettings(Settings):
    """The deployment's own secret: JSON of SECRET_KEY, of 32 characters at least."""

    prefix = "SIGNING"

    secret_arn: str


class TokenIssuer(BaseModel):
    """Somebody else who signs users in."""

    model_config = ConfigDict(frozen=True)

    issuer: str
    """As the tokens' `iss` says it, to the letter."""

    audience: str
    """What the tokens' `aud` says, or the `client_id` of Cognito's access tokens."""

    jwks_url: Annotated[str, AfterValidator(_encrypted_or_local)]
    """Where the public keys are."""


class SignInSettings(Settings):
    """Who may become a user, and what a new one may spend."""

    prefix = "SIGN_IN"

    registration: Literal["open", "closed"] = "closed"
    new_user_monthly_cap_usd: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    """What users who made themselves can spend in a month at the most: it is the deployment that pays."""

    issuers: Annotated[tuple[TokenIssuer, ...], BeforeValidator(json.loads)] = ()
    """As a JSON list."""


class DeliverySettings(Settings):
    """The function that delivers webhooks."""

    prefix = "WEBHOOKS"

    function: str


class WebhookSettings(Settings):
    """Where webhooks may be."""

    prefix = "WEBHOOKS"

    loopback_allowed: bool = False
    """Whether on this machine, too, and by plain HTTP: for a laptop."""


class ProviderSettings(Settings):
    """Who makes what: `auto`, a provider's name, or `provider/model`.

    The secret is JSON of OPENAI_API_KEY and RUNWAYML_API_SECRET, each of which may be missing.
    """

    prefix = "PROVIDERS"

    secret_arn: str
    story: str = "auto"
    frame: str = "auto"
    clip: str = "auto"
    narration: str = "auto"
    fallback_frame: str = ""
    fallback_clip: str = ""
    fallback_narration: str = ""
    """Who makes a piece when its maker stays down; empty: nobody, it waits."""
    poll_seconds: float = 5
    """Runway asks for no more than one look every five seconds."""
    monthly_cap_usd: Annotated[Annotated[Decimal, Field(ge=0)] | None, BeforeValidator(_none_if_so_named)] = (
        None
    )
    """What all users together can spend in a month at the most; `none` for no cap."""


def settings(group: type[S]) -> S:
    """One group of settings, read from the environment once per process."""
    return cast("S", _read(group))


def variables(group: type[Settings]) -> dict[str, str]:
    """The variable behind each field of a group."""
    return {field: f"{group.prefix}_{field}".upper() for field in group.model_fields}


@cache
def _read(group: type[Settings]) -> Settings:
    names = variables(group)
    values = {field: os.environ[name] for field, name in names.items() if name in os.environ}
    try:
        return group.model_validate(values)
    except ValidationError as error:
        wrong = ", ".join(names[str(each["loc"][0])] for each in error.errors())
        raise SettingsMissing(f"These environment variables are missing or wrong: {wrong}.") from None

"""What differs between the deployments of Storyreel, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from shared.settings import TokenIssuer

Provider = str
"""`auto`, a provider's name, or `provider/model`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Providers:
    """Who makes what. `auto` is the real provider once its key is in the secret, else `draft`."""

    story: Provider = "auto"
    frame: Provider = "auto"
    clip: Provider = "auto"
    narration: Provider = "auto"
    fallback_frame: str = ""
    fallback_clip: str = ""
    fallback_narration: str = ""
    """Who steps in for a maker that stays down: as above, or nobody. Another model costs another price."""
    poll_seconds: int = 8
    """How long to wait for the second look, and at least between two: each costs three of the workflow's
    transitions, which is what a Lambda of 1 GB costs that waits for 6 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concurrency:
    """How many invocations of one function there are at a time, at the most: each holds a connection.

    Where it is reserved, Lambda refuses more, and the workflow tries again. The sum is taken from the
    account's quota: 1000, and 10 for a new account, which has nothing to reserve. Behind RDS Proxy nothing
    is reserved for endpoints.
    """

    endpoint: int
    step: int
    operation: int
    reserved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """An address of one's own for the API. Costs nothing beside the name itself."""

    name: str
    """As in `api.example.com`."""

    certificate_arn: str
    """Of AWS Certificate Manager, for that name, in the stage's region."""

    zone_id: str | None = None
    """The Route 53 zone for the name's record; without one, point a CNAME at the output `DomainTarget`."""

    zone_name: str | None = None
    """That zone's name, as in `example.com`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One deployment. Sizes are in the unit that the name says; money is a matter of all of them."""

    name: str

    keep_data: bool
    """Whether database and bucket outlive `cdk destroy` and are protected from deletion."""

    nat: Literal["instance", "gateway"]
    """How private functions reach the providers: a t4g.nano (about 7 US$ a month with its public address, one
    point of failure) or a managed gateway per zone (about 37 US$ a month each, and 0.045 US$ per GB)."""

    nat_count: int
    database_instance: str
    """RDS instance class without its `db.`."""

    database_connections: int
    """Postgres's max_connections. The functions' sum, or RDS Proxy's part, must stay below it."""

    snap_start: tuple[str, ...] = ()
    """Endpoints and steps that start from a snapshot of their loaded selves instead of loading: about 4 US$ a
    month for each GB of their memory, and 0.00014 US$ for each GB and start."""

    provisioned: Mapping[str, int] = field(default_factory=dict)
    """Endpoints and steps of which so many are always loaded: about 9 US$ a month for each GB of each, at all
    times."""

    proxy: bool
    """RDS Proxy before Postgres (about 22 US$ a month for two vCPUs): functions share its connections, and
    a failover of Postgres is shorter. Without one, each running function holds a connection of its own."""

    concurrency: Concurrency
    database_multi_az: bool
    database_storage_gb: int
    database_max_storage_gb: int
    rotate_passwords_days: int | None
    """How often Postgres's passwords are replaced. Functions read the new one when the old one fails."""

    database_backup_days: int
    """Days that one can go back to, to the second."""

    log_retention_days: Literal[7, 30, 90, 365]
    log_level: Literal["DEBUG", "INFO", "WARNING"] = "INFO"
    allowed_origins: tuple[str, ...] = ("*",)
    """Origins whose pages may call the API and load media; `*` is any."""

    registration: Literal["open", "closed"] = "closed"
    """Whether anybody may make an account. Its user spends the deployment's money, as far as:"""

    new_user_monthly_cap_usd: int = 5
    """What a user who registered, or came with another issuer's token, can spend in a month at the most."""

    token_issuers: tuple[TokenIssuer, ...] = ()
    """Whose tokens are good here: Cognito's, Supabase's, Auth0's …; their users need no account of ours."""

    throttle_per_second: int
    throttle_burst: int
    firewall_requests_per_address: int | None
    """AWS WAF before the API (about 8 US$ a month), which lets an address ask so often in five minutes."""

    domain: Domain | None = None
    """The API's own address; without one it has the address that AWS gives it."""

    monthly_cap_usd: int | None
    """What all users together can spend in a month (UTC): the call that would pass it is not made. None: only
    the caps of users and videos hold."""

    spending_alarm_usd: float
    """What the providers may cost in a day before somebody is told. Nothing is stopped: budgets do that."""

    schedule_minutes: int = 5
    """How often scheduled operations run."""

    providers: Providers = Providers()

    @property
    def metrics_namespace(self) -> str:
        """Under which CloudWatch keeps what the functions count."""
        return f"Storyreel/{self.name}"

    @property
    def stack_name(self) -> str:
        """The CloudFormation stack."""
        return f"storyreel-{self.name}"

    def resource_name(self, name: str) -> str:
        """The name of a Lambda, a state machine or an alarm of this stage."""
        return f"storyreel-{self.name}-{name}"


STAGES = {
    stage.name: stage
    for stage in (
        Stage(
            name="dev",
            keep_data=False,
            nat="instance",
            nat_count=1,
            database_instance="t4g.small",
            database_connections=200,
            proxy=False,
            concurrency=Concurrency(endpoint=1, step=2, operation=1, reserved=False),
            database_multi_az=False,
            database_storage_gb=20,
            database_max_storage_gb=50,
            rotate_passwords_days=None,
            database_backup_days=1,
            log_retention_days=7,
            throttle_per_second=20,
            throttle_burst=40,
            firewall_requests_per_address=None,
            monthly_cap_usd=50,
            spending_alarm_usd=20,
        ),
        Stage(
            name="prod",
            keep_data=True,
            nat="gateway",
            nat_count=2,
            database_instance="m8g.large",
            database_connections=500,
            proxy=True,
            # What a person waits for, and what loads the most.
            snap_start=("create_video",),
            concurrency=Concurrency(endpoint=10, step=30, operation=2, reserved=True),
            database_multi_az=True,
            database_storage_gb=100,
            database_max_storage_gb=1000,
            rotate_passwords_days=30,
            database_backup_days=14,
            log_retention_days=90,
            throttle_per_second=500,
            throttle_burst=1000,
            firewall_requests_per_address=3000,
            monthly_cap_usd=1000,
            spending_alarm_usd=100,
        ),
    )
}


class UnknownStage(ValueError):
    """There is no stage of this name; the message says which there are."""


def stage_named(name: str) -> Stage:
    """A stage by its name. Raises UnknownStage."""
    try:
        return STAGES[name]
    except KeyError:
        raise UnknownStage(f"There is no stage {name!r}: choose one of {', '.join(STAGES)}.") from None

"""How many connections the functions may hold at a time, and how many Postgres takes."""

from __future__ import annotations

from collections.abc import Iterable

from infra.database import PROXY_PERCENT
from infra.stages import Stage
from shared.lambdas.access import Access
from shared.lambdas.declaration import Declaration
from shared.lambdas.endpoint import Endpoint
from shared.lambdas.operation import Operation

MEMORY_GIB = {
    "t4g.micro": 1,
    "t4g.small": 2,
    "t4g.medium": 4,
    "t4g.large": 8,
    "m8g.large": 8,
    "m8g.xlarge": 16,
    "m8g.2xlarge": 32,
}
MEGABYTES_PER_CONNECTION = 5
"""What an idle connection may take of memory at the most; half of what RDS itself counts with."""

MEMORY_FOR_CONNECTIONS = 0.5
"""The other half is for Postgres's buffers, and RDS's own programs."""

KEPT_FREE = 15
"""For RDS itself, for the superuser, and for a person who looks what is going on."""

OWNER_CONNECTIONS = 2
"""For migrations, which one deployment does at a time."""

OPERATOR_CONNECTIONS = 20
"""What the operator's role may have at a time, for all chores together: Postgres refuses more. Twice
what they ask for: a deployment leaves functions of the old code behind, each frozen with its connection."""

IDLE_SECONDS = 60
"""When Postgres takes back a connection that nobody uses: a frozen function would hold it for long."""

ROLES = frozenset({Access.DATABASE, Access.DATABASE_OPERATOR, Access.DATABASE_ADMIN})
"""The rights that each mean a connection, of a role of its own."""


def connections_allowed(stage: Stage) -> int:
    """What the stage's instance takes from the functions."""
    return stage.database_connections - KEPT_FREE


def api_connections(stage: Stage) -> int:
    """What the API's role may have at a time, for all functions together: Postgres refuses more.

    Where concurrency is reserved the functions ask for less. Where it is not, they may ask for as many as the
    account lets run (10 of a new account's, 1000 later): who gets none tries again for a while, and then
    answers 503. Postgres itself stays whole.
    """
    return connections_allowed(stage) - OWNER_CONNECTIONS - OPERATOR_CONNECTIONS


def api_share(stage: Stage) -> int:
    """What the API's role can come to have: its limit, and what RDS Proxy takes where it stands between."""
    return min(api_connections(stage), _of_proxy(stage)) if stage.proxy else api_connections(stage)


def api_idle_seconds(stage: Stage) -> int:
    """As IDLE_SECONDS, for the API's role. 0 is never: RDS Proxy keeps its own connections."""
    return 0 if stage.proxy else IDLE_SECONDS


def _of_proxy(stage: Stage) -> int:
    return stage.database_connections * PROXY_PERCENT // 100


def connections_with_room(instance: str) -> int:
    """How many connections an instance has the memory for."""
    return int(MEMORY_GIB[instance] * 1024 * MEMORY_FOR_CONNECTIONS / MEGABYTES_PER_CONNECTION)


def most_connections(stage: Stage, declared: Iterable[Declaration]) -> int:
    """What reaches Postgres if each function runs as often as the stage lets it.

    RDS Proxy takes its part and no more, however many functions come to it; only the API comes by it.
    """
    asked = connections_by_role(stage, declared)
    if stage.proxy:
        asked[Access.DATABASE] = _of_proxy(stage)
    return sum(asked.values())


def connections_by_role(stage: Stage, declared: Iterable[Declaration]) -> dict[Access, int]:
    """What each role is asked for by functions that run as often as the stage lets them."""
    functions = list(declared)
    return {
        role: sum(most_at_a_time(stage, each) for each in functions if role in each.needs) for role in ROLES
    }


def connections_of(declared: Declaration) -> int:
    """What one process of a function holds: one for each role of the database that it acts as."""
    return len(declared.needs & ROLES)


def most_at_a_time(stage: Stage, declared: Declaration) -> int:
    """How many processes of a function there are at a time."""
    if isinstance(declared, Endpoint):
        return stage.concurrency.endpoint
    return stage.concurrency.operation if isinstance(declared, Operation) else stage.concurrency.step


def reserved_concurrency(stage: Stage, declared: Declaration) -> int | None:
    """What to reserve for a function: nothing where it needs no database, or the stage reserves nothing.

    Behind a proxy an endpoint needs no limit of its own: all of them share what the account has left.
    """
    if not stage.concurrency.reserved or not connections_of(declared):
        return None
    if stage.proxy and isinstance(declared, Endpoint):
        return None
    return most_at_a_time(stage, declared)

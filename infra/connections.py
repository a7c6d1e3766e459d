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


def connections_allowed(stage: Stage) -> int:
    """What the stage's instance takes from the functions."""
    return stage.database_connections - KEPT_FREE


def connections_with_room(instance: str) -> int:
    """How many connections an instance has the memory for."""
    return int(MEMORY_GIB[instance] * 1024 * MEMORY_FOR_CONNECTIONS / MEGABYTES_PER_CONNECTION)


def most_connections(stage: Stage, declared: Iterable[Declaration]) -> int:
    """What reaches Postgres if each function runs as often as the stage lets it.

    RDS Proxy takes its part and no more, however many functions come to it; the owner comes without it.
    """
    functions = list(declared)
    if not stage.proxy:
        return sum(most_at_a_time(stage, each) * connections_of(each) for each in functions)
    owners = sum(most_at_a_time(stage, each) for each in functions if Access.DATABASE_ADMIN in each.needs)
    return stage.database_connections * PROXY_PERCENT // 100 + owners


def connections_of(declared: Declaration) -> int:
    """What one process of a function holds: one for each role of the database that it acts as."""
    return len(declared.needs & {Access.DATABASE, Access.DATABASE_ADMIN})


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

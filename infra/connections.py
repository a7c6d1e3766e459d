"""How many connections the functions may hold at a time, and how many Postgres takes."""

from __future__ import annotations

from collections.abc import Iterable

from infra.stages import Stage
from shared.lambdas.access import Access
from shared.lambdas.declaration import Declaration
from shared.lambdas.endpoint import Endpoint
from shared.lambdas.operation import Operation

_MEMORY_GIB = {
    "t4g.micro": 1,
    "t4g.small": 2,
    "t4g.medium": 4,
    "t4g.large": 8,
    "m8g.large": 8,
    "m8g.xlarge": 16,
    "m8g.2xlarge": 32,
}
_MEMORY_FOR_POSTGRES = 0.75
"""RDS counts what its own programs leave, which it does not publish: less than they take of the smallest."""

_BYTES_PER_CONNECTION = 9_531_392
_MOST_CONNECTIONS = 5000
"""RDS sets max_connections to LEAST(memory / bytes per connection, this)."""

KEPT_FREE = 15
"""For RDS itself, for the superuser, and for a person who looks what is going on."""


def connections_allowed(stage: Stage) -> int:
    """What the stage's instance takes from the functions."""
    memory = _MEMORY_GIB[stage.database_instance] * 1024**3 * _MEMORY_FOR_POSTGRES
    return min(int(memory / _BYTES_PER_CONNECTION), _MOST_CONNECTIONS) - KEPT_FREE


def most_connections(stage: Stage, declared: Iterable[Declaration]) -> int:
    """What all functions hold if each of them runs as often as the stage lets it."""
    return sum(most_at_a_time(stage, each) * connections_of(each) for each in declared)


def connections_of(declared: Declaration) -> int:
    """What one process of a function holds: one for each role of the database that it acts as."""
    return len(declared.needs & {Access.DATABASE, Access.DATABASE_ADMIN})


def most_at_a_time(stage: Stage, declared: Declaration) -> int:
    """How many processes of a function there are at a time."""
    if isinstance(declared, Endpoint):
        return stage.concurrency.endpoint
    return stage.concurrency.operation if isinstance(declared, Operation) else stage.concurrency.step


def reserved_concurrency(stage: Stage, declared: Declaration) -> int | None:
    """What to reserve for a function: nothing where it needs no database, or the stage reserves nothing."""
    if not stage.concurrency.reserved or not connections_of(declared):
        return None
    return most_at_a_time(stage, declared)

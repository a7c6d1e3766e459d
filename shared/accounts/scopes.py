"""The names of scopes: every operation and area that there is, and three more."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from shared.accounts.models import ACT_AS, ADMIN, EVERYTHING
from shared.errors import InvalidRequest
from shared.lambdas.declaration import declared_names
from shared.lambdas.endpoint import Endpoint


def check(scopes: Iterable[str]) -> None:
    """Raises InvalidRequest for a scope that would open nothing."""
    unknown = sorted(set(scopes) - known())
    if unknown:
        raise InvalidRequest(f"scopes: There is no operation or area {unknown[0]}.")


@cache
def known() -> frozenset[str]:
    """Every scope. The operations of the administration are open to its own scope only."""
    areas = dict(declared_names(Endpoint))
    operations = {name for name, area in areas.items() if area != ADMIN}
    return frozenset({EVERYTHING, ACT_AS, ADMIN, *operations, *areas.values()})

"""How often a read waits for the database: every endpoint that is declared, so whatever is added, too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from shared.database import close_connections
from shared.lambdas.endpoint import Endpoint
from tests.benchmarks.round_trips import CountingProxy, fewest
from tests.benchmarks.simulation import in_this_process
from tests.integration.every_endpoint import ENDPOINTS, Mine, bearer, by_name, request_to
from tests.running_stack import RunningStack
from tests.unit.lambdas.events import Context, proxy_event

READS = [each for each in ENDPOINTS if each.method == "GET"]
MOST = 2
"""To admit the caller, and to read."""


@pytest.fixture
def proxy(stack: RunningStack, mine: Mine) -> Iterator[CountingProxy]:  # noqa: ARG001 - it makes without being counted
    """Between the code of this process and Postgres, with no connection open yet."""
    close_connections()
    port = int(stack.environment()["DATABASE_PORT"])
    with (
        CountingProxy("127.0.0.1", port) as counting,
        in_this_process(stack, DATABASE_PORT=str(counting.port)),
    ):
        yield counting


def event_for(endpoint: Endpoint, key: str, ids: dict[str, Any]) -> dict[str, Any]:
    """A request as API Gateway hands it on. Nobody asks to wait."""
    asked = urlsplit(request_to(endpoint, {**ids, "wait": 0}).target)
    return proxy_event(
        endpoint.method,
        asked.path,
        headers=bearer(key),
        path_parameters={name: str(ids[name]) for name in endpoint.path_names} or None,
        query=dict(parse_qsl(asked.query)) or None,
    )


@pytest.mark.parametrize("endpoint", READS, ids=by_name)
def test_a_read_waits_for_the_database_twice_at_the_most(
    endpoint: Endpoint, stack: RunningStack, mine: Mine, proxy: CountingProxy
) -> None:
    key = stack.api.key if endpoint.area == "admin" else mine.tenant.api.key
    event = event_for(endpoint, key, mine.for_request_to(endpoint))
    first = endpoint(event, Context())  # opens the connection
    opening, _ = proxy.totals
    assert first["statusCode"] == 200, first["body"]
    assert fewest(proxy, lambda: endpoint(event, Context())) <= MOST
    assert (opening > 0) is (not endpoint.anonymous), "It is counted where the database is asked."

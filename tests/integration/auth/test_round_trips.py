"""How often a request waits for the database: one statement admits the caller, and little comes on top."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from functions.auth.refresh_tokens import refresh_tokens
from functions.auth.sign_in import sign_in
from shared import settings
from shared.accounts import tokens
from shared.accounts.service import NewKey
from shared.api_models import Answer
from shared.database import close_connections
from shared.lambdas.endpoint import Endpoint, endpoint
from tests.benchmarks.round_trips import CountingProxy
from tests.integration.auth.conftest import PASSWORD, Client
from tests.unit.lambdas.events import Context, proxy_event

Count = Callable[[Endpoint, dict[str, Any]], tuple[int, int]]


@endpoint("POST", "/api/nothing")
def do_nothing() -> Answer:
    """Nothing."""
    return Answer()


@pytest.fixture
def count(parts: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Count]:  # noqa: ARG001 - the parts must be up
    """Calls an endpoint; gives the status of its answer and the round trips to Postgres."""
    access = settings.settings(settings.DatabaseSettings)
    with CountingProxy(access.host, access.port) as proxy:
        monkeypatch.setenv("DATABASE_PORT", str(proxy.port))
        settings._read.cache_clear()
        close_connections()

        def call(function: Endpoint, event: dict[str, Any]) -> tuple[int, int]:
            before, _ = proxy.totals
            response = function(event, Context())
            after, _ = proxy.totals
            return response["statusCode"], after - before

        yield call
        close_connections()
    settings._read.cache_clear()


def request(bearer: str, key: str | None = None) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {bearer}"} | ({} if key is None else {"Idempotency-Key": key})
    return proxy_event("POST", "/api/nothing", headers=headers)


def test_a_key_that_lets_a_request_be_sent_again_costs_two_round_trips_and_nothing_where_there_is_none(
    user: NewKey, count: Count
) -> None:
    key = str(uuid4())
    count(do_nothing, request(user.api_key))  # opens the connection
    assert count(do_nothing, request(user.api_key)) == (200, 1)
    assert count(do_nothing, request(user.api_key, key)) == (200, 3)
    assert count(do_nothing, request(user.api_key, key)) == (200, 2)  # the answer that was kept


def test_a_token_costs_what_a_key_costs(user: NewKey, count: Count) -> None:
    count(do_nothing, request(user.api_key))
    assert count(do_nothing, request(tokens.issue(user.user_id).text)) == (200, 1)


def test_signing_in_takes_two_round_trips_and_an_exchange_one(client: Client, count: Count) -> None:
    body = {"email": client.email, "password": PASSWORD}
    count(sign_in, proxy_event("POST", "/api/auth/login", body=body))
    assert count(sign_in, proxy_event("POST", "/api/auth/login", body=body)) == (200, 2)
    exchange = proxy_event("POST", "/api/auth/refresh", body={"refreshToken": client.tokens["refreshToken"]})
    assert count(refresh_tokens, exchange) == (200, 1)

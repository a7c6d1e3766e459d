from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import uuid4

import pytest

from functions.auth.change_password import change_password
from functions.auth.get_account import get_account
from functions.auth.refresh_tokens import refresh_tokens
from functions.auth.register_user import register_user
from functions.auth.sign_in import sign_in
from functions.auth.sign_out import sign_out
from shared.lambdas.endpoint import Endpoint
from tests.unit.lambdas.events import Context, proxy_event

PASSWORD = "six ducks in a row"

Answered: TypeAlias = tuple[int, dict[str, Any]]


def post(
    endpoint: Endpoint, body: Any, *, source_ip: str = "192.0.2.1", token: str = "", key: str | None = None
) -> Answered:
    """Call an endpoint as the gateway does; `key`: the Idempotency-Key."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if key is not None:
        headers["Idempotency-Key"] = key
    event = proxy_event(endpoint.method, endpoint.path, body=body, headers=headers)
    event["requestContext"]["identity"]["sourceIp"] = source_ip
    response = endpoint(event, Context())
    return response["statusCode"], json.loads(response["body"])


@dataclass
class Client:
    """Somebody with an account, and what was given to him last."""

    email: str
    password: str = PASSWORD
    source_ip: str = "192.0.2.1"
    tokens: dict[str, Any] = field(default_factory=dict)

    def _kept(self, answered: Answered) -> Answered:
        if answered[0] < 300:
            self.tokens = answered[1]
        return answered

    def register(self, *, key: str | None = None, **more: Any) -> Answered:
        body = {"email": self.email, "password": self.password, **more}
        return self._kept(post(register_user, body, source_ip=self.source_ip, key=key))

    def sign_in(
        self, password: str | None = None, *, source_ip: str | None = None, key: str | None = None
    ) -> Answered:
        body = {"email": self.email, "password": password or self.password}
        return self._kept(post(sign_in, body, source_ip=source_ip or self.source_ip, key=key))

    def refresh(self, token: str | None = None, *, key: str | None = None) -> Answered:
        body = {"refreshToken": token or self.tokens["refreshToken"]}
        return self._kept(post(refresh_tokens, body, key=key))

    def sign_out(self, token: str | None = None) -> Answered:
        return post(sign_out, {"refreshToken": token or self.tokens["refreshToken"]})

    def me(self, token: str | None = None) -> Answered:
        return post(get_account, None, token=token or self.tokens["accessToken"])

    def change_password(self, current: str, new: str) -> Answered:
        body = {"currentPassword": current, "newPassword": new}
        return post(change_password, body, token=self.tokens["accessToken"])


@pytest.fixture
def new_client(parts: None) -> Callable[[], Client]:  # noqa: ARG001 - the parts must be up
    """Makes somebody with an account, from a network of his own."""

    def make() -> Client:
        unique = uuid4()
        client = Client(f"{unique}@example.com", source_ip=f"2001:db8:{unique.hex[:4]}:{unique.hex[4:8]}::1")
        status, answer = client.register()
        assert status == 201, answer
        return client

    return make


@pytest.fixture
def client(new_client: Callable[[], Client]) -> Client:
    return new_client()

"""Every endpoint that is declared, as everybody who must not get in, and as another tenant.

Nothing is listed here: a new declaration is among them. Three tables can grow: `CASES` (what a caller may
show), `LINK_CASES` (the same for signed addresses) and the other module's `BELONGINGS`.
"""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic.alias_generators import to_camel

from shared.accounts import scopes, tokens
from shared.accounts.sealed_keys import PREFIX
from shared.accounts.signing import derived_key
from shared.lambdas.endpoint import Endpoint
from shared.library.keys import read_key
from shared.library.links import PURPOSE, sign
from tests.examples import example
from tests.fakes.issuer import Issuer
from tests.forged_tokens import ISSUER_FAULTS, OWN_FAULTS
from tests.integration.every_endpoint import (
    BELONGINGS,
    ENDPOINTS,
    SIGNED_IN,
    Answer,
    Mine,
    Request,
    Tenant,
    bearer,
    by_name,
    names_something,
    of_nobody,
    request_to,
)
from tests.running_stack import RunningStack

# --- what a caller may show ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """What a request shows of its caller, made once for all endpoints, and how it is answered."""

    name: str
    headers: Callable[[Tenant], dict[str, str]]
    status: int
    code: str


def refused(name: str, show: Callable[[Tenant], str]) -> Case:
    """Who shows this as a bearer is nobody."""
    return Case(name, lambda tenant: bearer(show(tenant)), 401, "unauthenticated")


def tampered(key: str) -> str:
    place = len(key) // 2
    return key[:place] + ("A" if key[place] != "A" else "B") + key[place + 1 :]


def sealed_elsewhere(_: Tenant) -> str:
    """As sealed keys are, by somebody who has to guess the secret."""
    nonce = os.urandom(12)
    box = AESGCM(os.urandom(32)).encrypt(nonce, bytes(44), PREFIX.encode() + b"\x01")
    return PREFIX + base64.urlsafe_b64encode(b"\x01" + nonce + box).rstrip(b"=").decode()


CASES = [
    Case("no key", lambda _: {}, 401, "unauthenticated"),
    Case("no bearer", lambda _: {"Authorization": "Bearer"}, 401, "unauthenticated"),
    Case("a password", lambda _: {"Authorization": "Basic dTpw"}, 401, "unauthenticated"),
    Case("an empty header", lambda _: {"X-API-Key": ""}, 401, "unauthenticated"),
    Case("bytes", lambda _: {"X-API-Key": "sk_live_\xe4\xff'\"\\"}, 401, "unauthenticated"),
    Case("key and user", lambda t: {"X-User-ID": str(t.user_id)}, 401, "unauthenticated"),
    refused("nonsense", lambda _: "nonsense"),
    refused("a long key", lambda _: "sk_live_" + "x" * 4000),
    refused("an unknown key", lambda _: "sk_live_" + secrets.token_urlsafe(32)),
    refused("a key with one letter changed", lambda t: tampered(t.api.key)),
    refused("an expired key", lambda t: t.changed(t.key(), expiresAt="2020-01-01T00:00:00Z")),
    refused("a deactivated key", lambda t: t.changed(t.key(), active=False)),
    refused("a deleted key", lambda t: t.deleted()),
    refused("a key's secret before its rotation", lambda t: t.rotated()),
    refused("a sealed key before its rotation", lambda t: t.rotated(kind="sealed")),
    refused("a sealed key, tampered with", lambda t: tampered(t.key(kind="sealed")["apiKey"])),
    refused("a sealed key, deactivated", lambda t: t.changed(t.key(kind="sealed"), active=False)),
    refused("a sealed key of another deployment", sealed_elsewhere),
    refused("the end of a sealed key", lambda _: PREFIX + "AAAA"),
    Case("a used-up key", lambda t: bearer(t.used_up()), 429, "too_many_requests"),
    Case(
        "another user's name",
        lambda t: {**bearer(t.api.key), "X-User-ID": str(uuid4())},
        403,
        "forbidden",
    ),
]
"""For everybody who signs in."""

TOKEN_FAULTS = (
    "alg none",
    "no signature",
    "wrong key",
    "wrong audience",
    "expired",
    "tampered payload",
    "HS256 with the public key as its secret",
    "another issuer",
)
"""Of tokens: ours, and a trusted issuer's. The whole table meets one endpoint in test_tokens."""


@dataclass(frozen=True)
class LinkCase:
    """What a signed address becomes in the hands of somebody who changes it."""

    name: str
    changed: Callable[[dict[str, str]], dict[str, str]]


LINK_CASES = [
    LinkCase("a changed signature", lambda query: query | {"signature": tampered(query["signature"])}),
    LinkCase("no signature", lambda query: query | {"signature": ""}),
    LinkCase("a later end", lambda query: query | {"expires": str(int(query["expires"]) + 1)}),
    LinkCase("no end", lambda query: {"signature": query["signature"]}),
    LinkCase("an earlier end", lambda query: query | {"expires": "1700000000"}),
    LinkCase("an end in other digits", lambda query: query | {"expires": f"0{query['expires']}"}),
    LinkCase("an end that is no time", lambda query: query | {"expires": "never"}),
    LinkCase("half a signature", lambda query: query | {"signature": query["signature"][:20]}),
    LinkCase("a signature of other letters", lambda query: query | {"signature": "ä\0\ud7ff"}),
]


@pytest.fixture(scope="module")
def shown(stack: RunningStack) -> Callable[[Case], dict[str, str]]:
    """What each case shows, made once."""
    tenant = Tenant(stack, "nobody")
    made: dict[str, dict[str, str]] = {}

    def show(case: Case) -> dict[str, str]:
        if case.name not in made:
            made[case.name] = case.headers(tenant)
        return made[case.name]

    return show


@pytest.fixture(scope="module")
def bad_tokens(parts_of_the_stack: None, stranger: Tenant, trusted_issuer: Issuer) -> dict[str, str]:  # noqa: ARG001 - tokens are signed here
    ours = {
        f"ours, {name}": make(stranger.user_id) for name, make in OWN_FAULTS.items() if name in TOKEN_FAULTS
    }
    others = {name: make(trusted_issuer) for name, make in ISSUER_FAULTS.items() if name in TOKEN_FAULTS}
    return {**ours, **others, "of a user who is gone": tokens.issue(uuid4()).text}


def without_request_id(answer: Answer) -> bytes:
    """The body, with nothing blanked but the one value that is never the same."""
    return re.sub(rb'"requestId":"[^"]*"', b'"requestId":""', answer[2])


def lasting(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers, without what counts, tells the time or names the request."""
    changing = {"date", "x-amzn-requestid", "ratelimit-remaining", "ratelimit-reset", "x-amzn-trace-id"}
    return {name.lower(): value for name, value in headers.items() if name.lower() not in changing}


# --- the tests ----------------------------------------------------------------------------------------


def test_of_everything_that_a_path_names_one_can_be_made() -> None:
    names = {name: each.path for each in SIGNED_IN for name in each.path_names}
    missing = {name: path for name, path in names.items() if name not in BELONGINGS}
    assert missing == {}, "Say in BELONGINGS how they are made."


@pytest.mark.parametrize("endpoint", SIGNED_IN, ids=by_name)
def test_nobody_gets_in_who_shows_nothing_good(
    endpoint: Endpoint, stack: RunningStack, shown: Callable[[Case], dict[str, str]]
) -> None:
    request = of_nobody(endpoint)
    for case in CASES:
        status, headers, body = request.send(stack.access.api_url, shown(case))
        answer = json.loads(body)
        told = (status, answer["success"], answer["code"])
        assert told == (case.status, False, case.code), case.name
        known = "RateLimit-Limit" in headers
        assert known is (case.status != 401), case.name
        assert ("WWW-Authenticate" in headers) is (case.status == 401), case.name
        assert ("Retry-After" in headers) is (case.status == 429), case.name


@pytest.mark.parametrize("endpoint", SIGNED_IN, ids=by_name)
def test_nobody_gets_in_with_a_token_that_is_not_good(
    endpoint: Endpoint, stack: RunningStack, bad_tokens: dict[str, str]
) -> None:
    request = of_nobody(endpoint)
    assert len(bad_tokens) == 14
    for name, token in bad_tokens.items():
        status, headers, body = request.send(stack.access.api_url, bearer(token))
        assert (status, json.loads(body)["code"]) == (401, "unauthenticated"), name
        assert "RateLimit-Limit" not in headers, name


@pytest.mark.parametrize("endpoint", SIGNED_IN, ids=by_name)
def test_a_key_for_everything_else_does_not_open_it(endpoint: Endpoint, stack: RunningStack) -> None:
    others = sorted(scopes.known() - {"*", endpoint.name, *endpoint.scopes})
    key = Tenant(stack, "other scopes").key(scopes=others)["apiKey"]
    status, headers, body = of_nobody(endpoint).send(stack.access.api_url, bearer(key))
    assert (status, json.loads(body)["code"]) == (403, "forbidden")
    assert "RateLimit-Limit" in headers


@pytest.mark.parametrize("endpoint", SIGNED_IN, ids=by_name)
def test_a_key_can_be_given_every_scope_that_opens_it(endpoint: Endpoint) -> None:
    assert set(endpoint.scopes) <= scopes.known()


@pytest.mark.parametrize("endpoint", [each for each in SIGNED_IN if names_something(each)], ids=by_name)
def test_what_is_mine_is_to_a_stranger_as_if_it_did_not_exist(
    endpoint: Endpoint, mine: Mine, stranger: Tenant, trusted_issuer: Issuer
) -> None:
    belongings = mine.for_request_to(endpoint)
    keys = [stranger.api.key] if endpoint.area != "admin" else [stranger.key(scopes=["*"])["apiKey"]]
    keys.append(stranger.key(kind="sealed")["apiKey"])
    keys += [tokens.issue(stranger.user_id).text, trusted_issuer.token(sub="stranger")]
    before = mine.tenant.belongings()
    assert before["api_keys"]["count"] >= 1
    for key in keys:
        foreign = request_to(endpoint, belongings).send(stranger.api.url, bearer(key))
        unknown = of_nobody(endpoint).send(stranger.api.url, bearer(key))
        assert foreign[0] == (403 if endpoint.area == "admin" else 404), foreign[2]
        assert (foreign[0], lasting(foreign[1])) == (unknown[0], lasting(unknown[1]))
        assert without_request_id(foreign) == without_request_id(unknown)
    assert mine.tenant.belongings() == before


def _as_it_is(key: str, _: str) -> Any:
    return key


SOURCES: dict[str, tuple[str, Callable[[str, str], Any]]] = {
    "image": ("key", _as_it_is),
    "start_image": ("key", _as_it_is),
    "end_image": ("key", _as_it_is),
    "images": ("key", lambda key, _: [key]),
    "clips": ("proxy_s3_video.key", lambda key, _: [{"s3Key": key}]),
    "clip_urls": ("proxy_s3_video.key", lambda key, _: [key]),
    "url": ("key", lambda key, api: f"{api}/api/proxy_s3_image/{key}"),
}
"""By the names of fields of bodies: what of mine is named, and how, by its key and the API's address."""

OTHER_MEANINGS = {
    "upload_image.image",
    "public_upload_image.image",  # base64 alone
    "create_webhook.url",
    "change_webhook.url",  # anybody's address
}

REFUSED_BEFORE = {"generate_single_video_clip.end_image": 422}
"""The model that makes clips here takes none, whoever's it is."""


def sources() -> Iterator[tuple[Endpoint, str]]:
    """Every field of a body that can name an object by its key or its address."""
    for endpoint in SIGNED_IN:
        model = endpoint.parameters.get("body")
        for name in sorted(SOURCES.keys() & set(model.model_fields if model else ())):
            if f"{endpoint.name}.{name}" not in OTHER_MEANINGS:
                yield endpoint, name


@pytest.mark.parametrize(
    ("endpoint", "name"), [pytest.param(*each, id=f"{each[0].name}.{each[1]}") for each in sources()]
)
def test_anothers_object_is_no_ingredient_and_as_if_it_did_not_exist(
    endpoint: Endpoint, name: str, mine: Mine, stranger: Tenant
) -> None:
    belonging, form = SOURCES[name]
    url = stranger.api.url

    def answer(key: str, tenant: Tenant) -> Answer:
        body = example(endpoint.parameters["body"], {to_camel(name): form(key, url)})
        assert to_camel(name) in body
        return Request(endpoint.method, endpoint.path, body).send(url, bearer(tenant.api.key))

    make_unknown = BELONGINGS[belonging].unknown
    assert make_unknown is not None
    foreign, unknown = answer(mine[belonging], stranger), answer(make_unknown(), stranger)
    expected = REFUSED_BEFORE.get(f"{endpoint.name}.{name}", 404)
    assert foreign[0] == expected, foreign[2]
    assert (foreign[0], lasting(foreign[1])) == (unknown[0], lasting(unknown[1]))
    assert without_request_id(foreign) == without_request_id(unknown)
    own = answer(mine[belonging], mine.tenant)  # or else nothing was compared with nothing
    assert own[0] != 404, own[2]


@pytest.mark.parametrize(
    "endpoint", [each for each in SIGNED_IN if names_something(each) and each.method == "GET"], ids=by_name
)
def test_what_is_mine_is_there_for_me(endpoint: Endpoint, mine: Mine) -> None:
    """Or else the test above would compare nothing with nothing."""
    request = request_to(endpoint, mine.for_request_to(endpoint))
    status, headers, _ = request.send(mine.tenant.api.url, bearer(mine.tenant.api.key))
    assert status in {200, 206}
    assert {"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"} <= headers.keys()


@pytest.mark.parametrize("endpoint", [each for each in SIGNED_IN if each.signed_links], ids=by_name)
def test_a_signed_address_opens_what_it_was_signed_for_and_nothing_when_it_is_changed(
    endpoint: Endpoint, mine: Mine
) -> None:
    key, url = mine.for_request_to(endpoint)["key"], mine.tenant.api.url
    _, given = mine.tenant.api.call("GET", f"/api/get_presigned_url?key={quote(key)}")
    signed = dict(each.split("=", 1) for each in urlsplit(given["proxyUrl"]).query.split("&"))
    path = request_to(endpoint, {"key": key}).target
    for case in LINK_CASES:
        status, _, body = Request("GET", f"{path}?{urlencode(case.changed(signed))}", None).send(url, {})
        assert (status, json.loads(body)["code"]) == (403, "forbidden"), case.name
    over = int(time.time())
    expired = {"expires": str(over), "signature": sign(read_key(key), over, derived_key(PURPOSE))}
    status, _, body = Request("GET", f"{path}?{urlencode(expired)}", None).send(url, {})
    assert (status, json.loads(body)["error"]) == (403, "This link has expired. Ask for a new one.")
    other = Request("GET", path.replace("mine", "other") + f"?{urlencode(signed)}", None).send(url, {})
    assert other[0] == 403


def test_an_anonymous_endpoint_takes_no_notice_of_what_is_shown(stack: RunningStack) -> None:
    for endpoint in ENDPOINTS:
        if endpoint.anonymous and endpoint.method == "GET" and not endpoint.path_names:
            status, headers, _ = of_nobody(endpoint).send(stack.access.api_url, bearer("nonsense"))
            assert status == 200
            assert "RateLimit-Limit" not in headers

"""JWTs at the door: ours and other issuers', good ones and every kind of bad one."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest

from functions.auth.get_account import get_account
from shared import settings
from shared.accounts import issuers, tokens
from shared.accounts.service import NewKey
from shared.database import admin_transaction, close_connections
from shared.errors import ServiceUnavailable, Unauthenticated
from tests.fakes.issuer import AUDIENCE, EC_KEY, ED_KEY, OTHER_RSA_KEY, RSA_KEY, Issuer, encoded, published
from tests.forged_tokens import ISSUER_FAULTS, OWN_FAULTS
from tests.integration.auth.conftest import post


@pytest.fixture
def issuer(parts: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:  # noqa: ARG001 - the parts must be up
    """An issuer that the stage trusts."""
    with Issuer() as issuer:
        monkeypatch.setenv("SIGN_IN_ISSUERS", json.dumps([issuer.setting]))
        settings._read.cache_clear()
        issuers._key_sets.clear()
        yield issuer
        issuers._key_sets.clear()


def test_a_token_of_ours_is_its_users(user: NewKey) -> None:
    token = tokens.issue(user.user_id)
    assert tokens.verify(token.text) == user.user_id
    status, answer = post(get_account, None, token=token.text)
    assert (status, answer["user"]["id"]) == (200, str(user.user_id))


def test_a_token_of_ours_says_no_more_than_it_must(user: NewKey) -> None:
    text = tokens.issue(user.user_id).text
    claims = jwt.decode(text, options={"verify_signature": False})
    header = jwt.get_unverified_header(text)
    assert set(claims) == {"iss", "aud", "sub", "iat", "exp", "jti"}
    assert claims["exp"] - claims["iat"] == tokens.ACCESS_SECONDS
    assert (header["alg"], header["typ"], len(header["kid"])) == ("HS256", "at+jwt", 16)


@pytest.mark.parametrize("fault", OWN_FAULTS)
def test_a_bad_token_of_ours_is_refused(user: NewKey, fault: str) -> None:
    token = OWN_FAULTS[fault](user.user_id)
    with pytest.raises(Unauthenticated):
        tokens.verify(token)
    status, answer = post(get_account, None, token=token)
    assert (status, answer["code"]) == (401, "unauthenticated")
    assert token not in json.dumps(answer)


def test_a_token_of_a_user_who_is_gone_is_refused(parts: None) -> None:  # noqa: ARG001 - the parts must be up
    assert post(get_account, None, token=tokens.issue(uuid4()).text)[0] == 401


@pytest.mark.parametrize(
    ("key", "algorithm", "kid"), [(RSA_KEY, "RS256", "rsa"), (EC_KEY, "ES256", "ec"), (ED_KEY, "EdDSA", "ed")]
)
def test_another_issuers_token_makes_a_user_once(issuer: Issuer, key: Any, algorithm: str, kid: str) -> None:
    subject = str(uuid4())
    first = tokens.verify(issuer.token(key=key, algorithm=algorithm, kid=kid, sub=subject, name="Ada"))
    issuers._mapped.cache_clear()
    second = tokens.verify(issuer.token(key=key, algorithm=algorithm, kid=kid, sub=subject))
    assert first == second
    with admin_transaction() as db:
        row = db.execute(
            "select name, monthly_cap_usd = 5 and spending_limit_usd = 5 as capped from users where id = %s",
            [first],
        ).fetchone()
    assert row == {"name": "Ada", "capped": True}


def test_a_subject_whose_user_was_deleted_becomes_a_new_one(issuer: Issuer) -> None:
    token = issuer.token(sub=str(uuid4()))
    status, first = post(get_account, None, token=token)
    assert status == 200
    with admin_transaction() as db:
        db.execute("delete from users where id = %s", [first["user"]["id"]])
    assert post(get_account, None, token=token)[0] == 401
    status, second = post(get_account, None, token=token)
    assert status == 200
    assert second["user"]["id"] != first["user"]["id"]


def test_two_subjects_are_two_users_and_see_nothing_of_each_other(issuer: Issuer) -> None:
    answers = [post(get_account, None, token=issuer.token(email=f"{n}@example.com")) for n in range(2)]
    assert [status for status, _ in answers] == [200, 200]
    assert len({answer["user"]["id"] for _, answer in answers}) == 2


def test_a_subject_seen_by_many_at_once_is_one_user(issuer: Issuer) -> None:
    token = issuer.token()
    with admin_transaction() as db:
        before = db.execute("select count(*) as n from users").fetchone()

    def verify(_: int) -> UUID:
        try:
            issuers._mapped.cache_clear()
            return tokens.verify(token)
        finally:
            close_connections()

    with ThreadPoolExecutor(8) as pool:
        users = set(pool.map(verify, range(24)))
    with admin_transaction() as db:
        after = db.execute("select count(*) as n from users").fetchone()
    assert before is not None
    assert after is not None
    assert (len(users), after["n"] - before["n"]) == (1, 1)


def test_an_access_token_of_cognitos_has_its_audience_in_another_claim(issuer: Issuer) -> None:
    tokens.verify(issuer.token(aud=None, client_id=AUDIENCE, token_use="access"))
    for claims in (
        {"client_id": "another", "token_use": "access"},
        {"client_id": AUDIENCE},
        {"client_id": AUDIENCE, "token_use": "id"},
    ):
        with pytest.raises(Unauthenticated):
            tokens.verify(issuer.token(aud=None, **claims))


def test_an_audience_may_be_one_of_several(issuer: Issuer) -> None:
    tokens.verify(issuer.token(aud=["https://auth.example/userinfo", AUDIENCE]))


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize("fault", ISSUER_FAULTS)
def test_a_bad_token_of_another_issuers_is_refused(issuer: Issuer, fault: str) -> None:
    status, answer = post(get_account, None, token=ISSUER_FAULTS[fault](issuer))
    assert (status, answer["code"]) == (401, "unauthenticated")


@pytest.mark.usefixtures("parts")
def test_where_nobody_else_is_trusted_no_keys_are_asked_for() -> None:
    with Issuer() as issuer:
        assert post(get_account, None, token=issuer.token())[0] == 401
        assert issuer.reads == 0


def test_keys_are_read_once_and_unknown_ids_do_not_change_that(issuer: Issuer) -> None:
    for _ in range(3):
        tokens.verify(issuer.token())
    for n in range(20):
        with pytest.raises(Unauthenticated):
            tokens.verify(issuer.token(kid=f"made-up-{n}"))
    assert issuer.reads == 1


def later(seconds: float) -> None:
    """As if the keys had been read that long ago."""
    for each in issuers._key_sets.values():
        each.read_at -= seconds
        each.tried_at -= seconds


def test_a_new_key_is_found_after_a_moment_and_one_that_was_taken_back_is_not(issuer: Issuer) -> None:
    tokens.verify(issuer.token())
    issuer.keys = [published("new", OTHER_RSA_KEY)]
    later(issuers.UNKNOWN_KEY_SECONDS + 1)
    tokens.verify(issuer.token(key=OTHER_RSA_KEY, kid="new"))
    with pytest.raises(Unauthenticated):
        tokens.verify(issuer.token())


def test_keys_are_read_anew_after_an_hour(issuer: Issuer) -> None:
    tokens.verify(issuer.token())
    issuer.keys = []
    later(issuers.KEYS_SECONDS + 1)
    with pytest.raises(ServiceUnavailable):
        tokens.verify(issuer.token())


def test_an_issuer_that_is_down_for_a_while_locks_nobody_out(issuer: Issuer) -> None:
    tokens.verify(issuer.token())
    issuer.answer = lambda request: issuer.send(request, b"down", 503)
    later(issuers.KEYS_SECONDS + 1)
    tokens.verify(issuer.token())
    later(issuers.KEYS_SECONDS)
    with pytest.raises(ServiceUnavailable):
        tokens.verify(issuer.token())


def _drip(request: BaseHTTPRequestHandler) -> None:
    """An answer that never ends, a byte at a time."""
    request.send_response(200)
    request.end_headers()
    with suppress(OSError):  # whoever asked has hung up
        for _ in range(200):
            request.wfile.write(b" ")
            request.wfile.flush()
            time.sleep(0.01)


SET_FAULTS: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {
    "no JSON": lambda request: Issuer.send(request, b"<html>"),
    "no set": lambda request: Issuer.send(request, b"[]"),
    "keys are no list": lambda request: Issuer.send(request, b'{"keys": 5}'),
    "no usable keys": lambda request: Issuer.send(request, b'{"keys": [5, {}, {"kty": "oct", "k": "AAAA"}]}'),
    "too large": lambda request: Issuer.send(request, b" " * (issuers.MAX_JWKS_BYTES + 1)),
    "elsewhere": lambda request: Issuer.send(request, b"", 302, Location="http://127.0.0.1:1/keys"),
    "refused": lambda request: Issuer.send(request, b"{}", 404),
    "slow": _drip,
}


@pytest.mark.parametrize("fault", SET_FAULTS)
def test_keys_that_cannot_be_had_are_our_trouble_and_not_the_callers(
    issuer: Issuer, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuers, "FETCH_SECONDS", 0.5)
    issuer.answer = SET_FAULTS[fault]
    status, answer = post(get_account, None, token=issuer.token())
    assert (status, answer["code"], answer["retryable"]) == (503, "service_unavailable", True)


def test_keys_are_not_read_by_way_of_a_proxy(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    tokens.verify(issuer.token())


@pytest.mark.parametrize(
    "url", ["https://10.0.0.1/keys", "https://169.254.169.254/keys", "https://issuer.example:8443/keys"]
)
def test_keys_are_not_read_from_inside_the_network(url: str) -> None:
    with pytest.raises(OSError, match="cannot be read"):
        issuers.read_keys(url)


def test_a_key_set_with_keys_that_are_not_known_here_serves_with_the_others(issuer: Issuer) -> None:
    issuer.keys += [
        {"kty": "EC", "crv": "P-999", "kid": "odd", "x": "AA", "y": "AA"},
        {"kty": "oct", "k": encoded(b"x" * 32), "kid": "secret", "alg": "HS256"},
        {**published("for-encryption", OTHER_RSA_KEY), "use": "enc"},
    ]
    tokens.verify(issuer.token())
    for kid in ("odd", "secret", "for-encryption"):
        with pytest.raises(Unauthenticated):
            tokens.verify(issuer.token(key=OTHER_RSA_KEY, kid=kid))


@pytest.mark.parametrize(
    "url", ["http://issuer.example/keys", "ftp://127.0.0.1/keys", "file:///etc/passwd", "keys"]
)
def test_keys_that_anybody_could_exchange_on_their_way_are_refused(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted = [{"issuer": "https://issuer.example", "audience": "a", "jwks_url": url}]
    monkeypatch.setenv("SIGN_IN_ISSUERS", json.dumps(trusted))
    settings._read.cache_clear()
    with pytest.raises(settings.SettingsMissing):
        settings.settings(settings.SignInSettings)
    settings._read.cache_clear()

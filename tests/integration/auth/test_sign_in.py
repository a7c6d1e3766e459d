"""Accounts: registering, signing in, staying signed in, and being kept from guessing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from argon2 import PasswordHasher

from functions.account.change_budget import change_budget
from functions.auth.refresh_tokens import refresh_tokens
from functions.auth.register_user import register_user
from functions.auth.sign_in import sign_in
from functions.auth.sign_out import sign_out
from functions.deploy.create_account import create_account
from shared import settings
from shared.accounts.service import NewKey
from shared.auth import passwords, queries, refresh_tokens as auth_tokens
from shared.auth.refresh_tokens import RefreshToken
from shared.database import admin_transaction, ask, close_connections
from shared.expiry import delete_expired_rows
from shared.lambdas.endpoint import Endpoint
from tests.integration.auth.conftest import PASSWORD, Answered, Client, post
from tests.running_stack import Api, RunningStack
from tests.unit.lambdas.events import Context, proxy_event


def codes(*answers: Answered) -> list[tuple[int, str | None]]:
    return [(status, body.get("code")) for status, body in answers]


def at_once(work: Callable[[int], Answered], times: int) -> list[Answered]:
    def one(number: int) -> Answered:
        try:
            return work(number)
        finally:
            close_connections()

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(one, range(times)))


def test_who_registers_is_signed_in_and_may_spend_what_the_stage_says(client: Client) -> None:
    status, answer = client.me()
    user = answer["user"]
    assert status == 200
    assert (user["email"], user["id"]) == (client.email, client.tokens["userId"])
    assert Decimal(user["monthlyCapUsd"]) == Decimal(user["spendingLimitUsd"]) == Decimal(5)


def test_nobody_raises_or_lifts_the_cap_over_what_the_deployment_pays(client: Client) -> None:
    token = client.tokens["accessToken"]
    lower, higher, none = (
        post(change_budget, {"monthlyCapUsd": cap}, token=token) for cap in ("2.50", "5.01", None)
    )
    assert codes(lower, higher, none) == [(200, None), (403, "forbidden"), (403, "forbidden")]
    assert Decimal(client.me()[1]["user"]["monthlyCapUsd"]) == Decimal("2.50")


def test_an_address_has_one_account_however_it_is_written(client: Client) -> None:
    other = Client(client.email.upper(), "another long password", source_ip="192.0.2.77")
    assert codes(other.register()) == [(409, "conflict")]
    assert codes(Client(client.email.upper()).sign_in()) == [(200, None)]


@pytest.mark.usefixtures("parts")
def test_of_many_who_register_with_one_address_at_once_one_does() -> None:
    email = f"{uuid4()}@example.com"
    answers = at_once(lambda n: Client(email, source_ip=f"198.51.100.{n}").register(), 12)
    assert sorted(status for status, _ in answers) == [201] + [409] * 11
    with admin_transaction() as db:
        rows = db.execute("select 1 from users where name = %s", [email]).fetchall()
    assert len(rows) == 1


def test_where_registration_is_closed_nobody_registers(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGN_IN_REGISTRATION", "closed")
    settings._read.cache_clear()
    assert codes(Client("new@example.com").register()) == [(403, "forbidden")]
    assert codes(client.sign_in()) == [(200, None)]


@pytest.mark.parametrize(
    "body",
    [
        {"email": "nobody", "password": PASSWORD},
        {"email": "a@example.com", "password": "too short"},
        {"email": "a@example.com", "password": "x" * 5000},
        {"email": "a@example.com", "password": PASSWORD, "name": ""},
        {"email": "a@example.com"},
        {"email": "a@example.com", "password": PASSWORD, "monthlyCapUsd": 100},
        {"email": "a@example.com", "password": "\ud800" * 20},
    ],
)
@pytest.mark.usefixtures("parts")
def test_what_makes_no_account_is_refused(body: dict[str, Any]) -> None:
    status, answer = post(register_user, body)
    assert status in {413, 422}, answer
    assert body.get("password", "nothing") not in json.dumps(answer)


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[bool] = []
    real = passwords._hasher().verify

    class Counting:
        def verify(self, kept: str, password: str) -> bool:
            compared.append(True)
            return real(kept, password)

    monkeypatch.setattr(passwords, "_hasher", Counting)
    wrong = client.sign_in("six geese in a row")
    unknown = Client(f"{uuid4()}@example.com", source_ip="192.0.2.9").sign_in()
    wrong[1].pop("requestId")
    unknown[1].pop("requestId")
    assert wrong == unknown
    assert codes(wrong) == [(401, "unauthenticated")]
    assert len(compared) == 2  # as long for the one as for the other


def test_a_refresh_token_is_exchanged_again_and_again(client: Client) -> None:
    seen = {client.tokens["refreshToken"]}
    for _ in range(5):
        status, answer = client.refresh()
        assert status == 200
        assert answer["userId"] == client.me()[1]["user"]["id"]
        seen.add(answer["refreshToken"])
    assert len(seen) == 6


def age(email: str, seconds: int) -> None:
    """As if the last exchange of an account's tokens had been that long ago."""
    with admin_transaction() as db:
        db.execute(
            "update refresh_families f set rotated_at = rotated_at - make_interval(secs => %s)"
            " from credentials c where c.user_id = f.user_id and c.email = %s",
            [seconds, email],
        )


def test_an_exchange_whose_answer_was_lost_can_be_sent_again(client: Client) -> None:
    first = client.tokens["refreshToken"]
    lost = client.refresh(first)[1]["refreshToken"]
    status, answer = client.refresh(first)
    assert (status, answer["refreshToken"]) == (200, lost)
    assert codes(client.refresh(lost)) == [(200, None)]


def test_code_of_the_first_release_exchanges_tokens_while_a_newer_one_is_put_in_place(client: Client) -> None:
    def exchange(token: RefreshToken) -> str:
        row = ask(
            "select outcome from rotate_refresh_token(%s, %s, %s, %s, interval '30 s', interval '30 days')",
            [token.family, token.generation, token.hash, token.successor().hash],
        )
        assert row is not None
        return str(row["outcome"])

    first = RefreshToken.read(client.tokens["refreshToken"])
    assert first is not None
    assert [exchange(first), exchange(first), exchange(first.successor())] == ["rotated", "again", "rotated"]
    assert [exchange(first), exchange(first.successor().successor())] == ["reused", "invalid"]


def test_exchanges_at_once_give_one_successor(client: Client) -> None:
    first = client.tokens["refreshToken"]
    answers = at_once(lambda _: Client(client.email).refresh(first), 16)
    assert {status for status, _ in answers} == {200}
    (successor,) = {answer["refreshToken"] for _, answer in answers}
    assert codes(client.refresh(successor)) == [(200, None)]


def test_a_spent_token_that_comes_later_ends_the_whole_sign_in(client: Client) -> None:
    stolen = client.tokens["refreshToken"]
    client.refresh()
    age(client.email, 31)
    last = client.tokens["refreshToken"]
    assert codes(client.refresh(stolen), client.refresh(last)) == [(401, "unauthenticated")] * 2


def test_a_token_from_long_ago_ends_the_whole_sign_in_at_once(client: Client) -> None:
    stolen = client.tokens["refreshToken"]
    client.refresh()
    client.refresh()
    last = client.tokens["refreshToken"]
    assert codes(client.refresh(stolen), client.refresh(last)) == [(401, "unauthenticated")] * 2


def test_a_stolen_sign_in_ends_and_another_one_goes_on(client: Client) -> None:
    stolen = client.tokens["refreshToken"]
    client.refresh()
    client.refresh()
    elsewhere = Client(client.email)
    elsewhere.sign_in()
    client.refresh(stolen)
    assert codes(elsewhere.refresh()) == [(200, None)]


def test_a_made_up_token_ends_nothing(client: Client) -> None:
    own = RefreshToken.read(client.tokens["refreshToken"])
    assert own is not None
    forged = [
        str(RefreshToken(own.family, own.generation, bytes(32))),
        str(RefreshToken(own.family, own.generation + 1, bytes(32))),
        str(RefreshToken.first()),
        "rt_nonsense",
        client.tokens["accessToken"][:150],
    ]
    assert codes(*map(client.refresh, forged)) == [(401, "unauthenticated")] * 5
    assert codes(client.refresh()) == [(200, None)]


@pytest.mark.parametrize("column", ["token_expires_at", "revoked_at"])
def test_a_token_that_is_over_is_refused(client: Client, column: str) -> None:
    with admin_transaction() as db:
        db.execute(
            f"update refresh_families set {column} = now() - interval '1 second' where user_id = %s",
            [client.tokens["userId"]],
        )
    assert codes(client.refresh()) == [(401, "unauthenticated")]


def test_no_exchange_makes_a_sign_in_longer_than_it_may_be(client: Client) -> None:
    with admin_transaction() as db:
        db.execute(
            "update refresh_families set expires_at = now() + interval '1 day' where user_id = %s",
            [client.tokens["userId"]],
        )
    client.refresh()
    with admin_transaction() as db:
        row = db.execute(
            "select token_expires_at <= expires_at as kept from refresh_families where user_id = %s",
            [client.tokens["userId"]],
        ).fetchone()
    assert row == {"kept": True}


class TestARequestOfNobodySentAgainWithItsKey:
    """Nothing is kept for it: what it makes follows from its body, its key and the deployment's secret."""

    @pytest.mark.usefixtures("parts")
    def test_registering_makes_one_account_and_gives_one_refresh_token(self) -> None:
        client = Client(f"{uuid4()}@example.com", source_ip=f"2001:db8:{uuid4().hex[:4]}::1")
        answers = at_once(lambda _: Client(client.email, source_ip=client.source_ip).register(key="k"), 8)
        assert codes(*answers) == [(201, None)] * 8
        assert len({(answer["userId"], answer["refreshToken"]) for _, answer in answers}) == 1
        assert codes(client.register(key="another"), client.register()) == [(409, "conflict")] * 2
        assert codes(client.register(key="k"), client.refresh()) == [(201, None), (200, None)]
        assert codes(client.register(key="k")) == [(409, "conflict")]  # a spent token is given to nobody

    def test_signing_in_begins_one_sign_in(self, client: Client) -> None:
        answers = at_once(lambda _: Client(client.email, source_ip=client.source_ip).sign_in(key="k"), 8)
        assert codes(*answers) == [(200, None)] * 8
        (token,) = {answer["refreshToken"] for _, answer in answers}
        assert client.sign_in(key="another")[1]["refreshToken"] != token
        assert client.sign_in()[1]["refreshToken"] != token
        assert codes(client.refresh(token), client.refresh()) == [(200, None)] * 2

    def test_a_sign_in_that_has_gone_on_or_ended_is_not_begun_again(self, client: Client) -> None:
        client.sign_in(key="gone-on")
        client.refresh()
        assert codes(client.sign_in(key="gone-on"), client.refresh()) == [
            (409, "answer_not_kept"),
            (200, None),
        ]
        client.sign_in(key="ended")
        client.sign_out()
        assert codes(client.sign_in(key="ended")) == [(409, "answer_not_kept")]

    def test_a_sign_in_that_has_gone_on_does_not_count_as_a_guess(self, client: Client) -> None:
        client.sign_in(key="k")
        client.refresh()
        assert codes(*(client.sign_in(key="k") for _ in range(12))) == [(409, "answer_not_kept")] * 12

    def test_the_next_day_it_is_another_sign_in(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client.sign_in(key="constant")
        first = client.tokens["refreshToken"]
        client.refresh()
        monkeypatch.setattr(auth_tokens, "_today", lambda: datetime.now(UTC).date() + timedelta(days=1))
        assert codes(client.sign_in(key="constant")) == [(200, None)]
        assert client.tokens["refreshToken"] != first

    def test_a_token_that_was_revoked_stays_so_when_its_family_is_forgotten(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client.sign_in(key="constant")
        first = client.tokens["refreshToken"]
        client.sign_out()
        with admin_transaction() as db:
            db.execute(
                "update refresh_families set token_expires_at = now() - interval '1 second'"
                " where user_id = %s",
                [client.tokens["userId"]],
            )
            delete_expired_rows(db)
        monkeypatch.setattr(auth_tokens, "_today", lambda: datetime.now(UTC).date() + timedelta(days=30))
        assert codes(client.sign_in(key="constant")) == [(200, None)]
        assert codes(client.refresh(first)) == [(401, "unauthenticated")]

    @pytest.mark.usefixtures("parts")
    def test_registering_again_after_the_user_has_moved_is_not_done_again(self) -> None:
        client = Client(f"{uuid4()}@example.com", source_ip=f"2001:db8:{uuid4().hex[:4]}::1")
        client.register(key="k")
        client.refresh()
        with admin_transaction() as db:
            db.execute(
                "update credentials set email = %s where user_id = %s",
                [f"{uuid4()}@example.com", client.tokens["userId"]],
            )
        assert codes(client.register(key="k")) == [(409, "answer_not_kept")]

    def test_signing_in_again_needs_the_password_that_is_right_now(self, client: Client) -> None:
        client.sign_in(key="k")
        assert codes(client.change_password(PASSWORD, "seven ducks in a row")) == [(200, None)]
        assert codes(client.sign_in(PASSWORD, key="k")) == [(401, "unauthenticated")]

    def test_a_right_password_sent_again_does_not_count_as_a_guess(self, client: Client) -> None:
        assert codes(*(client.sign_in(key="k") for _ in range(15))) == [(200, None)] * 15

    def test_an_exchange_gives_the_same_token_for_a_day(self, client: Client) -> None:
        first = client.tokens["refreshToken"]
        lost = client.refresh(first, key="k")[1]["refreshToken"]
        age(client.email, 23 * 3600)
        status, answer = client.refresh(first, key="k")
        assert (status, answer["refreshToken"]) == (200, lost)
        assert codes(client.refresh(lost)) == [(200, None)]

    @pytest.mark.parametrize(("key", "seconds"), [(None, 31), ("another", 31), ("k", 24 * 3600 + 1)])
    def test_an_exchange_without_its_key_or_after_a_day_is_a_theft(
        self, client: Client, key: str | None, seconds: int
    ) -> None:
        first = client.tokens["refreshToken"]
        client.refresh(first, key="k")
        age(client.email, seconds)
        last = client.tokens["refreshToken"]
        assert codes(client.refresh(first, key=key), client.refresh(last)) == [(401, "unauthenticated")] * 2

    def test_an_exchange_whose_successor_is_spent_is_a_theft_with_its_key_too(self, client: Client) -> None:
        first = client.tokens["refreshToken"]
        client.refresh(first, key="k")
        client.refresh(key="k")
        last = client.tokens["refreshToken"]
        assert codes(client.refresh(first, key="k"), client.refresh(last)) == [(401, "unauthenticated")] * 2

    def test_two_pages_that_ask_at_once_with_keys_of_their_own_get_one_successor(
        self, client: Client
    ) -> None:
        first = client.tokens["refreshToken"]
        answers = at_once(lambda number: Client(client.email).refresh(first, key=str(number)), 8)
        assert {status for status, _ in answers} == {200}
        assert len({answer["refreshToken"] for _, answer in answers}) == 1

    @pytest.mark.parametrize("endpoint", [register_user, sign_in, refresh_tokens, sign_out])
    def test_a_key_of_a_wrong_form_is_refused(self, client: Client, endpoint: Endpoint) -> None:
        body = {"email": client.email, "password": PASSWORD}
        if endpoint in (refresh_tokens, sign_out):
            body = {"refreshToken": client.tokens["refreshToken"]}
        assert codes(post(endpoint, body, key="two words")) == [(400, "malformed_request")]
        assert codes(client.refresh()) == [(200, None)]


def test_who_signs_out_needs_a_password_again(client: Client) -> None:
    assert client.sign_out() == (200, {"success": True})
    assert codes(client.refresh()) == [(401, "unauthenticated")]
    assert codes(client.sign_in()) == [(200, None)]


def test_signing_out_with_what_is_no_token_answers_the_same(client: Client) -> None:
    for token in ("rt_nonsense", str(RefreshToken.first()), ""):
        assert client.sign_out(token or "x") == (200, {"success": True})


def test_a_new_password_ends_every_sign_in_and_begins_one(client: Client) -> None:
    elsewhere = Client(client.email)
    elsewhere.sign_in()
    old = client.tokens["refreshToken"]
    status, answer = client.change_password(PASSWORD, "seven swans in a row")
    assert status == 200
    assert codes(elsewhere.refresh(), client.refresh(old)) == [(401, "unauthenticated")] * 2
    assert codes(client.refresh(answer["refreshToken"])) == [(200, None)]
    assert codes(client.sign_in(PASSWORD), client.sign_in("seven swans in a row")) == [
        (401, "unauthenticated"),
        (200, None),
    ]


def test_the_password_is_not_changed_without_the_current_one(client: Client) -> None:
    assert codes(client.change_password("six geese in a row", "seven swans in a row")) == [(403, "forbidden")]
    assert codes(client.change_password(PASSWORD, "short")) == [(422, "invalid_request")]
    assert codes(client.sign_in(PASSWORD)) == [(200, None)]


def test_the_current_password_cannot_be_guessed(client: Client) -> None:
    for _ in range(10):
        client.change_password("six geese in a row", "seven swans in a row")
    status, answer = client.change_password(PASSWORD, "seven swans in a row")
    assert (status, answer["code"]) == (429, "too_many_requests")


def test_who_has_no_password_cannot_change_it(user: NewKey) -> None:
    client = Client("", tokens={"accessToken": user.api_key})
    assert codes(client.change_password(PASSWORD, "seven swans in a row")) == [(409, "conflict")]
    assert client.me()[1]["user"]["email"] is None


def test_guessing_from_one_place_is_stopped_and_its_user_signs_in_from_his_own(client: Client) -> None:
    client.sign_in()
    guesses = [client.sign_in("guess number " + str(n), source_ip="203.0.113.5") for n in range(11)]
    assert {status for status, _ in guesses[:10]} == {401}
    assert codes(guesses[10]) == [(429, "too_many_requests")]
    right = client.sign_in(PASSWORD, source_ip="203.0.113.5")
    assert right[0] == 429  # or whoever guesses would learn which guess was right
    assert codes(client.sign_in()) == [(200, None)]


def test_of_many_guesses_at_once_no_more_than_the_limit_are_looked_at(client: Client) -> None:
    answers = at_once(lambda n: client.sign_in(f"guess number {n}", source_ip="203.0.113.6"), 30)
    assert sorted(status for status, _ in answers) == [401] * 10 + [429] * 20


def test_guessing_from_many_places_does_not_lock_the_user_out(client: Client) -> None:
    client.sign_in()
    with admin_transaction() as db:
        for n in range(100):
            db.execute("select * from begin_sign_in(%s, %s)", [client.email, f"203.0.113.{n}"])
    stranger = Client(client.email, source_ip="203.0.113.200")
    assert codes(stranger.sign_in()) == [(429, "too_many_requests")]
    assert codes(client.sign_in()) == [(200, None)]


def test_one_place_cannot_guess_at_many_accounts(new_client: Callable[[], Client]) -> None:
    address = "203.0.113.250"
    with admin_transaction() as db:
        for n in range(50):
            db.execute("select * from begin_sign_in(%s, %s)", [f"{n}@example.com", address])
    client = new_client()
    assert codes(client.sign_in(source_ip=address)) == [(429, "too_many_requests")]


def test_a_wait_ends_and_says_when(client: Client) -> None:
    for n in range(11):
        client.sign_in(f"guess number {n}")
    event = proxy_event("POST", "/api/auth/login", body={"email": client.email, "password": PASSWORD})
    event["requestContext"]["identity"]["sourceIp"] = client.source_ip
    response = sign_in(event, Context())
    assert response["statusCode"] == 429
    assert 800 <= int(response["headers"]["Retry-After"]) <= 900
    with admin_transaction() as db:
        db.execute("update sign_in_attempts set since = since - interval '15 minutes'")
    assert codes(client.sign_in()) == [(200, None)]


@pytest.mark.usefixtures("parts")
def test_a_registration_whose_answer_was_lost_finds_the_account_that_it_made() -> None:
    email, first = f"{uuid4()}@example.com", RefreshToken.first()

    def register(token: RefreshToken) -> UUID | None:
        return queries.register_user(email, email, "hash", Decimal(5), "192.0.2.9", token).user_id

    made = register(first)
    assert made is not None
    assert register(first) == made
    assert register(RefreshToken.first()) is None


def test_a_sign_in_whose_answer_was_lost_is_begun_once(client: Client) -> None:
    first, user_id = RefreshToken.first(), UUID(client.tokens["userId"])
    with admin_transaction() as db:
        row = db.execute("select password_hash from credentials where user_id = %s", [user_id]).fetchone()
    assert row is not None
    old = row["password_hash"]
    for _ in range(2):  # with a hash of today's parameters, which takes the old one's place
        assert queries.complete_sign_in(user_id, client.email, client.source_ip, old, old + "x", first)
    assert not queries.complete_sign_in(
        user_id, client.email, client.source_ip, old, None, RefreshToken.first()
    )
    assert client.refresh(str(first))[0] == 200


def test_signing_in_rightly_does_not_count(client: Client) -> None:
    assert codes(*(client.sign_in() for _ in range(15))) == [(200, None)] * 15


@pytest.mark.usefixtures("parts")
def test_one_place_cannot_make_accounts_without_end() -> None:
    address = "203.0.113.99"
    with admin_transaction() as db:
        for _ in range(20):
            db.execute("select count_attempt(%s, 20, interval '1 hour')", [f"register/{address}"])
    assert codes(Client(f"{uuid4()}@example.com", source_ip=address).register()) == [
        (429, "too_many_requests")
    ]


def test_a_hash_with_yesterdays_parameters_is_replaced_at_the_next_sign_in(client: Client) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    with admin_transaction() as db:
        db.execute("update credentials set password_hash = %s where email = %s", [old, client.email])
    assert codes(client.sign_in()) == [(200, None)]
    with admin_transaction() as db:
        row = db.execute("select password_hash from credentials where email = %s", [client.email]).fetchone()
    assert row is not None
    assert re.match(r"\$argon2id\$v=19\$m=19456,t=2,p=1\$", row["password_hash"])
    assert codes(client.sign_in()) == [(200, None)]


def test_the_database_holds_neither_password_nor_token(client: Client) -> None:
    client.refresh()
    token = RefreshToken.read(client.tokens["refreshToken"])
    assert token is not None
    with admin_transaction() as db:
        rows = [
            *db.execute("select * from credentials where email = %s", [client.email]),
            *db.execute("select * from refresh_families where user_id = %s", [client.tokens["userId"]]),
        ]
    kept = repr(rows)
    assert PASSWORD not in kept
    assert client.tokens["refreshToken"] not in kept
    assert token.secret not in [value for row in rows for value in row.values() if isinstance(value, bytes)]


@pytest.mark.usefixtures("parts")
def test_an_account_made_by_hand_signs_in_and_a_second_time_it_is_a_new_password() -> None:
    email = f"{uuid4()}@example.com"
    first = create_account({"email": email.upper()}, Context())
    client = Client(email, first["password"])
    assert codes(client.sign_in()) == [(200, None)]
    assert client.me()[1]["user"]["monthlyCapUsd"] is None
    second = create_account({"email": email}, Context())
    assert second["userId"] == first["userId"]
    assert codes(client.refresh(), client.sign_in(first["password"])) == [(401, "unauthenticated")] * 2
    assert codes(client.sign_in(second["password"])) == [(200, None)]


def test_a_user_with_a_key_gets_a_password_by_hand(user: NewKey) -> None:
    email = f"{uuid4()}@example.com"
    made = create_account({"email": email, "userId": str(user.user_id)}, Context())
    client = Client(email, made["password"])
    client.sign_in()
    assert UUID(client.me()[1]["user"]["id"]) == user.user_id


def test_what_is_over_is_cleared_away_and_the_rest_is_not(client: Client) -> None:
    elsewhere = Client(client.email)
    elsewhere.sign_in()
    own = RefreshToken.read(client.tokens["refreshToken"])
    assert own is not None
    with admin_transaction() as db:
        db.execute(
            "update refresh_families set token_expires_at = now() - interval '1 second' where id = %s",
            [own.family],
        )
        delete_expired_rows(db)
        rows = db.execute(
            "select id from refresh_families where user_id = %s", [client.tokens["userId"]]
        ).fetchall()
    kept = RefreshToken.read(elsewhere.tokens["refreshToken"])
    assert kept is not None
    assert [row["id"] for row in rows] == [kept.family]


@pytest.mark.usefixtures("parts")
def test_a_whole_life_on_the_running_stack(stack: RunningStack) -> None:
    with admin_transaction() as db:
        db.execute("delete from sign_in_attempts")  # other tests' clients come from this address, too
    email = f"{uuid4()}@example.com"
    nobody = Api(stack.access.api_url, "")
    status, answer = nobody.call("POST", "/api/auth/register", {"email": email, "password": PASSWORD})
    assert status == 201, answer
    status, answer = nobody.call("POST", "/api/auth/login", {"email": email, "password": PASSWORD})
    assert status == 200, answer
    status, answer = nobody.call("POST", "/api/auth/refresh", {"refreshToken": answer["refreshToken"]})
    assert status == 200, answer
    api = Api(stack.access.api_url, answer["accessToken"])
    assert api.call("GET", "/api/auth/me")[1]["user"]["email"] == email
    video = api.make(prompt="A lighthouse keeper", frameCount=1, duration=4, draft=True, stopAfter="story")
    assert video["state"] == "stopped"
    stranger, _ = stack.new_caller()
    assert stranger.call("GET", f"/api/videos/{video['id']}")[0] == 404
    assert nobody.call("POST", "/api/auth/logout", {"refreshToken": answer["refreshToken"]})[0] == 200
    assert nobody.call("POST", "/api/auth/refresh", {"refreshToken": answer["refreshToken"]})[0] == 401

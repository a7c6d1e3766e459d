from __future__ import annotations

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type

from shared.auth.passwords import (
    DUMMY_HASH,
    check_password,
    hash_of_today,
    hash_password,
    is_password,
    normal_email,
)
from shared.errors import InvalidRequest

PASSWORD = "six ducks in a row"


@pytest.mark.parametrize(
    ("email", "normal"),
    [
        ("Ada@Example.COM", "ada@example.com"),
        ("  ada@example.com ", "ada@example.com"),
        ("ａda@example.com", "ada@example.com"),
        ("STRASSE@ex.de", "strasse@ex.de"),
        ("straße@ex.de", "strasse@ex.de"),
        ("ada+films@mail.example.co.uk", "ada+films@mail.example.co.uk"),
    ],
)
def test_addresses_that_people_take_for_the_same_are_the_same(email: str, normal: str) -> None:
    assert normal_email(email) == normal
    assert normal_email(normal) == normal


@pytest.mark.parametrize(
    "email",
    ["", "ada", "ada@", "@example.com", "ada@example", "a da@ex.com", "a@b@c.com", "a@" + "x" * 260 + ".de"],
)
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(InvalidRequest):
        normal_email(email)


@pytest.mark.parametrize(
    "password", ["", "elevenchars", "x" * 129, "aaaaaaaaaaaaaaaa", "ada.lovelace@example.com"]
)
def test_a_password_that_is_easy_to_guess_is_refused(password: str) -> None:
    with pytest.raises(InvalidRequest):
        check_password(password, "ada.lovelace@example.com")


@pytest.mark.parametrize(
    "password", [PASSWORD, "twelve chars", "пароль из слов", "🦆🐳🌊⛵🏝️ and a lot", "x1y2z" * 25]
)
def test_any_long_password_will_do(password: str) -> None:
    check_password(password, "ada@example.com")


def test_what_is_kept_is_argon2id_with_todays_parameters() -> None:
    parameters = extract_parameters(hash_password(PASSWORD))
    assert (parameters.type, parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (
        Type.ID,
        19 * 1024,
        2,
        1,
    )
    assert extract_parameters(DUMMY_HASH) == parameters


def test_a_password_is_known_again_and_another_is_not() -> None:
    kept = hash_password(PASSWORD)
    assert kept != hash_password(PASSWORD)
    assert is_password(PASSWORD, kept)
    assert not is_password(PASSWORD + " ", kept)
    assert not is_password("", kept)


def test_two_ways_to_type_the_same_password_are_the_same() -> None:
    assert is_password("cafe\u0301 au lait!", hash_password("caf\u00e9 au lait!"))


def test_nobodys_hash_opens_for_nobody() -> None:
    assert not is_password(PASSWORD, None)


def test_a_hash_with_yesterdays_parameters_is_made_anew() -> None:
    old = "$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$" + "A" * 43
    assert hash_of_today(PASSWORD, hash_password(PASSWORD)) is None
    new = hash_of_today(PASSWORD, old)
    assert new is not None
    assert is_password(PASSWORD, new)

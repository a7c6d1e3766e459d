from __future__ import annotations

from datetime import date

import pytest

from shared.accounts import signing
from shared.auth import refresh_tokens
from shared.auth.refresh_tokens import RefreshToken
from shared.settings import SigningSettings


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The deployment's secret, in the place of Secrets Manager's answer."""
    values = {"SECRET_KEY": "0123456789abcdef0123456789abcdef"}
    monkeypatch.setattr(signing, "secret", lambda _: values)
    monkeypatch.setattr(signing, "settings", lambda _: SigningSettings(secret_arn="arn"))
    return values


def test_a_token_is_read_as_it_was_written() -> None:
    token = RefreshToken.first()
    assert RefreshToken.read(str(token)) == token
    assert RefreshToken.read(str(token.successor())) == token.successor()


def test_every_first_token_is_another() -> None:
    assert len({RefreshToken.first().secret for _ in range(50)}) == 50


def test_a_request_that_is_sent_again_has_one_first_token(secret: dict[str, str]) -> None:
    first = RefreshToken.first(b"proof")
    assert first == RefreshToken.first(b"proof")
    assert first.generation == 0
    others = [RefreshToken.first(b"another"), RefreshToken.first()]
    secret["SECRET_KEY"] = "another-0123456789abcdef0123456789"
    others.append(RefreshToken.first(b"proof"))
    assert first.family not in {each.family for each in others}
    assert first.secret not in {each.secret for each in others}


def test_a_request_that_is_sent_again_another_day_has_another_first_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    firsts = []
    for day in (date(2026, 3, 1), date(2026, 3, 2)):
        monkeypatch.setattr(refresh_tokens, "_today", lambda day=day: day)
        firsts.append(RefreshToken.first(b"proof"))
    assert firsts[0].family != firsts[1].family
    assert firsts[0].secret != firsts[1].secret


def test_a_token_has_one_successor_that_nobody_without_the_secret_can_tell(secret: dict[str, str]) -> None:
    token = RefreshToken.first()
    successor = token.successor()
    assert successor == token.successor()
    assert (successor.family, successor.generation) == (token.family, 1)
    assert successor.secret != token.secret
    secret["SECRET_KEY"] = "another-0123456789abcdef0123456789"
    assert token.successor() != successor


def test_tokens_that_differ_in_anything_have_other_hashes() -> None:
    token = RefreshToken.first()
    others = [
        RefreshToken(token.family, 1, token.secret),
        RefreshToken(token.family, 0, bytes(32)),
        RefreshToken.first(),
    ]
    assert token.hash not in {each.hash for each in others}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rt_",
        "rt_x",
        "rt_!!!!",
        "sk_live_abc",
        "rt_" + "A" * 69,
        "rt_" + "A" * 71,
        "rt_ü",
        "rt_" + "A" * 1000,
    ],
)
def test_what_is_no_token_is_none(text: str) -> None:
    assert RefreshToken.read(text) is None


def test_a_token_with_a_changed_last_letter_is_no_token_or_another() -> None:
    text = str(RefreshToken.first())
    changed = {RefreshToken.read(text[:-1] + letter) for letter in "ABCDEFGHabcdefgh0123-_"}
    assert len(changed - {None}) >= 1
    assert len([each for each in changed if each == RefreshToken.read(text)]) <= 1

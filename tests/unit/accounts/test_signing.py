from __future__ import annotations

import os

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.accounts import signing


def test_the_first_block_of_rfc_5869s_first_test_vector_comes_out() -> None:
    salt = bytes.fromhex("000102030405060708090a0b0c")
    info = bytes.fromhex("f0f1f2f3f4f5f6f7f8f9")
    okm = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
    assert signing.hkdf_sha256(b"\x0b" * 22, salt=salt, info=info).hex() == okm


def test_it_is_the_hkdf_that_the_library_computes() -> None:
    for _ in range(20):
        key, salt, info = os.urandom(40), os.urandom(9), os.urandom(12)
        theirs = HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(key)
        assert signing.hkdf_sha256(key, salt=salt, info=info) == theirs


@pytest.mark.usefixtures("secret")
def test_every_purpose_has_a_key_of_its_own_that_stays() -> None:
    keys = {signing.derived_key(purpose) for purpose in ("sealed-key", "token", "signed-url")}
    assert len(keys) == 3
    assert {len(each) for each in keys} == {32}
    assert signing.derived_key("token") == signing.derived_key("token")


def test_another_secret_gives_other_keys(secret: dict[str, str]) -> None:
    before = signing.derived_key("token")
    secret["SECRET_KEY"] = "f" * 64
    assert signing.derived_key("token") != before


@pytest.mark.parametrize("value", ["", "short"])
def test_a_secret_that_can_be_guessed_is_refused(secret: dict[str, str], value: str) -> None:
    secret["SECRET_KEY"] = value
    with pytest.raises(signing.SecretTooShort):
        signing.derived_key("token")

from __future__ import annotations

from shared.webhooks.delivering import JITTER, MAX_ATTEMPTS, RETRY_SECONDS, retry_seconds
from shared.webhooks.signature import signature

BODY = b'{"id":"1"}'


def test_a_signature_is_the_one_that_openssl_computes() -> None:
    # printf '1789000000.{"id":"1"}' | openssl dgst -sha256 -hmac whsec_abc
    assert (
        signature(BODY, ["whsec_abc"], 1789000000)
        == "t=1789000000,v1=aafa30a5b25a51dbe7c7f0c9134748cd0cee11473e9fb88190ad65887595dbcf"
    )


def test_each_secret_in_force_signs() -> None:
    both = signature(BODY, ["whsec_new", "whsec_old"], 7)
    new, old = (signature(BODY, [each], 7).partition(",")[2] for each in ("whsec_new", "whsec_old"))
    assert both == f"t=7,{new},{old}"


def test_ten_attempts_take_about_a_day() -> None:
    assert MAX_ATTEMPTS == 10
    assert 23 * 3600 < sum(RETRY_SECONDS) < 25 * 3600


def test_a_retry_waits_ever_longer_and_never_exactly_as_long_as_another() -> None:
    shortest = [retry_seconds(attempts, 0.0) for attempts in range(1, MAX_ATTEMPTS)]
    longest = [retry_seconds(attempts, 1.0) for attempts in range(1, MAX_ATTEMPTS)]
    assert shortest == [each * (1 - JITTER) for each in RETRY_SECONDS]
    assert longest == [each * (1 + JITTER) for each in RETRY_SECONDS]
    assert list(RETRY_SECONDS) == sorted(RETRY_SECONDS)
    assert retry_seconds(MAX_ATTEMPTS, 0.5) is None

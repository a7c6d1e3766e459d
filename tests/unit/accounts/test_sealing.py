from __future__ import annotations

import pytest

from shared.accounts import sealing
from shared.accounts.sealing import SealBroken

pytestmark = pytest.mark.usefixtures("secret")


def test_what_was_sealed_opens_and_is_another_text_each_time() -> None:
    first, second = (sealing.seal("a", b"content", b"mine") for _ in range(2))
    assert first != second
    assert sealing.unseal("a", first, b"mine") == sealing.unseal("a", second, b"mine") == b"content"


@pytest.mark.parametrize(("purpose", "bound_to"), [("b", b"mine"), ("a", b"yours")])
def test_it_opens_for_nothing_else(purpose: str, bound_to: bytes) -> None:
    sealed = sealing.seal("a", b"content", b"mine")
    with pytest.raises(SealBroken):
        sealing.unseal(purpose, sealed, bound_to)


def test_what_was_changed_or_cut_does_not_open() -> None:
    sealed = sealing.seal("a", b"content", b"mine")
    for changed in (sealed[:-1] + bytes([sealed[-1] ^ 1]), sealed[:20], sealed[:5], b""):
        with pytest.raises(SealBroken):
            sealing.unseal("a", changed, b"mine")

from __future__ import annotations

import pytest

from shared.auth.service import network


@pytest.mark.parametrize(
    ("source_ip", "counted_as"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", "unknown"),
        ("not an address", "unknown"),
    ],
)
def test_tries_are_counted_by_what_one_party_has(source_ip: str, counted_as: str) -> None:
    assert network(source_ip) == counted_as

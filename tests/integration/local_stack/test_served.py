from __future__ import annotations

import pytest

from tests.running_stack import Api


@pytest.mark.parametrize("length", [10_300, 60_000])
def test_an_address_over_the_gateways_limit_is_refused_in_the_products_form(api: Api, length: int) -> None:
    status, answer = api.call("GET", f"/api/videos?cursor={'x' * length}")
    assert (status, answer["success"], answer["code"]) == (413, False, "payload_too_large")


def test_an_address_just_below_the_limit_reaches_the_function(api: Api) -> None:
    status, answer = api.call("GET", f"/api/videos?cursor={'x' * 9_500}")
    assert (status, answer["code"]) == (422, "invalid_request"), answer

from __future__ import annotations

from dataclasses import replace

import pytest

from infra.connections import connections_allowed, connections_of, most_connections
from infra.stack import Declared
from infra.stages import STAGES, Stage
from shared.lambdas.access import Access
from tests.infra.reading import Template

ACCOUNT_QUOTA = 1000
NEVER_RESERVED = 100
"""Lambda keeps these of an account's quota for functions without a share of their own."""


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
def test_the_functions_never_hold_more_connections_than_the_instance_takes(stage: Stage) -> None:
    held = most_connections(stage, Declared.found())
    assert 0 < held <= connections_allowed(stage), "a larger database_instance, or less concurrency"


def test_a_larger_instance_takes_more_connections() -> None:
    dev = STAGES["dev"]
    small, large = (
        connections_allowed(replace(dev, database_instance=each)) for each in ("t4g.micro", "t4g.small")
    )
    assert (small, large) == (69, 153)


def test_a_function_of_two_roles_holds_two_connections() -> None:
    for each in Declared.found():
        roles = {Access.DATABASE, Access.DATABASE_ADMIN} & each.needs
        assert connections_of(each) == len(roles)
    assert {connections_of(each) for each in Declared.found()} == {0, 1, 2}


def test_prod_reserves_what_the_connections_are_counted_by_and_dev_nothing(
    dev: Template, prod: Template
) -> None:
    def reserved(template: Template) -> dict[str, int]:
        key = "ReservedConcurrentExecutions"
        properties = {name: each["Properties"] for name, each in template.functions.items()}
        return {name: each[key] for name, each in properties.items() if key in each}

    private = {name for name, each in prod.functions.items() if "VpcConfig" in each["Properties"]}
    assert reserved(dev) == {}
    assert reserved(prod).keys() == private
    assert (reserved(prod)["get_video"], reserved(prod)["draw_frame"]) == (10, 30)
    assert sum(reserved(prod).values()) <= ACCOUNT_QUOTA - NEVER_RESERVED

from __future__ import annotations

from dataclasses import replace

import pytest

from infra.connections import (
    OPERATOR_CONNECTIONS,
    OWNER_CONNECTIONS,
    api_connections,
    connections_allowed,
    connections_by_role,
    connections_of,
    connections_with_room,
    most_connections,
)
from infra.database import PROXY_PERCENT
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


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
def test_the_instance_has_the_memory_for_its_connections(stage: Stage) -> None:
    assert stage.database_connections <= connections_with_room(stage.database_instance)


def test_postgres_takes_as_many_connections_as_are_counted_on(dev: Template, prod: Template) -> None:
    for stage, template in (("dev", dev), ("prod", prod)):
        parameters = template.only("AWS::RDS::DBParameterGroup")["Parameters"]
        assert parameters["max_connections"] == str(STAGES[stage].database_connections)


def test_behind_a_proxy_functions_share_its_connections() -> None:
    prod, declared = STAGES["prod"], Declared.found()
    many = replace(prod, concurrency=replace(prod.concurrency, endpoint=500))
    assert most_connections(many, declared) == most_connections(prod, declared)
    assert most_connections(replace(many, proxy=False), declared) > connections_allowed(many)


def test_the_api_goes_through_the_proxy_and_the_owner_past_it(dev: Template, prod: Template) -> None:
    assert list(dev.of_type("AWS::RDS::DBProxy")) == []
    proxy = prod.only("AWS::RDS::DBProxy")
    (auth,) = proxy["Auth"]
    assert (proxy["RequireTLS"], proxy["EngineFamily"]) == (True, "POSTGRESQL")
    assert prod.plain(auth["SecretArn"]) == "DatabaseApiSecretAttachment"
    assert auth["ClientPasswordAuthType"] == "POSTGRES_SCRAM_SHA_256"
    pool = prod.only("AWS::RDS::DBProxyTargetGroup")["ConnectionPoolConfigurationInfo"]
    assert pool["MaxConnectionsPercent"] == PROXY_PERCENT
    servers = {
        name: each["Properties"]["Environment"]["Variables"]
        for name, each in prod.functions.items()
        if "VpcConfig" in each["Properties"]
    }
    for name, each in servers.items():
        if "DATABASE_HOST" in each:
            assert (prod.plain(each["DATABASE_HOST"]), each["DATABASE_PROXY"]) == ("DatabaseProxy", "true"), (
                name
            )
        if "DATABASE_DIRECT_HOST" in each:
            assert prod.plain(each["DATABASE_DIRECT_HOST"]) == "DatabaseInstance", name


def test_postgres_takes_calls_from_the_proxy_and_the_proxy_from_the_functions_alone(prod: Template) -> None:
    into = {
        (prod.plain(each["Properties"]["GroupId"]), prod.plain(each["Properties"]["SourceSecurityGroupId"]))
        for _, each in prod.of_type("AWS::EC2::SecurityGroupIngress")
    }
    assert {each for each in into if "Proxy" in "".join(each)} == {
        ("DatabaseProxyGroup", "NetworkFunctions"),
        ("NetworkDatabase", "DatabaseProxyGroup"),
    }


def test_a_function_of_two_roles_holds_two_connections() -> None:
    held = {each.name: connections_of(each) for each in Declared.found()}
    assert (held["get_health"], held["get_video"], held["reconcile_videos"]) == (0, 1, 2)
    assert set(held.values()) == {0, 1, 2}


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
def test_no_role_is_asked_for_more_connections_than_postgres_lets_it_have(stage: Stage) -> None:
    asked = connections_by_role(stage, Declared.found())
    if stage.proxy:
        asked[Access.DATABASE] = stage.database_connections * PROXY_PERCENT // 100
    assert asked[Access.DATABASE] <= api_connections(stage)
    assert asked[Access.DATABASE_OPERATOR] <= OPERATOR_CONNECTIONS
    assert asked[Access.DATABASE_ADMIN] <= OWNER_CONNECTIONS
    assert api_connections(stage) + OPERATOR_CONNECTIONS + OWNER_CONNECTIONS == connections_allowed(stage)


def test_the_deployment_tells_postgres_what_each_role_may_have(dev: Template, prod: Template) -> None:
    told = []
    for template in (dev, prod):
        variables = template.functions["migrate_database"]["Properties"]["Environment"]["Variables"]
        names = ("API_CONNECTIONS", "API_IDLE_SECONDS", "OPERATOR_CONNECTIONS", "OPERATOR_IDLE_SECONDS")
        told.append(tuple(int(variables[f"DATABASE_{name}"]) for name in names))
    # RDS Proxy looks after its own connections. The operator's functions come past it: theirs are taken back.
    assert told == [(163, 60, 20, 60), (463, 0, 20, 60)]


def test_the_operator_has_room_for_functions_that_are_frozen_with_a_connection() -> None:
    """A deployment leaves as many of the old code behind, until Postgres takes theirs back."""
    for stage in STAGES.values():
        asked = connections_by_role(stage, Declared.found())[Access.DATABASE_OPERATOR]
        assert 2 * asked <= OPERATOR_CONNECTIONS, stage.name


def test_the_alarm_on_connections_goes_off_before_the_api_gets_no_more(dev: Template, prod: Template) -> None:
    for stage, template in (("dev", dev), ("prod", prod)):
        ((_, alarm),) = [
            each for each in template.of_type("AWS::CloudWatch::Alarm") if "DatabaseConnections" in each[0]
        ]
        most = int(
            template.functions["migrate_database"]["Properties"]["Environment"]["Variables"][
                "DATABASE_API_CONNECTIONS"
            ]
        )
        if STAGES[stage].proxy:
            most = min(most, STAGES[stage].database_connections * PROXY_PERCENT // 100)
        assert 0.8 * most < alarm["Properties"]["Threshold"] < most


def test_prod_reserves_what_the_connections_are_counted_by_and_dev_nothing(
    dev: Template, prod: Template
) -> None:
    def reserved(template: Template) -> dict[str, int]:
        key = "ReservedConcurrentExecutions"
        properties = {name: each["Properties"] for name, each in template.functions.items()}
        return {name: each[key] for name, each in properties.items() if key in each}

    working = {
        name
        for name, each in prod.functions.items()
        if "VpcConfig" in each["Properties"] and each["Metadata"]["Storyreel"]["Kind"] != "endpoint"
    }
    assert reserved(dev) == {}
    assert reserved(prod).keys() == working
    assert (reserved(prod)["draw_frame"], reserved(prod)["migrate_database"]) == (30, 2)
    assert sum(reserved(prod).values()) <= ACCOUNT_QUOTA - NEVER_RESERVED

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from infra.cost import monthly, total
from infra.stages import STAGES
from tests.infra.reading import Template
from tests.infra.synthesis import synthesized

MOST_SCRATCH_MB = 512
"""SnapStart takes no function with more room in /tmp."""


def _invoked(template: Template, function: str) -> str:
    """What API Gateway invokes for an endpoint."""
    (operation,) = [
        operation
        for methods in template.api_body["paths"].values()
        for operation in methods.values()
        if operation.get("operationId") == function
    ]
    uri = template.plain(operation["x-amazon-apigateway-integration"]["uri"])
    return uri.partition("functions/")[2].removesuffix("/invocations")


def test_prod_starts_its_snapshots_where_a_person_waits(dev: Template, prod: Template) -> None:
    quick = {name for name, each in prod.functions.items() if "SnapStart" in each["Properties"]}
    assert quick == set(STAGES["prod"].snap_start)
    assert [name for name, each in dev.functions.items() if "SnapStart" in each["Properties"]] == []
    for name in quick:
        properties = prod.functions[name]["Properties"]
        assert properties["SnapStart"] == {"ApplyOn": "PublishedVersions"}
        assert properties.get("EphemeralStorage", {}).get("Size", MOST_SCRATCH_MB) <= MOST_SCRATCH_MB


def test_what_starts_quickly_is_invoked_by_its_alias_and_the_role_may(prod: Template) -> None:
    alias = "FunctionsCreateVideoAlias"
    ((_, role),) = [each for each in prod.of_type("AWS::IAM::Role") if "VideosInvoker" in each[0]]
    assert _invoked(prod, "create_video") == alias
    assert _invoked(prod, "get_video") == "FunctionsGetVideoFunction"
    allowed = prod.rights(role)["lambda:InvokeFunction"]
    assert alias in allowed
    assert "FunctionsCreateVideoFunction" not in allowed


def test_endpoints_and_steps_can_be_kept_loaded(tmp_path: Path) -> None:
    template = synthesized(replace(STAGES["dev"], provisioned={"get_video": 2, "write_story": 1}), tmp_path)
    loaded = {
        template.plain({"Ref": name}): each["Properties"]["ProvisionedConcurrencyConfig"]
        for name, each in template.of_type("AWS::Lambda::Alias")
    }
    assert loaded == {
        "FunctionsGetVideoAlias": {"ProvisionedConcurrentExecutions": 2},
        "FunctionsWriteStoryAlias": {"ProvisionedConcurrentExecutions": 1},
    }
    assert _invoked(template, "get_video") == "FunctionsGetVideoAlias"
    machine = template.only("AWS::StepFunctions::StateMachine")["DefinitionSubstitutions"]
    assert template.plain(machine["write_story"]) == "FunctionsWriteStoryAlias"
    assert template.plain(machine["draw_frame"]) == "FunctionsDrawFrameFunction"
    ((_, policy),) = [
        each for each in template.of_type("AWS::IAM::Policy") if each[0].startswith("WorkflowStateMachine")
    ]
    allowed = [
        template.plain(resource)
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Action"] == "lambda:InvokeFunction"
        for resource in statement["Resource"]
    ]
    assert sorted(allowed) == sorted(template.plain(each) for each in machine.values())


@pytest.mark.parametrize("name", ["no_such_function", "deliver_webhooks"])
def test_what_would_be_paid_for_and_never_used_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=name):
        synthesized(replace(STAGES["dev"], snap_start=(name,)), tmp_path)


def test_a_quick_start_costs_by_the_memory_of_its_functions() -> None:
    dev = STAGES["dev"]
    cold = total(monthly(dev))
    snapshot = total(monthly(replace(dev, snap_start=("create_video",)))) - cold
    loaded = total(monthly(replace(dev, provisioned={"create_video": 1}))) - cold
    assert (round(snapshot, 2), round(loaded, 2)) == (3.95, 8.76)

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import aws_cdk as cdk
import pytest

from infra.app import cdk_context
from infra.cost import monthly, total
from infra.stack import Declared, StoryreelStack
from infra.stages import STAGES, Stage
from tests.infra.reading import Template

MOST_SCRATCH_MB = 512
"""SnapStart takes no function with more room in /tmp."""


def _synthesized(stage: Stage, out: Path) -> Template:
    app = cdk.App(outdir=str(out), context={**cdk_context(), "aws:cdk:bundling-stacks": []})
    StoryreelStack(app, stage=stage, declared=Declared.found())
    app.synth()
    return Template(out / f"{stage.stack_name}.template.json")


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


def test_functions_can_be_kept_loaded(tmp_path: Path) -> None:
    stage = replace(STAGES["dev"], provisioned={"get_video": 2})
    template = _synthesized(stage, tmp_path)
    alias = template.only("AWS::Lambda::Alias")
    assert alias["ProvisionedConcurrencyConfig"] == {"ProvisionedConcurrentExecutions": 2}
    assert _invoked(template, "get_video") == "FunctionsGetVideoAlias"


def test_a_function_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no_such_function"):
        _synthesized(replace(STAGES["dev"], snap_start=("no_such_function",)), tmp_path)


def test_a_quick_start_costs_by_the_memory_of_its_functions() -> None:
    dev = STAGES["dev"]
    cold = total(monthly(dev))
    snapshot = total(monthly(replace(dev, snap_start=("create_video",)))) - cold
    loaded = total(monthly(replace(dev, provisioned={"create_video": 1}))) - cold
    assert (round(snapshot, 2), round(loaded, 2)) == (3.95, 8.76)

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.asl import check_steps, definition, steps_called, with_arns
from shared.lambdas.declaration import declarations
from shared.lambdas.step import Step
from tests.infra.reading import Template

# What the laptop's engine executes as AWS does.
STATES = {"Task", "Choice", "Wait", "Parallel", "Map", "Succeed", "Fail", "Pass"}
RESOURCES = {"arn:aws:states:::lambda:invoke"}
BEYOND_THE_LAPTOP = {
    "QueryLanguage",
    "Assign",
    "Output",
    "Arguments",
    "ItemReader",
    "ItemBatcher",
    "ResultWriter",
}


def _states(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in machine["States"].items():
        yield name, state
        for inner in (
            *state.get("Branches", []),
            *([state["ItemProcessor"]] if "ItemProcessor" in state else []),
        ):
            yield from _states(inner)


ALL_STATES = list(_states(dict(definition())))


def test_the_workflow_calls_exactly_the_declared_steps() -> None:
    assert steps_called() == {each.name for each in declarations(Step)}


@pytest.mark.parametrize("declared", [steps_called() - {"merge_clips"}, steps_called() | {"sing"}])
def test_a_step_that_is_missing_on_either_side_is_refused(declared: set[str]) -> None:
    with pytest.raises(ValueError, match=r"merge_clips|sing"):
        check_steps(declared)


def test_the_workflow_stays_inside_what_the_laptop_executes() -> None:
    for name, state in ALL_STATES:
        assert state["Type"] in STATES, name
        assert not BEYOND_THE_LAPTOP & state.keys(), name
        if state["Type"] == "Task":
            assert state["Resource"] in RESOURCES, name
        if state["Type"] == "Map":
            assert state["ItemProcessor"]["ProcessorConfig"] == {"Mode": "INLINE"}, name
    assert "$$.Execution.StartTime" not in json.dumps(definition())


def test_state_names_are_unique_in_the_whole_workflow() -> None:
    names = [name for name, _ in ALL_STATES]
    assert sorted(names) == sorted(set(names))


def test_every_task_that_can_fail_is_tried_again() -> None:
    assert [name for name, state in ALL_STATES if state["Type"] == "Task" and "Retry" not in state] == []


def test_the_stack_gives_every_step_its_function(dev: Template) -> None:
    machine = dev.only("AWS::StepFunctions::StateMachine")
    given = machine["DefinitionSubstitutions"]
    assert set(given) == steps_called()
    for name, arn in given.items():
        function = dev.resources[arn["Fn::GetAtt"][0]]
        assert function["Metadata"]["Storyreel"] == {"Name": name, "Kind": "step"}


def test_the_stack_carries_the_definition_as_it_is_written(dev: Template) -> None:
    assert json.loads(dev.only("AWS::StepFunctions::StateMachine")["DefinitionString"]) == definition()


def test_the_state_machine_logs_events_but_not_their_data(dev: Template) -> None:
    machine = dev.only("AWS::StepFunctions::StateMachine")
    assert machine["StateMachineType"] == "STANDARD"
    assert machine["LoggingConfiguration"]["Level"] == "ALL"
    assert machine["LoggingConfiguration"]["IncludeExecutionData"] is False
    assert machine["TracingConfiguration"] == {"Enabled": True}


def test_the_state_machine_may_invoke_its_steps_alone(dev: Template) -> None:
    ((_, policy),) = [each for each in dev.of_type("AWS::IAM::Policy") if each[0].startswith("Workflow")]
    invoked = {
        dev.plain(resource)
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Action"] == "lambda:InvokeFunction"
        for resource in statement["Resource"]
    }
    assert invoked == {
        dev.plain({"Ref": name})
        for name, each in dev.of_type("AWS::Lambda::Function")
        if each.get("Metadata", {}).get("Storyreel", {}).get("Kind") == "step"
    }


def test_putting_arns_in_leaves_nothing_else_changed() -> None:
    assert (
        with_arns('{"F": "${draw_frame}", "P.$": "$.x"}', "arn:{step}")
        == '{"F": "arn:draw_frame", "P.$": "$.x"}'
    )

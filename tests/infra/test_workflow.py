from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.asl import check_steps, definition, steps_called, with_arns
from shared.lambdas.declaration import declarations
from shared.lambdas.step import Step
from shared.videos.models import MAX_SCENES
from shared.videos.tasks import MOST_LOOKS, looks_for
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


# Of each kind of state, as AWS writes an execution's history: entered, exited, and what is between.
EVENTS = {"Task": 5, "Choice": 2, "Wait": 2, "Succeed": 2, "Fail": 2, "Pass": 2, "Map": 4, "Parallel": 4}
EVENTS_PER_RETRY = 3  # scheduled, started, failed
EVENTS_PER_BRANCH = 2  # of a Map or a Parallel: started, succeeded
HISTORY_LIMIT = 25_000


def _followers(state: dict[str, Any]) -> set[str]:
    choices = [each["Next"] for each in state.get("Choices", [])]
    return {state[name] for name in ("Next", "Default") if name in state} | set(choices)


def _loops(machine: dict[str, Any]) -> list[list[str]]:
    """Every way from a state back to itself, errors left aside."""
    states = machine["States"]
    found: list[list[str]] = []

    def follow(path: list[str]) -> None:
        for name in _followers(states[path[-1]]):
            if name == path[0]:
                found.append(path)
            elif name not in path and name > path[0]:
                follow([*path, name])

    for name in states:
        follow([name])
    return found


def _machines(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """A machine and those inside of it, each with the first state of what it is in."""
    yield machine["StartAt"], machine
    for state in machine["States"].values():
        inner = [*state.get("Branches", []), *filter(None, [state.get("ItemProcessor")])]
        for each in inner:
            yield from _machines(each)


def _retries(state: dict[str, Any]) -> int:
    return sum(each["MaxAttempts"] for each in state.get("Retry", []))


def _longest_history(scenes: int) -> int:
    """The events of an execution in which every branch looks in vain as often as it may.

    And each branch enters each of its states once more, and is tried again as often as can be in one.
    """
    events = 0
    for start, machine in _machines(dict(definition())):
        branches = scenes if start in {"DrawFrame", "Narrate"} else 1
        looks = MOST_LOOKS if start == "WriteStory" else min(MOST_LOOKS, looks_for(scenes))
        loops = [sum(EVENTS[machine["States"][name]["Type"]] for name in loop) for loop in _loops(machine)]
        once = sum(EVENTS[state["Type"]] for state in machine["States"].values()) + EVENTS_PER_BRANCH
        tried = max(map(_retries, machine["States"].values())) * EVENTS_PER_RETRY
        events += branches * (once + tried + looks * max(loops, default=0))
    return events


def test_every_loop_waits_and_counts_down() -> None:
    for _, machine in _machines(dict(definition())):
        for loop in _loops(machine):
            states = [machine["States"][name] for name in loop]
            assert [state["Type"] for state in states].count("Wait") == 1, loop
            rules = [rule for state in states for rule in state.get("Choices", [])]
            assert any(rule.get("Variable") == "$.looksLeft" for rule in rules), loop


@pytest.mark.parametrize("scenes", range(1, MAX_SCENES + 1))
def test_however_long_an_execution_waits_its_history_has_room(scenes: int) -> None:
    assert _longest_history(scenes) < HISTORY_LIMIT


def test_the_loops_are_those_that_wait_for_a_provider() -> None:
    loops = [
        name for _, machine in _machines(dict(definition())) for loop in _loops(machine) for name in loop
    ]
    waits = {name for name, state in ALL_STATES if state["Type"] == "Wait"}
    assert waits <= set(loops)
    assert waits


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

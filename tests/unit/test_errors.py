from __future__ import annotations

import shared.errors
from shared.errors import StoryreelError, error_classes, error_of


def test_every_error_has_a_code_of_its_own_or_that_of_the_one_it_is_a_case_of() -> None:
    first: dict[str, type[StoryreelError]] = {}
    for each in error_classes().values():
        assert issubclass(each, first.setdefault(each.code, each))


def test_an_error_is_read_back_by_its_code() -> None:
    assert type(error_of("over_budget", "No more.")) is shared.errors.OverBudget
    assert type(error_of("task_failed", "No more.")) is shared.errors.TaskFailed
    assert type(error_of("of_another_version", "No more.")) is StoryreelError


def test_the_drawing_of_the_tree_names_every_class_with_its_status() -> None:
    drawing = shared.errors.__doc__ or ""
    classes = [each for each in vars(shared.errors).values() if _is_error(each)]
    undrawn = [
        each.__name__
        for each in classes
        if not any(each.__name__ in line and _status(each) in line for line in drawing.splitlines())
    ]
    assert undrawn == []


def _is_error(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, StoryreelError) and value is not StoryreelError


def _status(error: type[StoryreelError]) -> str:
    # The inner nodes of the tree and the two that inherit theirs are drawn without a number.
    inner = bool(error.__subclasses__()) or error.__name__ in {"DatabaseUnavailable", "StorageUnavailable"}
    return "" if inner else str(error.status)

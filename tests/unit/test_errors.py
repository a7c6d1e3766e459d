from __future__ import annotations

import shared.errors
from shared.errors import StoryreelError, error_codes


def test_every_error_has_a_code_of_its_own() -> None:
    codes = list(error_codes().values())
    shared_codes = {code for code in codes if codes.count(code) > 1}
    assert shared_codes == set()


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

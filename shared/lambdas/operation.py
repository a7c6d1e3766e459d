"""Operations: what the deployment itself runs (migrations, a schedule, a chore). No route, no caller."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from pydantic import BaseModel

from shared.lambdas.access import Access, Layer
from shared.lambdas.declaration import Declaration
from shared.log import bind

Input = TypeVar("Input", bound=BaseModel)
Output = TypeVar("Output", bound=BaseModel)


class Trigger(StrEnum):
    """What starts an operation."""

    DEPLOY = "deploy"
    """Each deployment, before new code serves, and each local start."""

    SCHEDULE = "schedule"
    """Every few minutes, or as often as the declaration says, and each local start."""

    HAND = "hand"
    """`aws lambda invoke`, by somebody with the right to."""


class Operation(Declaration):
    """An operation. Its event is validated like a step's input."""

    decorator = "@operation("

    def __init__(
        self, code: Callable[..., Any], *, trigger: Trigger, every_minutes: int | None, **declared: Any
    ) -> None:
        super().__init__(code, **declared)
        self.trigger = trigger
        self.every_minutes = every_minutes

    def __call__(self, event: dict[str, Any], context: Any) -> Any:
        """Validate the event, run, and give the output as JSON."""
        (model,) = self.parameters.values()
        task = model.model_validate(event)
        bind(context, self.name, task)
        result: BaseModel = self.code(task)
        return result.model_dump(mode="json", by_alias=True)


def operation(
    trigger: Trigger,
    *,
    needs: set[Access],
    every_minutes: int | None = None,
    memory_mb: int = 512,
    timeout_seconds: int = 60,
    layers: set[Layer] | None = None,
) -> Callable[[Callable[[Input], Output]], Operation]:
    """Declare the function below to be an operation. A schedule's own pace is the stage's."""

    def declare(code: Callable[[Input], Output]) -> Operation:
        return Operation(
            code,
            trigger=trigger,
            every_minutes=every_minutes,
            needs=needs,
            memory_mb=memory_mb,
            timeout_seconds=timeout_seconds,
            layers=layers or set(),
        )

    return declare

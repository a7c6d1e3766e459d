"""Steps of the workflow: one model in, one model out, and each can be run twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from shared.lambdas.access import Access, Layer
from shared.lambdas.declaration import Declaration
from shared.log import bind, logger

Input = TypeVar("Input", bound=BaseModel)
Output = TypeVar("Output", bound=BaseModel)


class StepModel(BaseModel):
    """What travels through the workflow: ids and small facts, never content. camelCase in JSON."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


class Step(Declaration, Generic[Input, Output]):
    """A step of the workflow. An error of ours reaches the state machine under its class's name."""

    decorator = "@step("

    def __call__(self, event: dict[str, Any], context: Any) -> Any:
        """Validate the input, run, and give the output as JSON."""
        (model,) = self.parameters.values()
        task = cast("type[Input]", model).model_validate(event)
        bind(context, self.name, task)
        logger().info("step started")
        result = cast("Output", self.code(task))
        return result.model_dump(mode="json", by_alias=True)


def step(
    *,
    needs: set[Access],
    memory_mb: int = 512,
    timeout_seconds: int = 60,
    layers: set[Layer] | None = None,
) -> Callable[[Callable[[Input], Output]], Step[Input, Output]]:
    """Declare the function below to be a step of the workflow."""

    def declare(code: Callable[[Input], Output]) -> Step[Input, Output]:
        return Step(
            code,
            needs=needs,
            memory_mb=memory_mb,
            timeout_seconds=timeout_seconds,
            layers=layers or set(),
        )

    return declare

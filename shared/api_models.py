"""What every JSON body of the API shares."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, PlainSerializer
from pydantic.alias_generators import to_camel


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


Amount: TypeAlias = Annotated[Decimal, PlainSerializer(_plain, return_type=str, when_used="json")]
"""US$ or credits in an answer: exact, as text, and without the zeros of the column that it comes from."""


class ApiModel(BaseModel):
    """camelCase in JSON, snake_case in code; nothing undeclared is taken."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class Answer(ApiModel):
    """The body of every success."""

    success: Literal[True] = True


class ErrorAnswer(ApiModel):
    """The body of every failure. `code` is stable; `error` is a sentence for people."""

    success: Literal[False] = False
    error: str
    code: str
    retryable: bool
    request_id: str
    details: Any = None

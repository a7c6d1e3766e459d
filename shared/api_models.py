"""What every JSON body of the API shares."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


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

"""Bodies and queries that a model takes, made of the model alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ValidationError

_FORMATS = {
    "uuid": str(UUID(int=1)),
    "date-time": "2999-01-01T00:00:00Z",
    "uri": "https://example.com/",
    "email": "ada@example.com",
}


def example(model: type[BaseModel], given: Mapping[str, Any]) -> dict[str, Any]:
    """As small as the model allows. Fields that `given` names have its values."""
    schema = model.model_json_schema(by_alias=True)
    for candidate in _candidates(schema, given):
        try:
            # As JSON, which is how a request comes.
            model.model_validate_json(json.dumps(candidate))
        except ValidationError:
            continue
        return candidate
    raise AssertionError(
        f"No example of {model.__name__} can be made of its fields: give it Field(examples=[…])."
    )


def _candidates(schema: dict[str, Any], given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    fields: dict[str, Any] = schema.get("properties", {})
    required = {name: given.get(name, _value(fields[name], schema)) for name in schema.get("required", [])}
    ours = {name: given[name] for name in fields if name in given}
    optional = {name: _value(each, schema) for name, each in fields.items() if name not in required}
    yield required | ours
    yield required
    for name, value in optional.items():
        yield required | ours | {name: value}
    for name, value in optional.items():
        yield required | {name: value}
    yield optional | required | ours


def _value(field: dict[str, Any], whole: dict[str, Any]) -> Any:
    """Something that a field takes."""
    if "$ref" in field:
        return _value(whole["$defs"][field["$ref"].rpartition("/")[2]], whole)
    said = [*field.get("examples", []), field.get("default"), field.get("const"), *field.get("enum", [])]
    if any(each is not None for each in said):
        return next(each for each in said if each is not None)
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in field:
            return _value(next(each for each in field[choice] if each.get("type") != "null"), whole)
    return _typed(field, whole)


def _typed(field: dict[str, Any], whole: dict[str, Any]) -> Any:
    match field.get("type"):
        case "object":
            names = field.get("required", [])
            return {name: _value(field["properties"][name], whole) for name in names}
        case "array":
            return [_value(field["items"], whole)] * max(1, field.get("minItems", 1))
        case "integer" | "number":
            return field.get("minimum", field.get("exclusiveMinimum", 0) + 1)
        case "boolean":
            return True
        case _:
            return _FORMATS.get(field.get("format", ""), "x" * max(3, field.get("minLength", 3)))

"""Reading a synthesized template the way a person would."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from shared.lambdas.access import Layer


@dataclass(frozen=True)
class Template:
    path: Path

    @cached_property
    def content(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
        return content

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = self.content["Resources"]
        return found

    def of_type(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        return ((name, each) for name, each in self.resources.items() if each["Type"] == kind)

    def only(self, kind: str) -> dict[str, Any]:
        ((_, found),) = self.of_type(kind)
        properties: dict[str, Any] = found["Properties"]
        return properties

    @cached_property
    def functions(self) -> dict[str, dict[str, Any]]:
        """Our own Lambdas, by their declarations' names."""
        return {
            each["Metadata"]["Storyreel"]["Name"]: each
            for _, each in self.of_type("AWS::Lambda::Function")
            if "Storyreel" in each.get("Metadata", {})
        }

    @cached_property
    def api_body(self) -> dict[str, Any]:
        body: dict[str, Any] = self.only("AWS::ApiGateway::RestApi")["Body"]
        return body

    def plain(self, value: Any) -> str:
        """An expression of the template as text: a resource by its logical id without the hash."""
        match value:
            case str():
                return value
            case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), str()]}:
                return re.sub(r"[0-9A-F]{8}$", "", name).replace("AWS::", "")
            case {"Fn::Join": [str(glue), list(parts)]}:
                return glue.join(self.plain(each) for each in parts)
        raise AssertionError(f"An expression that nobody expected: {value}")

    def rights(self, role: dict[str, Any]) -> dict[str, set[str]]:
        """What a role's own policies allow: action -> resources."""
        allowed: dict[str, set[str]] = {}
        for policy in role["Properties"]["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                if statement["Effect"] == "Deny":
                    continue
                for action in _several(statement["Action"]):
                    resources = {self.plain(each) for each in _several(statement["Resource"])}
                    allowed.setdefault(action, set()).update(resources)
        return allowed

    def role_of(self, function: dict[str, Any]) -> dict[str, Any]:
        return self.resources[function["Properties"]["Role"]["Fn::GetAtt"][0]]


def layers_of(template: Template, function: dict[str, Any]) -> set[Layer]:
    """The layers that a function gets."""
    return {
        Layer(template.plain(each).removeprefix("Layers").lower())
        for each in function["Properties"]["Layers"]
    }


def asset_of(template: Template) -> Path:
    """The folder with the code of all functions."""
    (key,) = {each["Properties"]["Code"]["S3Key"] for each in template.functions.values()}
    return template.path.parent / f"asset.{key.removesuffix('.zip')}"


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def table(rows: str) -> list[list[str]]:
    """A table in a test, as rows of cells; columns are two or more spaces apart."""
    return [re.split(r" {2,}", line.strip()) for line in rows.strip().splitlines()]

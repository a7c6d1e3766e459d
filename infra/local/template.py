"""A synthesized CloudFormation template, with its intrinsic functions resolved against the laptop."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from infra.local.environment import ACCOUNT, REGION
from infra.local.failures import StackFailed

_SUBSTITUTION = re.compile(r"\$\{(!?)([^}]+)\}")


class Unresolved(StackFailed):
    """The template uses something that has no counterpart on a laptop."""


class Template:
    """Resources by logical id. `attributes` says what each resource is here.

    `attributes[id]["Ref"]` is what Ref gives, `attributes[id]["Arn"]` what Fn::GetAtt of Arn does.
    """

    def __init__(self, content: Mapping[str, Any], stack_name: str) -> None:
        self.content = content
        self.stack_name = stack_name
        self.attributes: dict[str, dict[str, str]] = {}
        self._pseudo = {
            "AWS::Region": REGION,
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": stack_name,
            "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{stack_name}/local",
        }
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Join": self._join,
            "Fn::Sub": self._sub,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
        }

    @classmethod
    def read(cls, path: Path) -> Template:
        """The template in a file that is named `<stack>.template.json`."""
        content = json.loads(path.read_text(encoding="utf-8"))
        return cls(content, path.name.removesuffix(".template.json"))

    def resources(self, kind: str) -> dict[str, dict[str, Any]]:
        """Resources of a type, by logical id, unresolved."""
        found: dict[str, dict[str, Any]] = self.content.get("Resources", {})
        return {name: each for name, each in found.items() if each["Type"] == kind}

    def properties(self, logical_id: str) -> dict[str, Any]:
        """A resource's properties, resolved."""
        resolved: dict[str, Any] = self.resolve(self.content["Resources"][logical_id].get("Properties", {}))
        return resolved

    def resolve(self, value: Any) -> Any:
        """A value without intrinsic functions. Raises Unresolved for what the laptop does not have."""
        if isinstance(value, list):
            return [self.resolve(each) for each in value if not _is_no_value(each)]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (name,) = value
            if name in self._functions:
                return self._functions[name](value[name])
            if name.startswith("Fn::"):
                raise Unresolved(f"The template uses {name}, which the local stack does not know.")
        return {name: self.resolve(each) for name, each in value.items() if not _is_no_value(each)}

    def _ref(self, name: str) -> str:
        if name in self._pseudo:
            return self._pseudo[name]
        parameter = self.content.get("Parameters", {}).get(name)
        if parameter is not None and "Default" in parameter:
            return str(parameter["Default"])
        return self._attribute(name, "Ref")

    def _get_att(self, argument: Any) -> str:
        name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        return self._attribute(name, attribute)

    def _attribute(self, name: str, attribute: str) -> str:
        try:
            return self.attributes[name][attribute]
        except KeyError as error:
            kind = self.content.get("Resources", {}).get(name, {}).get("Type", "a resource that is not there")
            raise Unresolved(f"The template asks for {attribute} of {name}, {kind}.") from error

    def _join(self, argument: Any) -> str:
        separator, parts = argument
        return str(separator).join(str(each) for each in self.resolve(parts))

    def _split(self, argument: Any) -> list[str]:
        separator, text = argument
        return str(self.resolve(text)).split(separator)

    def _select(self, argument: Any) -> Any:
        index, values = argument
        return self.resolve(values)[int(self.resolve(index))]

    def _sub(self, argument: Any) -> str:
        text, names = (argument, {}) if isinstance(argument, str) else argument

        def replaced(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return f"${{{name}}}"
            if name in names:
                return str(self.resolve(names[name]))
            return self._get_att(name) if "." in name else self._ref(name)

        return _SUBSTITUTION.sub(replaced, text)


def _is_no_value(value: Any) -> bool:
    return bool(value == {"Ref": "AWS::NoValue"})

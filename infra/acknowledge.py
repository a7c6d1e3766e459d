"""What checkers find and we mean: each finding with its reason, said where the resource is made.

The notes go into the cloud assembly beside the template. `infra.checks` compares them with what cdk-nag,
checkov and cfn-lint find: a finding without a note is refused, and so is a note that no finding needs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from constructs import IConstruct

_NOTE = "storyreel:acknowledged"
_LOGICAL_ID = "aws:cdk:logicalId"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A rule that one resource breaks. `resource` is its path in the construct tree."""

    resource: str
    rule: str

    def __str__(self) -> str:
        return f"{self.rule} {self.resource}"


def acknowledge(construct: IConstruct, reason: str, *rules: str) -> None:
    """Say why rules do not apply to a resource: a construct's main one.

    `rules` are the checkers' names: `AwsSolutions-S1`, `Serverless-LambdaDLQ`, `CKV_AWS_18`, `W3005`. Where
    there are more, they are the same thing in several checkers' words.
    """
    main_resource(construct).node.add_metadata(_NOTE, {"reason": reason, "rules": list(rules)})


def main_resource(construct: IConstruct) -> cdk.CfnResource:
    """What a construct is in the template."""
    resource = construct if isinstance(construct, cdk.CfnResource) else construct.node.default_child
    if not isinstance(resource, cdk.CfnResource):
        raise TypeError(f"{construct.node.path} has no main resource.")
    return resource


@dataclass(frozen=True, slots=True)
class Notes:
    """What an assembly says of a stack's resources."""

    reasons: Mapping[Finding, str]
    paths: Mapping[str, str]
    """By logical id."""

    @classmethod
    def read(cls, template: Path) -> Notes:
        """Those beside a template. Two reasons for the same are one too many: raises ValueError."""
        path = template.with_name(template.name.replace(".template.", ".metadata."))
        content: dict[str, list[dict[str, Any]]] = json.loads(path.read_text(encoding="utf-8"))
        reasons: dict[Finding, str] = {}
        paths = {}
        for name, entries in content.items():
            resource = name.removeprefix("/")
            for each in entries:
                if each["type"] == _LOGICAL_ID:
                    paths[each["data"]] = resource
                if each["type"] == _NOTE:
                    for rule in each["data"]["rules"]:
                        if Finding(resource, rule) in reasons:
                            raise ValueError(f"{rule} is acknowledged twice for {resource}.")
                        reasons[Finding(resource, rule)] = each["data"]["reason"]
        return cls(reasons, paths)

    def resource_at(self, path: str) -> str:
        """The path of a construct's main resource."""
        main = f"{path}/Resource"
        return main if main in self.paths.values() else path

    def unacknowledged(self, found: Iterable[Finding]) -> list[Finding]:
        """The findings that nobody gave a reason for."""
        return sorted(set(found) - self.reasons.keys())

    def needless(self, found: Iterable[Finding]) -> list[Finding]:
        """What has a reason, and is not found: leftovers."""
        return sorted(self.reasons.keys() - set(found))

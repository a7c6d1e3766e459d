"""What each function's role allows, as the template says it, and the credentials that it is known by."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from infra.local.blueprint import Blueprint
from infra.local.environment import ACCESS_KEY, ACCOUNT, SECRET_KEY
from infra.local.policies import several

_KEY_PREFIX = "local-function-"
_CREDENTIAL = re.compile(r"Credential=([^/\s]+)/")


def credentials_of(function: str) -> dict[str, str]:
    """The variables with which a function signs its calls to AWS: as itself."""
    return {"AWS_ACCESS_KEY_ID": f"{_KEY_PREFIX}{function}", "AWS_SECRET_ACCESS_KEY": SECRET_KEY}


def function_of(access_key: str) -> str | None:
    """The function that has an access key."""
    return access_key.removeprefix(_KEY_PREFIX) if access_key.startswith(_KEY_PREFIX) else None


def caller_of(headers: Mapping[str, str]) -> str | None:
    """The function that signed a request, if one did."""
    key = access_key_of(headers)
    return None if key is None else function_of(key)


def access_key_of(headers: Mapping[str, str]) -> str | None:
    """The access key that a request is signed with."""
    found = _CREDENTIAL.search(headers.get("Authorization", ""))
    return None if found is None else found[1]


def denial(function: str, action: str, resource: str) -> str:
    """What AWS says of an action that a function's role does not allow."""
    role = f"arn:aws:sts::{ACCOUNT}:assumed-role/{function}/{function}"
    return (
        f"User: {role} is not authorized to perform: {action} on resource: {resource} "
        f"because no identity-based policy allows the {action} action"
    )


@dataclass(frozen=True, slots=True)
class Rights:
    """By function: the statements of its role that are about some services."""

    statements: Mapping[str, list[dict[str, Any]]]

    @classmethod
    def read(cls, blueprint: Blueprint, *services: str) -> Rights:
        """Those in the template. What the statements name must have been placed."""
        prefixes = tuple(f"{each}:" for each in services)
        return cls(
            {name: list(_statements(blueprint, role, prefixes)) for name, role in blueprint.roles.items()}
        )

    def s3_configuration(self) -> dict[str, Any]:
        """The S3 server's own form of them, with the stack's key, which may do anything."""
        stack = {
            "name": "stack",
            "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
            "actions": ["Admin"],
        }
        return {
            "identities": [stack, *(_identity(name) for name in self.statements)],
            "policies": [
                {"name": name, "content": _document(each)} for name, each in self.statements.items()
            ],
        }


def _statements(
    blueprint: Blueprint, role: Mapping[str, Any], prefixes: tuple[str, ...]
) -> Iterable[dict[str, Any]]:
    for policy in role.get("Policies", []):
        for statement in policy["PolicyDocument"]["Statement"]:
            actions = [each for each in several(statement["Action"]) if each.startswith(prefixes)]
            if actions:
                yield blueprint.template.resolve({**statement, "Action": actions})


def _identity(function: str) -> dict[str, Any]:
    variables = credentials_of(function)
    credentials = {
        "accessKey": variables["AWS_ACCESS_KEY_ID"],
        "secretKey": variables["AWS_SECRET_ACCESS_KEY"],
    }
    return {
        "name": function,
        "credentials": [credentials],
        "policyNames": [function],
        # The policy alone decides; but who posts a form is first asked for this right of the server's own.
        "actions": ["Write"],
    }


def _document(statements: list[dict[str, Any]]) -> str:
    nothing = [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]
    return json.dumps({"Version": "2012-10-17", "Statement": statements or nothing})

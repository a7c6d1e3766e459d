"""Whether statements of IAM policies allow a call. As IAM decides: a denial counts more than a permission."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from infra.local.failures import StackFailed

_KNOWN = {"Sid", "Effect", "Action", "Resource"}


def allows(statements: Iterable[Mapping[str, Any]], action: str, resource: str) -> bool:
    """Whether an action on a resource is allowed. `statements` as in a policy, without intrinsic functions.

    Raises StackFailed for what this does not weigh: conditions, and what is put in the negative.
    """
    effects = {each["Effect"] for each in statements if _matches(each, action, resource)}
    return effects == {"Allow"}


def _matches(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    unknown = statement.keys() - _KNOWN
    if unknown:
        raise StackFailed(f"A policy has {', '.join(sorted(unknown))}, which the local stack does not weigh.")
    return any(_fits(each.lower(), action.lower()) for each in several(statement["Action"])) and any(
        _fits(each, resource) for each in several(statement["Resource"])
    )


def several(value: Any) -> list[Any]:
    """One value, or a list of them, as a list."""
    return value if isinstance(value, list) else [value]


def _fits(pattern: str, text: str) -> bool:
    return _expression(pattern).fullmatch(text) is not None


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    wild = {"*": ".*", "?": "."}
    return re.compile("".join(wild.get(each, re.escape(each)) for each in pattern), re.DOTALL)

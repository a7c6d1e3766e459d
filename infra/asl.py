"""The workflow as it is written in `make_video.asl.yaml`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from infra import ROOT

DEFINITION = ROOT / "infra" / "make_video.asl.yaml"
_STEP = re.compile(r"\$\{(\w+)\}")


@cache
def definition() -> Mapping[str, Any]:
    """The state machine, with `${step}` where a Lambda's ARN belongs."""
    content: dict[str, Any] = yaml.safe_load(DEFINITION.read_text(encoding="utf-8"))
    return content


def steps_called() -> set[str]:
    """The names of the steps that the workflow calls."""
    return set(_STEP.findall(json.dumps(definition())))


def with_arns(text: str, arn: str) -> str:
    """A definition's text with an ARN for each step: `arn` has the step's name at `{step}`."""
    return _STEP.sub(lambda found: arn.format(step=found[1]), text)


def check_steps(declared: set[str]) -> None:
    """Refuse a workflow that calls a step that nobody declares, or never calls a declared one."""
    called = steps_called()
    if called != declared:
        raise ValueError(
            f"{DEFINITION.name} calls undeclared steps {sorted(called - declared)} "
            f"and leaves out {sorted(declared - called)}."
        )

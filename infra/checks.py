"""Everything that can be said of the stack without deploying it, by others' rules.

    python -m infra.checks [STAGE ...]      all stages: synthesis, cdk-nag, cfn-lint, checkov, asl-validator

Needs no credentials, and no network once the tools are installed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from infra import ROOT
from infra.asl import definition, with_arns
from infra.checkov import CheckovMissing, Finding, findings, needless, unacknowledged
from infra.node_tools import NodeToolMissing, command
from infra.packages import report
from infra.stack import Declared
from infra.stages import STAGES, Stage, stage_named
from infra.synth import SynthesisFailed, run_app

_OUT = ROOT / ".cache" / "checks"
_SECONDS = 300

# W3005: the CDK writes a dependency on a role that a GetAtt says already; it does no harm.
_CFN_LINT_IGNORES = ["W3005"]


class CheckFailed(RuntimeError):
    """A checker found something; the message is its report."""


def synthesized(stage: Stage) -> Path:
    """The stage's template, made under cdk-nag's rules. Raises SynthesisFailed."""
    out = _OUT / stage.name
    shutil.rmtree(out, ignore_errors=True)
    run_app(stage.name, out, bundle_layers=False, nag=True)
    return out / f"{stage.stack_name}.template.json"


def lint(template: Path) -> None:
    """cfn-lint: the template against CloudFormation's own schemas. Raises CheckFailed."""
    program = Path(sys.executable).with_name("cfn-lint")
    _run([str(program), "--ignore-checks", *_CFN_LINT_IGNORES, "--template", str(template)])


def scan(template: Path) -> list[Finding]:
    """checkov: every finding must have been acknowledged. Raises CheckFailed; returns the findings."""
    found = findings(template)
    left = unacknowledged(found)
    if left:
        raise CheckFailed("checkov finds:\n" + "\n".join(map(str, left)))
    return found


def _refuse_leftovers(found: Sequence[Finding]) -> None:
    left = needless(found)
    if left:
        rules = "\n".join(f"{each.rule} {each.resources}" for each in left)
        raise CheckFailed(f"Nothing that checkov finds is meant by these in infra/checkov.py:\n{rules}")


def validate_workflow() -> None:
    """asl-validator: the workflow, with ARNs where its steps are named. Raises CheckFailed."""
    path = _OUT / "make_video.asl.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    arn = "arn:aws:lambda:us-east-1:123456789012:function:{step}"
    path.write_text(with_arns(json.dumps(definition()), arn), encoding="utf-8")
    _run([*command("asl-validator"), "--json-path", str(path)])


def _run(arguments: Sequence[str]) -> None:
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, timeout=_SECONDS, check=False)
    if done.returncode != 0:
        raise CheckFailed(f"{done.stdout}\n{done.stderr}".strip())


def _main() -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.checks", description="Check the stack.")
    parser.add_argument("stages", nargs="*", default=list(STAGES), help="all, unless some are named")
    stages = parser.parse_args().stages
    found: list[Finding] = []
    try:
        _say(report(Declared.found()))
        validate_workflow()
        _say("asl-validator: the workflow is valid")
        for stage in map(stage_named, stages):
            template = synthesized(stage)
            resources = len(json.loads(template.read_text(encoding="utf-8"))["Resources"])
            _say(f"{stage.name}: synthesized, {resources} resources; cdk-nag has nothing to say")
            lint(template)
            _say(f"{stage.name}: cfn-lint has nothing to say")
            found += scan(template)
            _say(f"{stage.name}: checkov says nothing that is not acknowledged")
        if set(stages) == set(STAGES):
            _refuse_leftovers(found)
    except (CheckFailed, CheckovMissing, NodeToolMissing, SynthesisFailed) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(_main())

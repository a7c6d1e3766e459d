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
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from infra import ROOT, checkov
from infra.acknowledge import Finding, Notes
from infra.asl import definition, with_arns
from infra.node_tools import NodeToolMissing, command
from infra.packages import report
from infra.stack import Declared
from infra.stages import STAGES, Stage, UnknownStage, stage_named
from infra.synth import NAG_REPORT, SynthesisFailed, run_app

_OUT = ROOT / ".cache" / "checks"
_SECONDS = 300

Checker = Callable[[Path, Notes], Iterator[Finding]]


class CheckFailed(RuntimeError):
    """A checker found something; the message is its report."""


def synthesized(stage: Stage) -> Path:
    """The stage's template, with a report of cdk-nag's findings beside it. Raises SynthesisFailed."""
    out = _OUT / stage.name
    shutil.rmtree(out, ignore_errors=True)
    run_app(stage.name, out, bundle_layers=False, nag=True)
    return out / f"{stage.stack_name}.template.json"


def _nag(template: Path, notes: Notes) -> Iterator[Finding]:
    """cdk-nag: AWS Solutions and Serverless, and the CDK's own warnings."""
    report = json.loads(template.with_name(NAG_REPORT).read_text(encoding="utf-8"))
    for plugin in report["pluginReports"]:
        for each in plugin["violations"]:
            for at in each["violatingConstructs"]:
                yield Finding(notes.resource_at(at["constructPath"]), each["ruleName"])


def _checkov(template: Path, notes: Notes) -> Iterator[Finding]:
    """Checkov."""
    for rule, logical_id in checkov.findings(template):
        yield Finding(notes.paths[logical_id], rule)


def _cfn_lint(template: Path, notes: Notes) -> Iterator[Finding]:
    """cfn-lint: the template against CloudFormation's own schemas. Raises CheckFailed."""
    program = Path(sys.executable).with_name("cfn-lint")
    done = _done([str(program), "--format=json", "--template", str(template)])
    try:
        matches = json.loads(done.stdout)
    except ValueError as error:
        raise CheckFailed(f"cfn-lint did not do its part: {done.stderr[-2000:]}") from error
    for each in matches:
        place = each["Location"]["Path"] or [""]
        resource = notes.paths.get(str(place[1])) if place[0] == "Resources" else None
        yield Finding(resource or f"{place}: {each['Message']}", each["Rule"]["Id"])


CHECKERS: dict[str, Checker] = {"cdk-nag": _nag, "cfn-lint": _cfn_lint, "checkov": _checkov}


def examine(template: Path) -> Iterator[str]:
    """Every checker's findings against the notes of the template; yields what to tell. Raises CheckFailed."""
    notes = Notes.read(template)
    found: set[Finding] = set()
    for name, checker in CHECKERS.items():
        its = set(checker(template, notes))
        if left := notes.unacknowledged(its):
            raise CheckFailed(f"{name} finds, and nobody says why that is meant:\n{_lines(left)}")
        found |= its
        yield f"{name} finds {len(its)} times what has a reason, and nothing else"
    if left := notes.needless(found):
        raise CheckFailed(f"This is acknowledged, and nobody finds it:\n{_lines(left)}")


def _lines(findings: Sequence[Finding]) -> str:
    return "\n".join(map(str, findings))


def validate_workflow() -> None:
    """asl-validator: the workflow, with ARNs where its steps are named. Raises CheckFailed."""
    path = _OUT / "make_video.asl.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    arn = "arn:aws:lambda:us-east-1:123456789012:function:{step}"
    path.write_text(with_arns(json.dumps(definition()), arn), encoding="utf-8")
    _run([*command("asl-validator"), "--json-path", str(path)])


def _run(arguments: Sequence[str]) -> None:
    done = _done(arguments)
    if done.returncode != 0:
        raise CheckFailed(f"{done.stdout}\n{done.stderr}".strip())


def _done(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, timeout=_SECONDS, check=False)


def _main() -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.checks", description="Check the stack.")
    parser.add_argument("stages", nargs="*", default=list(STAGES), help="all, unless some are named")
    stages = parser.parse_args().stages
    try:
        _say(report(Declared.found()))
        validate_workflow()
        _say("asl-validator: the workflow is valid")
        for stage in map(stage_named, stages):
            template = synthesized(stage)
            resources = len(json.loads(template.read_text(encoding="utf-8"))["Resources"])
            _say(f"{stage.name}: synthesized, {resources} resources")
            for sentence in examine(template):
                _say(f"{stage.name}: {sentence}")
    except (CheckFailed, checkov.CheckovMissing, NodeToolMissing, SynthesisFailed, UnknownStage) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(_main())

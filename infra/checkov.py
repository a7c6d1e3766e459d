"""checkov over a template, offline, in an environment of its own: it wants other versions than the project.

Its packages and their hashes stand in `infra/tools/checkov.txt`; they are installed into `.cache` on first
use, which needs the network once.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra import ROOT

_LOCK = ROOT / "infra" / "tools" / "checkov.txt"
_INSTALLED = ROOT / ".cache" / "checkov"
_INSTALL_SECONDS = 600
_RUN_SECONDS = 300


class CheckovMissing(RuntimeError):
    """checkov is not there and cannot be installed; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that one resource breaks. `resource` is type and name: `AWS::SNS::Topic.Alarms0A1B`."""

    rule: str
    title: str
    resource: str

    def __str__(self) -> str:
        return f"{self.rule} {self.resource}: {self.title}"


@dataclass(frozen=True, slots=True)
class Skip:
    """A rule that does not apply to some resources, and why. `resources` is a pattern of type and name."""

    rule: str
    resources: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        """Whether this finding is one of those."""
        return finding.rule == self.rule and re.fullmatch(self.resources, finding.resource) is not None


_CUSTOM = r"AWS::Lambda::Function\.(Custom|AWSCDKTrigger)\w+"
_OURS = r"AWS::Lambda::Function\.Functions\w+"
_DATABASE = r"AWS::RDS::DBInstance\.\w+"

SKIPS = (
    Skip(
        "CKV_AWS_111",
        r"AWS::IAM::Role\.Functions\w+",
        "The network interfaces of a VPC function and X-Ray's segments know no ARNs to name.",
    ),
    Skip(
        "CKV_AWS_115",
        _CUSTOM,
        "The CDK's own helpers run during a deployment alone.",
    ),
    Skip(
        "CKV_AWS_115",
        _OURS,
        "Reserved where a function holds connections and the stage says so. A new account's quota of 10 "
        "leaves dev nothing to reserve; what touches no database may run as often as it is asked to.",
    ),
    Skip(
        "CKV_AWS_116",
        _CUSTOM,
        "CloudFormation waits for the helper's answer and fails the deployment without one.",
    ),
    Skip(
        "CKV_AWS_116",
        _OURS,
        "Somebody waits for the answer: API Gateway, Step Functions, a deployment. What nobody waits for has "
        "a dead-letter queue.",
    ),
    Skip("CKV_AWS_117", _CUSTOM, "The CDK's own helpers call AWS and touch nothing in the network."),
    Skip(
        "CKV_AWS_117",
        r"AWS::Lambda::Function\.FunctionsGet(Docs|Health|Openapi)\w+",
        "They touch nothing in the network, and start faster outside of it.",
    ),
    Skip(
        "CKV_AWS_118",
        _DATABASE,
        "CloudWatch's metrics of the instance and the alarm on them say enough for one database.",
    ),
    Skip(
        "CKV_AWS_120",
        r"AWS::ApiGateway::Stage\.\w+",
        "Answers are a caller's own and change by the second: there is nothing to cache.",
    ),
    Skip(
        "CKV_AWS_149",
        r"AWS::SecretsManager::Secret\.\w+",
        "Encrypted with the account's key for Secrets Manager; a key of our own would cost a dollar a month "
        "and open to the same roles.",
    ),
    Skip(
        "CKV_AWS_157",
        _DATABASE,
        "A stage to try things on may be down while RDS repairs it; prod is Multi-AZ.",
    ),
    Skip(
        "CKV_AWS_158",
        r"AWS::Logs::LogGroup\.\w+",
        "CloudWatch encrypts every log group; the logs hold ids, and neither content nor secrets.",
    ),
    Skip(
        "CKV_AWS_161",
        _DATABASE,
        "The two roles of the database have generated passwords; IAM's tokens of 15 minutes would make every "
        "connection wait for one.",
    ),
    Skip(
        "CKV_AWS_173",
        _OURS,
        "Variables hold names and ARNs, never a secret, and Lambda encrypts them with its own key.",
    ),
    Skip(
        "CKV_AWS_18",
        r"AWS::S3::Bucket\.Media\w+",
        "Server access logs would keep the signatures of presigned URLs.",
    ),
    Skip(
        "CKV_AWS_21",
        r"AWS::S3::Bucket\.Media\w+",
        "A key is written once, under a name of its own; and what a user deletes must be gone.",
    ),
    Skip(
        "CKV_AWS_26",
        r"AWS::SNS::Topic\.MonitoringAlarms\w+",
        "CloudWatch cannot publish to a topic under SNS's own key, and an alarm tells of numbers alone.",
    ),
    Skip(
        "CKV_AWS_27",
        r"AWS::SQS::Queue\.DeadLetters\w+",
        "Encrypted with SQS's own key, which this rule does not see.",
    ),
)


def findings(template: Path) -> list[Finding]:
    """What checkov finds in a template. Raises CheckovMissing, and RuntimeError for what it cannot read."""
    flags = ["--framework=cloudformation", "--skip-download", "--quiet", "--compact", "--output=json"]
    done = subprocess.run(
        [str(_program()), *flags, "--file", str(template)],
        cwd=_INSTALLED,  # in the project it would take up a configuration
        env={"HOME": str(_INSTALLED), "PATH": "/usr/bin:/bin", "LOG_LEVEL": "ERROR"},
        capture_output=True,
        text=True,
        timeout=_RUN_SECONDS,
        check=False,
    )
    try:
        report: dict[str, Any] = json.loads(done.stdout)
        understood = report["summary"]["resource_count"] and not report["summary"]["parsing_errors"]
        failed = report["results"]["failed_checks"]
    except (ValueError, KeyError, TypeError) as error:
        raise RuntimeError(f"checkov did not do its part: {done.stderr[-2000:]}") from error
    if not understood:
        raise RuntimeError(f"checkov could not read {template}: {done.stderr[-2000:]}")
    return [Finding(each["check_id"], each["check_name"], each["resource"]) for each in failed]


def unacknowledged(found: Iterable[Finding], skips: Sequence[Skip] = SKIPS) -> list[Finding]:
    """The findings that no skip covers."""
    return [each for each in found if not any(skip.covers(each) for skip in skips)]


def needless(found: Sequence[Finding], skips: Sequence[Skip] = SKIPS) -> list[Skip]:
    """The skips that cover nothing that was found: leftovers."""
    return [skip for skip in skips if not any(skip.covers(each) for each in found)]


def _program() -> Path:
    program = _INSTALLED / "bin" / "checkov"
    mark = _INSTALLED / "installed.sha256"
    wanted = hashlib.sha256(_LOCK.read_bytes()).hexdigest()
    if not (program.exists() and mark.exists() and mark.read_text(encoding="utf-8") == wanted):
        shutil.rmtree(_INSTALLED, ignore_errors=True)
        _uv("venv", "--quiet", f"--python={sys.executable}", str(_INSTALLED))
        target = f"--python={_INSTALLED / 'bin' / 'python'}"
        _uv("pip", "install", "--quiet", target, "--require-hashes", f"--requirements={_LOCK}")
        mark.write_text(wanted, encoding="utf-8")
    return program


def _uv(*arguments: str) -> None:
    command = [sys.executable, "-m", "uv", *arguments]
    try:
        subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=True
        )
    except subprocess.CalledProcessError as error:
        raise CheckovMissing(
            f"uv could not install checkov: {error.stderr[-2000:].strip()}\n"
            "The first time, this needs the network."
        ) from error
    except subprocess.TimeoutExpired as error:
        raise CheckovMissing(f"uv took over {_INSTALL_SECONDS} s: is the network there?") from error

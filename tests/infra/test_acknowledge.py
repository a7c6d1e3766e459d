from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from infra.acknowledge import Finding, Notes
from infra.checks import CHECKERS, CheckFailed, examine
from tests.infra.reading import Template

TOPIC = Finding("stack/Alarms/Resource", "CKV_AWS_26")


def written(tmp_path: Path, *notes: tuple[list[str], str]) -> Path:
    """A template whose one topic has these notes."""
    entries: list[dict[str, object]] = [{"type": "aws:cdk:logicalId", "data": "Alarms0A"}]
    entries += [
        {"type": "storyreel:acknowledged", "data": {"rules": rules, "reason": reason}}
        for rules, reason in notes
    ]
    content = {"/stack/Alarms/Resource": entries}
    (tmp_path / "stack.metadata.json").write_text(json.dumps(content), encoding="utf-8")
    return tmp_path / "stack.template.json"


def found_by(monkeypatch: pytest.MonkeyPatch, *findings: Finding) -> None:
    for name in CHECKERS:
        monkeypatch.setitem(CHECKERS, name, lambda template, notes: iter(()))  # noqa: ARG005 - finds nothing
    monkeypatch.setitem(CHECKERS, "checkov", lambda template, notes: iter(findings))  # noqa: ARG005


def test_a_finding_with_a_reason_is_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found_by(monkeypatch, TOPIC)
    template = written(tmp_path, (["CKV_AWS_26"], "It tells of numbers alone."))
    assert [each.partition(" finds")[0] for each in examine(template)] == ["cdk-nag", "cfn-lint", "checkov"]


@pytest.mark.parametrize(
    "other", [Finding(TOPIC.resource, "CKV_AWS_27"), Finding("stack/Payments/Resource", TOPIC.rule)]
)
def test_a_finding_of_another_rule_or_resource_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: Finding
) -> None:
    found_by(monkeypatch, TOPIC, other)
    template = written(tmp_path, (["CKV_AWS_26"], "It tells of numbers alone."))
    with pytest.raises(CheckFailed, match=f"{other.rule} {other.resource}"):
        list(examine(template))


def test_a_reason_that_no_finding_needs_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found_by(monkeypatch)
    template = written(tmp_path, (["CKV_AWS_26"], "It tells of numbers alone."))
    with pytest.raises(CheckFailed, match="nobody finds it:\nCKV_AWS_26 stack/Alarms/Resource"):
        list(examine(template))


def test_a_finding_has_one_reason(tmp_path: Path) -> None:
    template = written(tmp_path, (["CKV_AWS_26"], "One."), (["CKV_AWS_26"], "Another."))
    with pytest.raises(ValueError, match="acknowledged twice"):
        Notes.read(template)


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_every_acknowledged_finding_names_one_resource_and_has_a_reason_of_its_own(
    stage: str, request: pytest.FixtureRequest
) -> None:
    template: Template = request.getfixturevalue(stage)
    notes = Notes.read(template.path)
    given = Counter((finding.rule, reason) for finding, reason in notes.reasons.items())
    assert len(notes.reasons) > 500
    assert {each.resource for each in notes.reasons} <= set(notes.paths.values())
    assert [each for each, count in given.items() if count > 1] == []


def _of_rule(template: Template, rule: str) -> set[str]:
    reasons = Notes.read(template.path).reasons
    return {
        each.resource.split("/")[-3]
        for each in reasons
        if each.rule == rule and "/Functions/" in each.resource
    }


def test_what_nobody_waits_for_has_no_excuse_to_be_without_dead_letters(dev: Template) -> None:
    """Awaited is what API Gateway, Step Functions or a deployment invoke, and what a person does."""
    excused = _of_rule(dev, "CKV_AWS_116")
    by_hand = {
        name
        for name, each in dev.functions.items()
        if each["Metadata"]["Storyreel"].get("Trigger") in {"hand", "deploy"}
    }
    awaited = {
        name for name, each in dev.functions.items() if each["Metadata"]["Storyreel"]["Kind"] != "operation"
    }
    assert excused == {"".join(part.capitalize() for part in name.split("_")) for name in awaited | by_hand}
    for name in dev.functions.keys() - awaited - by_hand:
        assert (
            dev.plain(dev.functions[name]["Properties"]["DeadLetterConfig"]["TargetArn"])
            == "DeadLettersQueue"
        )


def test_alarms_may_speak_to_their_topic(dev: Template, prod: Template) -> None:
    for template in (dev, prod):
        statements = template.only("AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
        (allowed,) = [each for each in statements if each["Effect"] == "Allow"]
        assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
        assert allowed["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
        assert "sns:Publish" in allowed["Action"]

from __future__ import annotations

from collections import Counter

from infra.checkov import SKIPS, Finding, Skip, needless, unacknowledged

TOPIC = Finding(
    "CKV_AWS_26", "Ensure all data stored in the SNS topic is encrypted", "AWS::SNS::Topic.Alarms0A"
)
SKIP = Skip("CKV_AWS_26", r"AWS::SNS::Topic\.Alarms\w+", "It tells of numbers alone.")


def test_a_finding_that_nobody_acknowledged_is_left() -> None:
    other = Finding("CKV_AWS_26", TOPIC.title, "AWS::SNS::Topic.Payments0A")
    third = Finding("CKV_AWS_27", "Another rule", TOPIC.resource)
    assert unacknowledged([TOPIC, other, third], [SKIP]) == [other, third]


def test_an_acknowledgment_covers_whole_names_alone() -> None:
    longer = Finding("CKV_AWS_26", TOPIC.title, f"Custom::{TOPIC.resource}")
    assert unacknowledged([longer], [SKIP]) == [longer]


def test_an_acknowledgment_of_nothing_is_a_leftover() -> None:
    assert needless([TOPIC], [SKIP]) == []
    assert needless([], [SKIP]) == [SKIP]


def test_every_acknowledgment_names_its_resources_and_has_its_own_reason() -> None:
    assert [each for each in SKIPS if not each.resources.startswith("AWS::")] == []
    assert [reason for reason, count in Counter(each.reason for each in SKIPS).items() if count > 1] == []

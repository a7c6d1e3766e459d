from __future__ import annotations

import pytest

from infra.local.failures import StackFailed
from infra.local.policies import allows

READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::media/*"}
STOP = {
    "Effect": "Allow",
    "Action": ["states:StopExecution", "states:DescribeExecution"],
    "Resource": ["arn:aws:states:us-east-1:1:execution:make_video:*"],
}


@pytest.mark.parametrize(
    ("action", "resource", "allowed"),
    [
        ("s3:GetObject", "arn:aws:s3:::media/user/video/clip.mp4", True),
        ("S3:getobject", "arn:aws:s3:::media/a", True),
        ("s3:PutObject", "arn:aws:s3:::media/a", False),
        ("s3:GetObject", "arn:aws:s3:::media", False),
        ("s3:GetObject", "arn:aws:s3:::others/media/a", False),
        ("states:StopExecution", "arn:aws:states:us-east-1:1:execution:make_video:x-1", True),
        ("states:StartExecution", "arn:aws:states:us-east-1:1:execution:make_video:x-1", False),
        ("states:StopExecution", "arn:aws:states:us-east-1:1:execution:make_videos:x-1", False),
    ],
)
def test_what_no_statement_allows_is_refused(action: str, resource: str, allowed: bool) -> None:  # noqa: FBT001
    assert allows([READ, STOP], action, resource) is allowed


def test_wildcards_stand_for_any_and_for_one_character() -> None:
    every = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::media-?/*"}
    assert allows([every], "s3:DeleteObject", "arn:aws:s3:::media-1/a")
    assert not allows([every], "s3:DeleteObject", "arn:aws:s3:::media-12/a")


def test_other_signs_in_a_pattern_stand_for_themselves() -> None:
    one = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::media/a.b"}
    assert not allows([one], "s3:GetObject", "arn:aws:s3:::media/a+b")


def test_a_denial_counts_more_than_a_permission() -> None:
    denied = {**READ, "Effect": "Deny", "Resource": "arn:aws:s3:::media/secret/*"}
    assert allows([READ, denied], "s3:GetObject", "arn:aws:s3:::media/a")
    assert not allows([READ, denied], "s3:GetObject", "arn:aws:s3:::media/secret/a")


def test_nothing_is_allowed_without_a_statement() -> None:
    assert not allows([], "s3:GetObject", "arn:aws:s3:::media/a")


def test_a_condition_is_not_passed_over_in_silence() -> None:
    conditional = {**READ, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}
    with pytest.raises(StackFailed, match="Condition"):
        allows([conditional], "s3:GetObject", "arn:aws:s3:::media/a")

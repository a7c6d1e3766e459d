"""Log groups: each with a name that people find and an end to what it keeps."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.acknowledge import acknowledge
from infra.stages import Stage

_RETENTION = {
    7: logs.RetentionDays.ONE_WEEK,
    30: logs.RetentionDays.ONE_MONTH,
    90: logs.RetentionDays.THREE_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
}


def log_group(scope: Construct, *, stage: Stage, name: str, holds: str) -> logs.LogGroup:
    """A log group that keeps as long as the stage says and goes with the stack; `holds` says what."""
    group = logs.LogGroup(
        scope,
        "Logs",
        log_group_name=name,
        retention=_RETENTION[stage.log_retention_days],
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    acknowledge(
        group,
        f"It holds {holds}, and neither content nor secrets: CloudWatch's own encryption is enough.",
        "CKV_AWS_158",
    )
    return group

"""Rules of cdk-nag that do not apply, each with its reason, said where the resource is made."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import IConstruct


def acknowledge(construct: IConstruct, rule: str, reason: str, *, pack: str = "AwsSolutions") -> None:
    """Say why a rule of a pack does not apply to a construct and what is in it. `rule` is as in `IAM5`."""
    acknowledgment = cdk.Acknowledgment(id=f"{pack}-{rule}", reason=reason)
    cdk.Validations.of(construct).acknowledge(acknowledgment)

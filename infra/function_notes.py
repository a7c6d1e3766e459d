"""What checkers find about every function and is meant: each time with the reason of that function."""

from __future__ import annotations

from collections.abc import Iterable

from aws_cdk import aws_iam as iam, aws_lambda as lambda_

from infra.access import Grant
from infra.acknowledge import acknowledge
from infra.connections import connections_of, reserved_concurrency
from infra.stages import Stage
from shared.lambdas.declaration import Declaration
from shared.lambdas.endpoint import Endpoint
from shared.lambdas.operation import Operation, Trigger


def acknowledge_function(function: lambda_.Function, declared: Declaration, stage: Stage) -> None:
    """The findings about a function itself."""
    name = declared.name
    layers = ", ".join(sorted(declared.layers))
    acknowledge(
        function,
        f"The layers of {name} ({layers}) hold wheels for Python 3.13: runtime and wheels change together.",
        *("AwsSolutions-L1", "Serverless-LambdaLatestVersion"),
    )
    told = ", ".join(sorted(declared.needs)) or "the stage alone"
    acknowledge(
        function,
        f"Variables tell {name} of {told}, in names and ARNs and never a secret: Lambda's own key is enough.",
        "CKV_AWS_173",
    )
    if (waits := _who_waits(declared)) is not None:
        acknowledge(function, waits, "CKV_AWS_116", "Serverless-LambdaDLQ")
    if reserved_concurrency(stage, declared) is None:
        acknowledge(function, _why_unreserved(stage, declared), "CKV_AWS_115")
    if name in stage.snap_start:
        reason = f"The alias of {name} is of a published version, and that is what is invoked."
        acknowledge(function, reason, "Annotation::@aws-cdk/aws-lambda:snapStartRequirePublish")
    if not connections_of(declared):
        reason = f"{name} answers from its own package, and starts faster outside of a VPC."
        acknowledge(function, reason, "CKV_AWS_117")


def acknowledge_role(
    role: iam.IRole, declared: Declaration, grants: Iterable[Grant], *, private: bool
) -> None:
    """The findings about a function's role."""
    interfaces = ", and network interfaces in a VPC," if private else ""
    nameless = f"X-Ray's segments of {declared.name}{interfaces} have no ARNs that a role could name."
    acknowledge(role, nameless, "AwsSolutions-IAM5[Resource::*]", "Serverless-LambdaStarPermissions")
    if private:
        acknowledge(role, nameless, "CKV_AWS_111")
    for wildcard, reason in {name: text for each in grants for name, text in each.wildcards.items()}.items():
        acknowledge(role, f"{declared.name}: {reason}", f"AwsSolutions-IAM5[{wildcard}]")


def _who_waits(declared: Declaration) -> str | None:
    """Who learns of an invocation's error; None where nobody does: then it goes to the dead letters."""
    name = declared.name
    if isinstance(declared, Endpoint):
        return f"API Gateway waits for {name}, and gives its answer to who asked {declared.path}."
    if not isinstance(declared, Operation):
        return f"Step Functions waits for {name}, tries again, and has an error marked in the video."
    return {
        Trigger.DEPLOY: f"CloudFormation waits for {name}, and rolls the deployment back where it fails.",
        Trigger.HAND: f"Who invokes {name} by hand waits for its answer, and sees its error.",
    }.get(declared.trigger)


def _why_unreserved(stage: Stage, declared: Declaration) -> str:
    name = declared.name
    if not connections_of(declared):
        return f"{name} holds no connection: it may run as often as it is asked to."
    if not stage.concurrency.reserved:
        return (
            f"A new account's quota of 10 has nothing to reserve for {name}; Postgres bounds its connections."
        )
    return f"{name} shares what the account has left; RDS Proxy bounds what endpoints have of connections."

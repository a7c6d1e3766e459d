"""The Standard state machine of `make_video.asl.yaml`, whose steps are the declared ones."""

from __future__ import annotations

import json
from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_iam as iam, aws_lambda as lambda_, aws_stepfunctions as sfn
from constructs import Construct

from infra.acknowledge import acknowledge
from infra.asl import check_steps, definition
from infra.log_groups import log_group
from infra.stages import Stage

WORKFLOW = "make_video"


class Workflow(Construct):
    """The state machine. It may invoke its steps and nothing else."""

    def __init__(
        self, scope: Construct, name: str, *, stage: Stage, steps: Mapping[str, lambda_.IFunction]
    ) -> None:
        super().__init__(scope, name)
        text = json.dumps(definition(), ensure_ascii=False, separators=(",", ":"))
        check_steps(set(steps))
        self.state_machine = sfn.StateMachine(
            self,
            "StateMachine",
            state_machine_name=stage.resource_name(WORKFLOW),
            state_machine_type=sfn.StateMachineType.STANDARD,
            definition_body=sfn.DefinitionBody.from_string(text),
            definition_substitutions={name: each.function_arn for name, each in steps.items()},
            logs=sfn.LogOptions(
                # The prefix spares CloudWatch's resource policy, whose size is limited.
                destination=log_group(
                    self,
                    stage=stage,
                    name=f"/aws/vendedlogs/states/{stage.resource_name(WORKFLOW)}",
                    holds="which state of which execution was entered when",
                ),
                level=sfn.LogLevel.ALL,
                include_execution_data=False,
            ),
            tracing_enabled=True,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        self.state_machine.add_to_role_policy(
            iam.PolicyStatement(
                actions=["lambda:InvokeFunction"],
                resources=[each.function_arn for each in steps.values()],
            )
        )
        acknowledge(
            self.state_machine.role.node.find_child("DefaultPolicy"),
            "X-Ray and the delivery of logs know no resources to name: AWS documents * for them.",
            "AwsSolutions-IAM5[Resource::*]",
        )
        acknowledge(
            self.state_machine,
            "The CDK names the role beside the role's policy, which the first execution needs.",
            "W3005",
        )


def workflow_arn(scope: Construct, stage: Stage) -> str:
    """The state machine's ARN, by its name: who starts it need not be made after it."""
    return cdk.Stack.of(scope).format_arn(
        service="states",
        resource="stateMachine",
        resource_name=stage.resource_name(WORKFLOW),
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )


def execution_arns(scope: Construct, stage: Stage) -> str:
    """All executions of the state machine, as IAM writes them."""
    return cdk.Stack.of(scope).format_arn(
        service="states",
        resource="execution",
        resource_name=f"{stage.resource_name(WORKFLOW)}:*",
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )

"""What starts the operations: a deployment, a schedule; those started by hand need nothing here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import aws_cdk as cdk
from aws_cdk import (
    aws_iam as iam,
    aws_lambda as lambda_,
    aws_scheduler as scheduler,
    aws_scheduler_targets as targets,
    aws_sqs as sqs,
    triggers,
)
from constructs import Construct

from infra.access import allow
from infra.functions import pascal
from infra.stages import Stage
from shared.lambdas.operation import Operation, Trigger


class OnDeploy(Construct):
    """Runs functions in each deployment that changes them, after `after` and before `before`.

    CloudFormation updates the function, then invokes it, then updates what comes after; a failure rolls
    the deployment back. Meanwhile the old code still serves, now on the new schema, and after a rollback
    it goes on to: migrations add, and take away only what no code in service reads any more. Each role is
    updated just before its function: for some seconds the old code has the new rights.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        functions: Iterable[lambda_.Function],
        after: Iterable[Construct],
        before: Iterable[Construct],
    ) -> None:
        super().__init__(scope, name)
        first, then = list(after), list(before)
        for function in functions:
            timeout = function.timeout or cdk.Duration.minutes(2)
            triggers.Trigger(
                self,
                function.node.scope.node.id if function.node.scope else function.node.id,
                handler=function,
                timeout=cdk.Duration.seconds(timeout.to_seconds() + 30),
                execute_after=first,
                execute_before=then,
            )


class OnSchedule(Construct):
    """Runs a function every few minutes; what cannot be run in the end lands in the dead letters."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        stage: Stage,
        operations: Iterable[Operation],
        functions: Mapping[str, lambda_.Function],
        dead_letters: sqs.IQueue,
    ) -> None:
        super().__init__(scope, name)
        scheduled = [each for each in operations if each.trigger is Trigger.SCHEDULE]
        role = _invoking_role(self, [functions[each.name] for each in scheduled], dead_letters)
        for each in scheduled:
            pace = cdk.Duration.minutes(each.every_minutes or stage.schedule_minutes)
            scheduler.Schedule(
                self,
                pascal(each.name),
                schedule_name=stage.resource_name(each.name),
                schedule=scheduler.ScheduleExpression.rate(pace),
                target=targets.LambdaInvoke(
                    functions[each.name],
                    input=scheduler.ScheduleTargetInput.from_object({}),
                    role=role,
                    dead_letter_queue=dead_letters,
                    retry_attempts=1,
                    max_event_age=pace,
                ),
            )


def _invoking_role(
    scope: Construct, functions: Iterable[lambda_.IFunction], dead_letters: sqs.IQueue
) -> iam.IRole:
    statements = [
        allow(["lambda:InvokeFunction"], *(each.function_arn for each in functions)),
        allow(["sqs:SendMessage"], dead_letters.queue_arn),
    ]
    role = iam.Role(
        scope,
        "Role",
        assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com"),
        description="What the schedule may start",
        inline_policies={"rights": iam.PolicyDocument(statements=statements)},
    )
    return role.without_policy_updates()

"""What a person is told about: dead letters, failed executions, errors of the API, a full database."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import (
    aws_cloudwatch as cloudwatch,
    aws_cloudwatch_actions as actions,
    aws_iam as iam,
    aws_sns as sns,
    aws_sqs as sqs,
)
from constructs import Construct

from infra.acknowledge import acknowledge
from infra.stages import Stage

_FIVE_MINUTES = cdk.Duration.minutes(5)


class DeadLetters(Construct):
    """Where asynchronous work lands that could not be done."""

    def __init__(self, scope: Construct, name: str) -> None:
        super().__init__(scope, name)
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=cdk.Duration.days(14),
        )
        acknowledge(self.queue, "This is the dead-letter queue itself.", "Serverless-SQSRedrivePolicy")
        acknowledge(self.queue, "Encrypted with SQS's own key, which this rule does not see.", "CKV_AWS_27")


class Monitoring(Construct):
    """Alarms, and the topic that they speak to: subscribe an address to `topic`."""

    def __init__(self, scope: Construct, name: str, *, stage: Stage) -> None:
        super().__init__(scope, name)
        self._stage = stage
        self.topic = sns.Topic(self, "Alarms", enforce_ssl=True, display_name=f"Storyreel {stage.name}")
        # A topic with a policy has no other: without this the alarms would go off unheard.
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sns:Publish"],
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                resources=[self.topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}},
            )
        )
        acknowledge(
            self.topic,
            "CloudWatch cannot publish to a topic under SNS's own key, and an alarm tells of numbers alone.",
            "CKV_AWS_26",
        )
        self.alarms: list[cloudwatch.IAlarm] = []

    def alarm(
        self,
        name: str,
        metric: cloudwatch.IMetric,
        *,
        at_least: float,
        periods: int = 1,
        even_if_silent: bool = False,
        what_to_do: str,
    ) -> None:
        """Call when a metric is at or over a value for a number of five-minute periods, or says nothing."""
        over = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
        self._add(name, metric, over, at_least, periods, what_to_do, even_if_silent=even_if_silent)

    def alarm_below(self, name: str, metric: cloudwatch.IMetric, *, at_most: float, what_to_do: str) -> None:
        """Call when a metric is at or under a value for five minutes."""
        under = cloudwatch.ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD
        self._add(name, metric, under, at_most, 1, what_to_do)

    def _add(
        self,
        name: str,
        metric: cloudwatch.IMetric,
        comparison: cloudwatch.ComparisonOperator,
        threshold: float,
        periods: int,
        what_to_do: str,
        *,
        even_if_silent: bool = False,
    ) -> None:
        missing = cloudwatch.TreatMissingData
        alarm = cloudwatch.Alarm(
            self,
            name,
            alarm_description=what_to_do,
            metric=metric,
            threshold=threshold,
            evaluation_periods=periods,
            comparison_operator=comparison,
            treat_missing_data=missing.BREACHING if even_if_silent else missing.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))
        self.alarms.append(alarm)

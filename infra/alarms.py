"""What a person must act on, and what to do then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import aws_cdk as cdk
from aws_cdk import (
    aws_apigateway as apigateway,
    aws_cloudwatch as cloudwatch,
    aws_ec2 as ec2,
    aws_lambda as lambda_,
    aws_rds as rds,
    aws_sqs as sqs,
    aws_stepfunctions as sfn,
)

from infra.connections import api_share
from infra.monitoring import Monitoring
from infra.own_metrics import metric, sum_of, total_of
from infra.stages import Stage
from shared import metrics
from shared.assets.counting import LOST
from shared.errors import (
    AnswersLost,
    OutOfCredit,
    ProviderBroken,
    ProviderKeyMissing,
    ProviderKeyRefused,
    ProviderUnavailable,
)
from shared.providers import catalog
from shared.videos.models import GAVE_UP

_MINUTES = cdk.Duration.minutes(5)

TO_ACT_ON = ("internal_error", GAVE_UP, AnswersLost.code, ProviderUnavailable.code, ProviderBroken.code)
"""Why a video failed, where we must do something. Not: no money, no key, a prompt that was refused."""


def watch(
    monitoring: Monitoring,
    *,
    stage: Stage,
    api: apigateway.RestApiBase,
    machine: sfn.StateMachine,
    database: rds.DatabaseInstance,
    rotating: Sequence[str],
    dead_letters: sqs.IQueue,
    nat_instances: Sequence[ec2.IInstance],
) -> None:
    """Every alarm of a stage."""
    _watch_videos(monitoring, stage, machine)
    _watch_providers(monitoring, stage)
    _watch_api(monitoring, stage, api)
    _watch_unattended(monitoring, dead_letters, rotating)
    _watch_functions(monitoring, stage)
    _watch_database(monitoring, stage, database)
    _watch_network(monitoring, nat_instances)


def _watch_videos(monitoring: Monitoring, stage: Stage, machine: sfn.StateMachine) -> None:
    monitoring.alarm(
        "FailedVideos",
        total_of(stage, metrics.VIDEOS_FAILED, [{"code": code} for code in TO_ACT_ON], _MINUTES),
        at_least=3,
        what_to_do="Several videos failed, and not for want of money or for what was asked: read the "
        "codes on the dashboard and the videos' history; a provider may be down, or a function broken.",
    )
    monitoring.alarm(
        "TimedOutVideos",
        machine.metric_timed_out(period=_MINUTES, statistic="Sum"),
        at_least=1,
        what_to_do="A video took over a week: look in its execution which step waits, and for what.",
    )


def _watch_providers(monitoring: Monitoring, stage: Stage) -> None:
    monitoring.alarm(
        "ProviderAccounts",
        _accounts(stage),
        at_least=1,
        what_to_do="A provider's key is missing or refused, or its account is empty: see on the "
        "dashboard which. Put a new key in place with `make keys`, or add credit there, then "
        "render the videos that wait.",
    )
    monitoring.alarm(
        "LostCalls",
        _errors(stage, [LOST]),
        at_least=3,
        what_to_do="Providers' answers are lost, and each may have been paid: compare the ledger (state "
        "'lost' in provider_calls) with the provider's usage page.",
    )
    monitoring.alarm(
        "Spending",
        metric(stage, metrics.PROVIDER_COST, "Sum", cdk.Duration.days(1)),
        at_least=stage.spending_alarm_usd,
        what_to_do=f"The providers cost over {stage.spending_alarm_usd:g} US$ in a day: see on the dashboard "
        "which model, and in provider_calls whose videos; lower that user's monthly cap if nobody meant it.",
    )
    if stage.monthly_cap_usd is not None:
        monitoring.alarm(
            "DeploymentCap",
            metric(stage, metrics.BUDGET_REFUSALS, "Sum", _MINUTES, {"scope": "deployment"}),
            at_least=1,
            what_to_do=f"All users together have spent the month's {stage.monthly_cap_usd} US$, and paid "
            "work waits: look in provider_calls whose it was, then raise monthly_cap_usd in infra/stages.py "
            "and deploy, or wait for the next month.",
        )


def _accounts(stage: Stage) -> cloudwatch.IMetric:
    """What only the owner of an account can mend: as calls tell, and as videos do that stop for it.

    A video stops, too, for a key that is missing, which no provider has seen, or that is refused when a
    task is looked after.
    """
    codes = (OutOfCredit.code, ProviderKeyRefused.code)
    calls = [metric(stage, metrics.PROVIDER_ERRORS, "Sum", _MINUTES, each) for each in _by_provider(codes)]
    videos = [
        metric(stage, metrics.VIDEOS_FAILED, "Sum", _MINUTES, {"code": code})
        for code in (*codes, ProviderKeyMissing.code)
    ]
    return sum_of("ProviderAccounts", [*calls, *videos], _MINUTES)


def _errors(stage: Stage, codes: Sequence[str]) -> cloudwatch.IMetric:
    """The errors of some codes, of all providers that can be paid."""
    return total_of(stage, metrics.PROVIDER_ERRORS, _by_provider(codes), _MINUTES)


def _by_provider(codes: Sequence[str]) -> list[dict[str, str]]:
    return [{"provider": provider, "code": code} for provider in _paid_providers() for code in codes]


def _paid_providers() -> Iterable[str]:
    return sorted({provider for models in catalog.MODELS.values() for provider in models} - {"draft"})


def _watch_api(monitoring: Monitoring, stage: Stage, api: apigateway.RestApiBase) -> None:
    monitoring.alarm(
        "ApiErrors",
        api.metric_server_error(period=_MINUTES, statistic="Sum"),
        at_least=5,
        what_to_do="The API answers 5xx: look for an access log's requestId as correlation_id in the "
        "functions' logs.",
    )
    monitoring.alarm(
        "WebhookFailures",
        metric(stage, metrics.WEBHOOK_FAILURES, "Sum", _MINUTES),
        at_least=20,
        what_to_do="Many webhooks are given up: if they go to one address, tell its owner; if to many, look "
        "whether the functions still get out of their network.",
    )


def _watch_unattended(monitoring: Monitoring, dead_letters: sqs.IQueue, rotating: Sequence[str]) -> None:
    letters = dead_letters.metric_approximate_number_of_messages_visible(period=_MINUTES)
    errors = [_of_function("Errors", name) for name in rotating]
    monitoring.alarm(
        "DeadLetters",
        sum_of("DeadLetters", [letters, *errors], _MINUTES),
        at_least=1,
        what_to_do="Work that nobody waits for failed for good: read the message in the dead-letter queue, "
        "then the function's log; delete the message when it is mended. If there is none, a password of "
        "Postgres was not replaced: read the log of the function with Rotation in its name, and rotate that "
        "secret again in Secrets Manager.",
    )


def _watch_functions(monitoring: Monitoring, stage: Stage) -> None:
    # Wakes of the delivery that come while it runs are refused, too, and wait for their turn.
    refused = {
        "refused": lambda_.Function.metric_all_throttles(period=_MINUTES, statistic="Sum"),
        "waiting": _of_function("Throttles", stage.resource_name("deliver_webhooks")),
    }
    monitoring.alarm(
        "Throttles",
        cloudwatch.MathExpression(
            expression="refused - FILL(waiting, 0)", label="Throttles", using_metrics=refused, period=_MINUTES
        ),
        at_least=50,
        periods=3,
        what_to_do="Lambda refuses many calls, of whatever function of this account but deliver_webhooks: "
        "look which in Lambda's metric Throttles, then raise its concurrency in infra/stages.py, or the "
        "account's quota.",
    )


def _of_function(name: str, function: str) -> cloudwatch.IMetric:
    return cloudwatch.Metric(
        namespace="AWS/Lambda",
        metric_name=name,
        dimensions_map={"FunctionName": function},
        statistic="Sum",
        period=_MINUTES,
    )


def _watch_network(monitoring: Monitoring, nat_instances: Sequence[ec2.IInstance]) -> None:
    for number, instance in enumerate(nat_instances, start=1):
        monitoring.alarm(
            f"NatInstance{number}",
            cloudwatch.Metric(
                namespace="AWS/EC2",
                metric_name="StatusCheckFailed",
                dimensions_map={"InstanceId": instance.instance_id},
                statistic="Maximum",
                period=_MINUTES,
            ),
            at_least=1,
            periods=2,
            even_if_silent=True,
            what_to_do="The instance by which functions reach the providers is down: start it in the EC2 "
            "console, after a stop if it runs, which moves it to a sound machine.",
        )


def _watch_database(monitoring: Monitoring, stage: Stage, database: rds.DatabaseInstance) -> None:
    monitoring.alarm(
        "DatabaseProcessor",
        database.metric_cpu_utilization(period=_MINUTES),
        at_least=85,
        periods=3,
        what_to_do=f"Postgres is busy: give stage {stage.name} a larger instance in infra/stages.py.",
    )
    monitoring.alarm(
        "DatabaseConnections",
        database.metric_database_connections(period=_MINUTES, statistic="Maximum"),
        at_least=0.9 * api_share(stage),
        what_to_do="Postgres runs out of connections: change concurrency or instance in infra/stages.py.",
    )
    monitoring.alarm_below(
        "DatabaseMemory",
        database.metric_freeable_memory(period=_MINUTES, statistic="Minimum"),
        at_most=100 * 1024**2,
        what_to_do=f"Postgres has hardly any memory left: give stage {stage.name} a larger instance in "
        "infra/stages.py, or fewer connections.",
    )
    if stage.database_instance.startswith("t"):
        monitoring.alarm_below(
            "DatabaseCredits",
            database.metric("CPUCreditBalance", period=_MINUTES, statistic="Minimum"),
            at_most=20,
            what_to_do="Postgres has used up its CPU credits and is billed for more: look what keeps it "
            f"busy, or give stage {stage.name} an instance without credits in infra/stages.py.",
        )
    monitoring.alarm_below(
        "DatabaseStorage",
        database.metric_free_storage_space(period=_MINUTES, statistic="Minimum"),
        at_most=0.1 * stage.database_storage_gb * 1024**3,
        what_to_do="Postgres is almost full, and storage no longer grows by itself: raise its limit in "
        "infra/stages.py, and look what grows.",
    )

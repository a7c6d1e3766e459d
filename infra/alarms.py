"""What a person must act on, and what to do then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import aws_cdk as cdk
from aws_cdk import (
    aws_apigateway as apigateway,
    aws_cloudwatch as cloudwatch,
    aws_rds as rds,
    aws_sqs as sqs,
    aws_stepfunctions as sfn,
)

from infra.connections import connections_allowed
from infra.monitoring import Monitoring
from infra.own_metrics import metric, total_of
from infra.stages import Stage
from shared import metrics
from shared.assets.counting import LOST
from shared.errors import OutOfCredit, ProviderKeyRefused
from shared.providers import catalog

_MINUTES = cdk.Duration.minutes(5)


def watch(
    monitoring: Monitoring,
    *,
    stage: Stage,
    api: apigateway.RestApiBase,
    machine: sfn.StateMachine,
    database: rds.DatabaseInstance,
    dead_letters: sqs.IQueue,
) -> None:
    """Every alarm of a stage."""
    _watch_videos(monitoring, machine)
    _watch_providers(monitoring, stage)
    _watch_api(monitoring, stage, api, dead_letters)
    _watch_database(monitoring, stage, database)


def _watch_videos(monitoring: Monitoring, machine: sfn.StateMachine) -> None:
    monitoring.alarm(
        "FailedVideos",
        machine.metric_failed(period=_MINUTES, statistic="Sum"),
        at_least=3,
        what_to_do="Several videos failed: read the reasons in their history; a provider may be down.",
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
        _errors(stage, [OutOfCredit.code, ProviderKeyRefused.code]),
        at_least=1,
        what_to_do="A provider refuses our key, or its account is empty: see on the dashboard which. Put a "
        "new key in place with `make keys`, or add credit there, then render the videos that wait.",
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


def _errors(stage: Stage, codes: Sequence[str]) -> cloudwatch.IMetric:
    """The errors of some codes, of all providers that can be paid."""
    parts = [{"provider": provider, "code": code} for provider in _paid_providers() for code in codes]
    return total_of(stage, metrics.PROVIDER_ERRORS, parts, _MINUTES)


def _paid_providers() -> Iterable[str]:
    return sorted({provider for models in catalog.MODELS.values() for provider in models} - {"draft"})


def _watch_api(
    monitoring: Monitoring, stage: Stage, api: apigateway.RestApiBase, dead_letters: sqs.IQueue
) -> None:
    monitoring.alarm(
        "ApiErrors",
        api.metric_server_error(period=_MINUTES, statistic="Sum"),
        at_least=5,
        what_to_do="The API answers 5xx: look for an access log's requestId as correlation_id in the "
        "functions' logs.",
    )
    monitoring.alarm(
        "DeadLetters",
        dead_letters.metric_approximate_number_of_messages_visible(period=_MINUTES),
        at_least=1,
        what_to_do="Work that nobody waits for failed for good: read the message in the dead-letter queue, "
        "then the function's log; delete the message when it is mended.",
    )
    monitoring.alarm(
        "WebhookFailures",
        metric(stage, metrics.WEBHOOK_FAILURES, "Sum", _MINUTES),
        at_least=20,
        what_to_do="Many webhooks are given up: if they go to one address, tell its owner; if to many, look "
        "whether the functions still get out of their network.",
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
        at_least=0.9 * connections_allowed(stage),
        what_to_do="Postgres runs out of connections: change concurrency or instance in infra/stages.py.",
    )
    monitoring.alarm_below(
        "DatabaseStorage",
        database.metric_free_storage_space(period=_MINUTES, statistic="Minimum"),
        at_most=0.1 * stage.database_storage_gb * 1024**3,
        what_to_do="Postgres is almost full, and storage no longer grows by itself: raise its limit in "
        "infra/stages.py, and look what grows.",
    )

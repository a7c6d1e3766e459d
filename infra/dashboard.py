"""One page that says how a stage fares: videos, API, functions, database."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import (
    aws_apigateway as apigateway,
    aws_cloudwatch as cloudwatch,
    aws_rds as rds,
    aws_stepfunctions as sfn,
)
from constructs import Construct

from infra.own_metrics import each_of, metric
from infra.stages import Stage
from shared import metrics

_PERIOD = cdk.Duration.minutes(5)
_WIDTH = 12
_HALVES = ("p50", "p95")


class Dashboard(Construct):
    """The page has the stack's name. Its rows are what a person asks first when something is wrong."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        stage: Stage,
        api: apigateway.RestApiBase,
        machine: sfn.StateMachine,
        database: rds.DatabaseInstance,
        alarms: Sequence[cloudwatch.IAlarm],
    ) -> None:
        super().__init__(scope, name)
        functions = stage.resource_name("")
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=stage.stack_name,
            default_interval=cdk.Duration.hours(12),
            widgets=[
                [
                    cloudwatch.AlarmStatusWidget(
                        title="Alarms", alarms=list(alarms), width=2 * _WIDTH, height=3
                    )
                ],
                _videos(machine),
                *_making(stage),
                _api(api),
                [_search("Errors of functions", functions, "Errors", "Sum"), _throttled(functions)],
                [
                    _search("Time of functions, p95", functions, "Duration", "p95"),
                    _search("Functions at work", functions, "ConcurrentExecutions", "Maximum"),
                ],
                _database(database),
            ],
        )


def _videos(machine: sfn.StateMachine) -> list[cloudwatch.IWidget]:
    counts = [machine.metric_started(), machine.metric_succeeded(), machine.metric_failed()]
    counts += [machine.metric_aborted(), machine.metric_timed_out()]
    return [
        _graph("Videos", [each.with_(statistic="Sum", period=_PERIOD) for each in counts]),
        _graph("Time of a video", [machine.metric_time(statistic=each, period=_PERIOD) for each in _HALVES]),
    ]


def _making(stage: Stage) -> list[list[cloudwatch.IWidget]]:
    """What the functions count themselves."""

    def parts(counted: metrics.Metric, statistic: str) -> cloudwatch.IMetric:
        return each_of(stage, counted, statistic, _PERIOD)

    ended = [parts(metrics.VIDEOS_FINISHED, "Sum"), parts(metrics.VIDEOS_FAILED, "Sum")]
    started = metric(stage, metrics.VIDEOS_STARTED, "Sum", _PERIOD)
    refused = [
        metric(stage, metrics.WEBHOOK_FAILURES, "Sum", _PERIOD),
        parts(metrics.BUDGET_REFUSALS, "Sum"),
    ]
    return [
        [
            _graph("Videos started, finished, failed by reason", [started, *ended]),
            _graph("Time of a stage, p95, in s", [parts(metrics.STAGE_SECONDS, "p95")]),
        ],
        [
            _graph("Cost of providers in US$", [parts(metrics.PROVIDER_COST, "Sum")]),
            _graph("Errors of providers", [parts(metrics.PROVIDER_ERRORS, "Sum")]),
        ],
        [
            _graph("Time in a provider's queue, p95, in s", [parts(metrics.PROVIDER_QUEUE_SECONDS, "p95")]),
            _graph("Calls refused by a budget, webhooks given up", refused),
        ],
    ]


def _api(api: apigateway.RestApiBase) -> list[cloudwatch.IWidget]:
    counts = [api.metric_count(), api.metric_client_error(), api.metric_server_error()]
    return [
        _graph("Requests", [each.with_(statistic="Sum", period=_PERIOD) for each in counts]),
        _graph("Time of a request", [api.metric_latency(statistic=each, period=_PERIOD) for each in _HALVES]),
    ]


def _database(database: rds.DatabaseInstance) -> list[cloudwatch.IWidget]:
    return [
        _graph(
            "Postgres: connections, processor in %",
            [database.metric_database_connections(period=_PERIOD, statistic="Maximum")],
            right=[database.metric_cpu_utilization(period=_PERIOD)],
        ),
        _graph(
            "Postgres: free storage",
            [database.metric_free_storage_space(period=_PERIOD, statistic="Minimum")],
        ),
    ]


def _throttled(functions: str) -> cloudwatch.IWidget:
    return _search("Functions that Lambda refused to run", functions, "Throttles", "Sum")


def _search(title: str, functions: str, metric: str, statistic: str) -> cloudwatch.IWidget:
    """One line for each function whose name begins so: also for those of later versions of the stack."""
    query = f'{{AWS/Lambda,FunctionName}} MetricName="{metric}" "{functions}"'
    expression = f"SEARCH('{query}', '{statistic}', {_PERIOD.to_seconds():.0f})"
    # The empty label lets each line have its function's name.
    return _graph(title, [cloudwatch.MathExpression(expression=expression, label="", period=_PERIOD)])


def _graph(
    title: str, left: Sequence[cloudwatch.IMetric], *, right: Sequence[cloudwatch.IMetric] = ()
) -> cloudwatch.IWidget:
    return cloudwatch.GraphWidget(title=title, left=list(left), right=list(right), width=_WIDTH, height=6)

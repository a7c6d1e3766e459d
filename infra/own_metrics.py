"""What the functions count themselves (`shared/metrics.py`), as CloudWatch knows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from infra.stages import Stage
from shared.metrics import SERVICE, Metric


def metric(
    stage: Stage,
    counted: Metric,
    statistic: str,
    period: cdk.Duration,
    dimensions: Mapping[str, str] | None = None,
) -> cloudwatch.Metric:
    """A metric over all, or for the values of its dimensions, of which then every one is needed."""
    if dimensions and dimensions.keys() != set(counted.by):
        raise ValueError(f"{counted.name} goes by {counted.by}, not by {sorted(dimensions)}.")
    return cloudwatch.Metric(
        namespace=stage.metrics_namespace,
        metric_name=counted.name,
        dimensions_map={"service": SERVICE, **(dimensions or {})},
        statistic=statistic,
        period=period,
    )


def total_of(
    stage: Stage, counted: Metric, parts: Sequence[Mapping[str, str]], period: cdk.Duration
) -> cloudwatch.MathExpression:
    """The sum of some parts of a metric."""
    return sum_of(counted.name, [metric(stage, counted, "Sum", period, part) for part in parts], period)


def sum_of(
    label: str, metrics: Sequence[cloudwatch.IMetric], period: cdk.Duration
) -> cloudwatch.MathExpression:
    """The sum of metrics: SUM passes over what nobody has counted yet; + would not. An alarm takes ten."""
    using = {f"m{number}": each for number, each in enumerate(metrics)}
    return cloudwatch.MathExpression(
        expression=f"SUM([{', '.join(using)}])", label=label, using_metrics=using, period=period
    )


def each_of(stage: Stage, counted: Metric, statistic: str, period: cdk.Duration) -> cloudwatch.MathExpression:
    """One line for every combination of the metric's dimensions that was counted."""
    names = ",".join(["service", *counted.by])
    query = f'{{"{stage.metrics_namespace}",{names}}} MetricName="{counted.name}"'
    expression = f"SEARCH('{query}', '{statistic}', {period.to_seconds():.0f})"
    # The empty label lets each line have its dimensions' values.
    return cloudwatch.MathExpression(expression=expression, label="", period=period)

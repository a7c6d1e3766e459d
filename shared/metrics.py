"""What is counted. CloudWatch makes metrics of these log lines (its embedded metric format, EMF).

A metric is recorded when what it counts is certain: after the commit, not before. Dimensions have few
values each and never an id, because each combination is a metric that is paid for. The ids stand beside
them in the line, so that a number leads to the log of what it counts.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

from shared.log import bound_ids
from shared.settings import MetricsSettings, settings

SERVICE = "storyreel"
"""The dimension `service` of every metric."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One thing that is counted or measured. `by` names its dimensions.

    With dimensions it is recorded twice, over all and for their values: an alarm needs the sum, which
    CloudWatch does not form by itself, and a person wants the parts.
    """

    name: str
    unit: MetricUnit
    by: tuple[str, ...] = ()

    def record(self, value: float = 1, **dimensions: str) -> None:
        """Write one value down."""
        if dimensions.keys() != set(self.by):
            raise ValueError(f"{self.name} goes by {self.by}, not by {sorted(dimensions)}.")
        line = AmazonCloudWatchEMFProvider(
            # Its own; left out, it shares them with whoever else counts in the process.
            metric_set={},
            dimension_set={},
            metadata_set={},
            default_dimensions={},
            namespace=settings(MetricsSettings).metrics_namespace,
            service=SERVICE,
        )
        line.add_metric(self.name, self.unit, value)
        if dimensions:
            line.add_dimensions(service=SERVICE, **dimensions)
        for name, text in bound_ids().items():
            line.add_metadata(name, text)
        line.flush_metrics()

    @contextmanager
    def timed(self, **dimensions: str) -> Iterator[None]:
        """Record the seconds that the block takes; nothing where it raises."""
        started = time.monotonic()
        yield
        self.record(time.monotonic() - started, **dimensions)


VIDEOS_STARTED = Metric("VideosStarted", MetricUnit.Count)
"""Ordered or rendered again. What was taken up after a crash is not started anew."""

VIDEOS_FINISHED = Metric("VideosFinished", MetricUnit.Count, by=("outcome",))
"""`succeeded`, `stopped` or `cancelled`. With those that failed, as many as were started."""

VIDEOS_FAILED = Metric("VideosFailed", MetricUnit.Count, by=("code",))
"""By the error's code. A video that waits for a budget or for credit is among them."""

STAGE_SECONDS = Metric("StageSeconds", MetricUnit.Seconds, by=("stage",))
"""How long one `story`, `frame`, `clip` or `narration` took from the order to our storage, or the `cut`."""

PROVIDER_COST = Metric("ProviderCostUsd", MetricUnit.NoUnit, by=("provider", "model"))
"""US$ of calls that are over. Where a provider does not say, its price list does."""

PROVIDER_ERRORS = Metric("ProviderErrors", MetricUnit.Count, by=("provider", "code"))
"""By the error's code, as in `shared.errors`; `lost` is a call whose answer nobody got."""

PROVIDER_QUEUE_SECONDS = Metric("ProviderQueueSeconds", MetricUnit.Seconds, by=("provider",))
"""How long a task waited at the provider before it was begun with."""

BUDGET_REFUSALS = Metric("BudgetRefusals", MetricUnit.Count, by=("scope",))
"""Calls that were not made: they would have passed the cap of a `video`, a `month` or the `deployment`."""

WEBHOOK_FAILURES = Metric("WebhookFailures", MetricUnit.Count)
"""Deliveries that were given up."""

METRICS = tuple(each for each in list(vars().values()) if isinstance(each, Metric))
"""All of them."""

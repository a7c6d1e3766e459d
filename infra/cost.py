"""What each stage costs a month, and what a video costs.

    python -m infra.cost

The prices are data in `prices.toml`, what a video takes is data in `usage.toml`; both say from when they are.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from infra.stages import STAGES, Stage
from shared.lambdas.access import Layer
from shared.lambdas.declaration import Declaration, declarations
from shared.lambdas.operation import Operation, Trigger
from shared.providers import catalog
from shared.videos import polling
from shared.videos.models import Makers, VideoRequest
from shared.videos.plan import plan_request

GOAL_USD = 0.02
"""What a video may cost on AWS."""

_FULL_PROCESSOR_MB = 1769
_SCRATCH_GB = 1.5
"""What functions that run ffmpeg have of /tmp beyond what is free."""

_PROMPT = "A lighthouse keeper finds a lost whale and leads it home"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill."""

    name: str
    usd: float


def monthly(stage: Stage) -> list[Line]:
    """What a stage costs when nothing happens."""
    price, fixed = _data("prices"), _data("usage")["fixed"]
    hours, network, operations = price["hours_per_month"], price["network"], price["operations"]
    zones = 2 if stage.database_multi_az else 1
    instance = price["database"]["instance_hour"][stage.database_instance]
    storage = stage.database_storage_gb * price["database"]["storage_gb_month"]
    firewall = operations["firewall_month"] + fixed["firewall_rules"] * operations["firewall_rule_month"]
    lines = [
        Line(f"Postgres: {zones} x db.{stage.database_instance}", zones * instance * hours),
        Line(f"Postgres: {zones} x {stage.database_storage_gb} GB", zones * storage),
        *(
            [
                Line(
                    "RDS Proxy",
                    price["database"]["proxy_vcpus"] * price["database"]["proxy_vcpu_hour"] * hours,
                )
            ]
            if stage.proxy
            else []
        ),
        Line(f"way out: {stage.nat_count} x NAT {stage.nat}", stage.nat_count * nat_usd(stage.nat)),
        Line(
            f"way out: {stage.nat_count} x public address",
            stage.nat_count * network["public_address_hour"] * hours,
        ),
        Line(f"{fixed['secrets']} secrets", fixed["secrets"] * operations["secret_month"]),
        Line("alarms", fixed["alarm_metrics"][stage.name] * operations["alarm_month"]),
        Line("dashboard", operations["dashboard_month"]),
        Line("schedules", _schedules_usd(stage)),
    ]
    lines += [line for line in _quick_starts(stage) if line.usd]
    return lines if stage.firewall_requests_per_address is None else [*lines, Line("firewall", firewall)]


def _schedules_usd(stage: Stage) -> float:
    """What operations cost that look again and again whether there is something to do."""
    compute, hours = _data("prices")["lambda"], _data("prices")["hours_per_month"]
    took = _data("usage")["schedules"]["milliseconds"]
    runs = {
        each.name: hours * 60 / (each.every_minutes or stage.schedule_minutes)
        for each in declarations(Operation)
        if each.trigger is Trigger.SCHEDULE
    }
    return float(
        sum(
            count * compute["request"] + _gb_seconds(name, count, took) * compute["gb_second"]
            for name, count in runs.items()
        )
    )


def _quick_starts(stage: Stage) -> list[Line]:
    """What functions cost that are kept from loading; the starts themselves are cents."""
    compute, seconds = _data("prices")["lambda"], _data("prices")["hours_per_month"] * 3600
    snapshots = sum(_gigabytes(name) for name in stage.snap_start)
    loaded = sum(_gigabytes(name) * count for name, count in stage.provisioned.items())
    return [
        Line(
            f"SnapStart: {', '.join(stage.snap_start)}",
            snapshots * seconds * compute["snapshot_gb_second"],
        ),
        Line(
            f"{sum(stage.provisioned.values())} functions kept loaded",
            loaded * seconds * compute["provisioned_gb_second"],
        ),
    ]


def metrics_usd() -> float:
    """What the functions' own metrics cost a month, if each of them is counted in every hour of it."""
    return float(_data("usage")["fixed"]["own_metrics"] * _data("prices")["operations"]["metric_month"])


def nat_usd(kind: str) -> float:
    """What one NAT costs a month, without its public address and its traffic."""
    price, network = _data("prices"), _data("prices")["network"]
    if kind == "gateway":
        return float(network["nat_gateway_hour"] * price["hours_per_month"])
    return float(network["nat_instance_hour"] * price["hours_per_month"] + network["nat_instance_disk_month"])


def per_video(stage: Stage) -> list[Line]:
    """What AWS charges for a video of six scenes and 30 s."""
    price, usage = _data("prices"), _data("usage")
    compute, workflow, storage = price["lambda"], usage["workflow"], usage["storage"]
    traffic, network = usage["traffic"], price["network"]
    looks = sum(_looks(stage).values())
    transitions = workflow["transitions"] + looks * workflow["transitions_per_look"]
    invocations = _invocations(stage)
    requests = sum(count for _, count, _ in invocations)
    seconds = sum(_gb_seconds(name, count, ms) for name, count, ms in invocations)
    held = sum(_gigabytes(name) * each for name, each in _held_seconds().items())
    through_nat = (traffic["to_providers"] + traffic["from_providers"]) / 1000
    lines = [
        Line(f"Lambda: {requests} requests", requests * compute["request"]),
        Line(f"Lambda: {seconds:.0f} GB-seconds of work", seconds * compute["gb_second"]),
        Line(f"Lambda: {held:.0f} GB-seconds in calls that OpenAI answers", held * compute["gb_second"]),
        Line("Lambda: room in /tmp", _scratch(invocations) * compute["scratch_gb_second"]),
        Line(f"Step Functions: {transitions} transitions", transitions * price["workflow"]["transition"]),
        Line("API Gateway", _requests(usage["endpoints"]) * price["api"]["request"]),
        Line(
            "S3: requests",
            storage["puts"] * price["storage"]["put"] + storage["gets"] * price["storage"]["get"],
        ),
        Line("S3: a month of storage", storage["megabytes"] / 1000 * price["storage"]["gb_month"]),
        Line("traffic to the providers", traffic["to_providers"] / 1000 * network["gb_out"]),
        Line("traffic to a viewer", traffic["to_viewer"] / 1000 * network["gb_out"]),
        Line("logs", traffic["logs"] / 1000 * price["operations"]["log_gb"]),
    ]
    if stage.nat == "gateway":
        lines.append(Line("NAT gateway's traffic", through_nat * network["nat_gateway_gb"]))
    return lines


def if_lambdas_waited(stage: Stage) -> float:
    """What the video would cost on AWS if each function that asks a provider waited for the answer."""
    price, usage = _data("prices"), _data("usage")
    compute, scenes = price["lambda"], usage["scenes"]
    waited = scenes * _gigabytes("submit_clip") * usage["providers"]["clip"]
    waited += scenes * _gigabytes("narrate") * usage["providers"]["narration"]
    looks = _looks(stage)
    spared = sum(
        count
        * (compute["request"] + usage["workflow"]["transitions_per_look"] * price["workflow"]["transition"])
        + _gb_seconds(name, count, usage["looks"][name]["milliseconds"]) * compute["gb_second"]
        for name, count in looks.items()
    )
    return float(total(per_video(stage)) + waited * compute["gb_second"] - spared)


def providers() -> list[Line]:
    """What the providers charge for the same video by the first model of each kind, as `dryRun` quotes it."""
    usage = _data("usage")
    first = {
        kind: next(f"{provider}/{model}" for provider, names in models.items() for model in names)
        for kind, models in catalog.MODELS.items()
    }
    order = VideoRequest(prompt=_PROMPT, frame_count=usage["scenes"], duration=usage["seconds"])
    quoted: dict[tuple[str, str], list[float]] = {}
    for call in plan_request(order, Makers.model_validate(first)).calls:
        quoted.setdefault((call.kind, call.maker), []).append(float(call.cost_usd))
    return [
        Line(
            f"{kind} by {maker}, {len(costs)} of them" if len(costs) > 1 else f"{kind} by {maker}", sum(costs)
        )
        for (kind, maker), costs in quoted.items()
    ]


def total(lines: Iterable[Line]) -> float:
    """The sum of a bill."""
    return sum(line.usd for line in lines)


@cache
def _data(name: str) -> Mapping[str, Any]:
    return tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def _declared() -> Mapping[str, Declaration]:
    return {each.name: each for each in declarations(Declaration)}


def _gigabytes(function: str) -> float:
    return _declared()[function].memory_mb / 1024


def _gb_seconds(function: str, invocations: float, milliseconds: float) -> float:
    slower = max(1.0, _FULL_PROCESSOR_MB / _declared()[function].memory_mb)
    return invocations * milliseconds / 1000 * slower * _gigabytes(function)


def _looks(stage: Stage) -> dict[str, int]:
    """How often a look is taken, beside the first call, while the providers work: as the workflow waits."""
    usage = _data("usage")
    every, takes = stage.providers.poll_seconds, usage["providers"]
    looks = {
        "check_clip": _looks_until(takes["clip"], polling.LOOKS_TOO_EARLY * every, every),
        "narrate": _looks_until(takes["narration"], every, every),
    }
    return {name: usage["scenes"] * count for name, count in looks.items()}


def _looks_until(ready: float, first: int, every: int) -> int:
    age, looks = first, 1
    while age < ready:
        age += polling.pause_seconds(every, age)
        looks += 1
    return looks


def _invocations(stage: Stage) -> list[tuple[str, int, float]]:
    """Function, how often it runs for a video, and its milliseconds each time."""
    usage = _data("usage")
    run = [
        (name, each["invocations"], each["milliseconds"])
        for name, each in [*usage["steps"].items(), *usage["endpoints"].items()]
    ]
    return run + [
        (name, count, usage["looks"][name]["milliseconds"]) for name, count in _looks(stage).items()
    ]


def _held_seconds() -> dict[str, float]:
    """How long a function stays open in all for answers that come with the call."""
    takes = _data("usage")["providers"]
    return {name: takes[what] * times for name, (what, times) in takes["held"].items()}


def _scratch(invocations: Iterable[tuple[str, int, float]]) -> float:
    with_room = (each for each in invocations if Layer.FFMPEG in _declared()[each[0]].layers)
    return sum(count * ms / 1000 * _SCRATCH_GB for _, count, ms in with_room)


def _requests(endpoints: Mapping[str, Mapping[str, Any]]) -> int:
    return sum(each["invocations"] for each in endpoints.values())


def _table(title: str, lines: list[Line], digits: int) -> str:
    rows = [*lines, Line("together", total(lines))]
    return "\n".join([f"\n{title}", *(f"  {line.name:<58}{line.usd:>10.{digits}f}" for line in rows)])


def report() -> str:
    """All of it, for a terminal."""
    price, usage = _data("prices"), _data("usage")
    size = f"{usage['scenes']} scenes, {usage['seconds']} s"
    parts = [f"US$, {price['region']}, prices of {price['as_of']}, without AWS's free tier."]
    for stage in STAGES.values():
        parts.append(_table(f"{stage.name}: a month without a video", monthly(stage), 2))
        parts.append(f"  {'and if videos are made all the time: metrics':<58}{metrics_usd():>10.2f}")
        parts.append(_table(f"{stage.name}: AWS's part of a video ({size})", per_video(stage), 5))
        parts.append(
            f"  {'if Lambdas waited for clips and speech, too':<58}{if_lambdas_waited(stage):>10.5f}"
        )
    parts.append(_table(f"the providers' part of a video ({size})", providers(), 5))
    parts.append(f"\nPrices: {price['source']}\nMeasured {usage['measured_on']}: {usage['measured']}")
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(f"{report()}\n")

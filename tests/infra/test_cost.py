from __future__ import annotations

import json
from dataclasses import replace

import pytest

from infra import cost
from infra.asl import definition, steps_called
from infra.cost import GOAL_USD, if_lambdas_waited, monthly, nat_usd, per_video, providers, report, total
from infra.stages import STAGES, Providers, Stage
from tests.infra.reading import Template

USAGE = cost._data("usage")
NOT_FOR_A_VIDEO_THAT_SUCCEEDS = {"mark_failed", "mark_stopped", "check_clip", "continue_video"}


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
def test_a_video_costs_less_on_aws_than_the_goal(stage: Stage) -> None:
    assert 0 < total(per_video(stage)) < GOAL_USD


def test_the_bill_of_a_video_has_every_step_that_makes_one() -> None:
    assert set(USAGE["steps"]) == steps_called() - NOT_FOR_A_VIDEO_THAT_SUCCEEDS
    assert set(USAGE["looks"]) <= steps_called()


def test_a_month_is_counted_with_what_the_stack_has(dev: Template, prod: Template) -> None:
    counted = USAGE["fixed"]
    for stage, template in (("dev", dev), ("prod", prod)):
        assert len(list(template.of_type("AWS::SecretsManager::Secret"))) == counted["secrets"]
        alarms = [each["Properties"] for _, each in template.of_type("AWS::CloudWatch::Alarm")]
        looked_at = [
            metric
            for alarm in alarms
            for metric in alarm.get("Metrics", [alarm])
            if "MetricStat" in metric or "MetricName" in metric
        ]
        assert len(looked_at) == counted["alarm_metrics"][stage]
    assert len(prod.only("AWS::WAFv2::WebACL")["Rules"]) == counted["firewall_rules"]


def test_a_month_of_dev_is_postgres_a_nat_instance_and_small_change() -> None:
    lines = {line.name: round(line.usd, 2) for line in monthly(STAGES["dev"])}
    assert 0 < lines.pop("schedules") < 1
    assert lines == {
        "Postgres: 1 x db.t4g.small": 23.36,
        "Postgres: 1 x 20 GB": 2.30,
        "way out: 1 x NAT instance": 3.71,
        "way out: 1 x public address": 3.65,
        "5 secrets": 2.00,
        "alarms": 2.80,
        "dashboard": 3.00,
    }


def test_a_second_zone_doubles_the_database_and_a_firewall_is_paid_where_there_is_one() -> None:
    dev = STAGES["dev"]
    both = total(monthly(replace(dev, database_multi_az=True))) - total(monthly(dev))
    walled = total(monthly(replace(dev, firewall_requests_per_address=100))) - total(monthly(dev))
    assert (round(both, 2), round(walled, 2)) == (25.66, 8.00)
    assert nat_usd("gateway") > 8 * nat_usd("instance")


def test_fewer_looks_cost_less() -> None:
    dev = STAGES["dev"]
    hasty = replace(dev, providers=Providers(poll_seconds=3))
    assert total(per_video(hasty)) > total(per_video(dev)) + 0.004


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
def test_waiting_in_a_lambda_would_cost_more_than_the_looks_do(stage: Stage) -> None:
    assert if_lambdas_waited(stage) > total(per_video(stage)) + 0.002


def test_the_transitions_beside_the_looks_are_those_of_the_workflow() -> None:
    """Six scenes: what is entered once, and what each scene and each narration enters."""
    text = json.dumps(definition())
    once = [
        "WriteStory",
        "StoryReady",
        "StopAfterStory",
        "MakeScenes",
        "ChooseReference",
        "ReferenceReady",
        "ForEachScene",
    ]
    once += ["ForEachNarration", "StopBeforeMerge", "MergeClips", "PublishVideo", "Done"]
    scene = ["DrawFrame", "FrameReady", "SubmitClip", "ClipReady", "KeepClip", "ClipKept", "SceneDone"]
    narration = ["Narrate", "NarrationReady", "NarrationDone"]
    assert [name for name in (*once, *scene, *narration) if f'"{name}"' not in text] == []
    entered = len(once) + USAGE["scenes"] * (len(scene) + len(narration))
    assert entered == USAGE["workflow"]["transitions"]


def test_the_providers_part_is_counted_for_their_first_models() -> None:
    lines = {line.name: line.usd for line in providers()}
    assert [name.split(" by ")[0] for name in lines] == ["story", "frame", "clip", "narration"]
    assert lines["clip by runway/gen4_turbo, 6 of them"] == pytest.approx(6 * 5 * 5 * 0.01)


def test_looks_are_counted_as_the_workflow_waits() -> None:
    """A look after four times the pace, one at each pace, and later one in an eighth of the task's age."""
    usage = USAGE["providers"]
    assert (usage["clip"], usage["narration"]) == (60, 8)
    assert cost._looks_until(60, 20, 5) == len([20, 25, 30, 35, 40, 45, 51, 57, 64])
    assert cost._looks_until(8, 5, 5) == len([5, 10])
    assert cost._looks(STAGES["dev"]) == {"check_clip": 6 * len([32, 40, 48, 56, 64]), "narrate": 6}


def test_the_report_says_where_its_figures_come_from() -> None:
    text = report()
    assert "us-east-1" in text
    assert "2026-11-20" in text
    assert "Measured" in text

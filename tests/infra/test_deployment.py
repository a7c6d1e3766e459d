from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from shared.metrics import METRICS
from tests.infra.reading import Template


def _everything_before(template: Template, name: str) -> set[str]:
    """The resources that CloudFormation finishes before this one, by what it depends on and refers to."""
    before: set[str] = set()
    to_do = [name]
    while to_do:
        for each in _named_in(template.resources[to_do.pop()]):
            if each in template.resources and each not in before:
                before.add(each)
                to_do.append(each)
    return before


def _named_in(value: Any) -> set[str]:
    match value:
        case {"Ref": str(name)}:
            return {name}
        case {"Fn::GetAtt": [str(name), *_]}:
            return {name}
        case dict():
            depends = value.get("DependsOn", [])
            names = {depends} if isinstance(depends, str) else set(depends)
            return names.union(*(_named_in(each) for each in value.values()))
        case list():
            return set().union(*(_named_in(each) for each in value))
    return set()


def _id_of(template: Template, name: str) -> str:
    return next(key for key, each in template.resources.items() if each is template.functions[name])


def test_migrations_run_before_any_function_has_new_code_or_new_rights(dev: Template, prod: Template) -> None:
    for template in (dev, prod):
        ((migration, _),) = template.of_type("Custom::Trigger")
        for name, function in template.functions.items():
            role = function["Properties"]["Role"]["Fn::GetAtt"][0]
            waiting = [
                migration in _everything_before(template, each) for each in (_id_of(template, name), role)
            ]
            assert waiting == [name != "migrate_database"] * 2, name


def test_migrations_run_when_the_database_the_secrets_and_the_way_to_them_are_there(
    dev: Template, prod: Template
) -> None:
    for template, way_out in ((dev, "AWS::EC2::Instance"), (prod, "AWS::EC2::NatGateway")):
        ((migration, trigger),) = template.of_type("Custom::Trigger")
        before = _everything_before(template, migration)
        kinds = {template.resources[each]["Type"] for each in before}
        assert _id_of(template, "migrate_database") in before
        assert {"AWS::RDS::DBInstance", "AWS::EC2::Route", "AWS::EC2::SecurityGroupIngress", way_out} <= kinds
        assert trigger["Properties"]["InvocationType"] == "RequestResponse"
        logins = {
            name
            for kind in ("Secret", "SecretTargetAttachment")
            for name, _ in template.of_type(f"AWS::SecretsManager::{kind}")
            if "Database" in name
        }
        assert logins <= before


def test_what_logs_in_with_the_roles_waits_for_the_migrations_that_make_them(prod: Template) -> None:
    """RDS Proxy's target becomes available, and a rotation is tried, only when the login works."""
    ((migration, _),) = prod.of_type("Custom::Trigger")
    log_in = [
        name
        for kind in ("AWS::RDS::DBProxyTargetGroup", "AWS::SecretsManager::RotationSchedule")
        for name, _ in prod.of_type(kind)
    ]
    assert len(log_in) == 4
    assert [name for name in log_in if migration not in _everything_before(prod, name)] == []


def test_the_proxy_is_let_into_postgres_before_it_tries(prod: Template) -> None:
    ((target, _),) = prod.of_type("AWS::RDS::DBProxyTargetGroup")
    before = _everything_before(prod, target)
    rules = [
        name
        for kind in ("AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress")
        for name, each in prod.of_type(kind)
        if "DatabaseProxyGroup" in str(each["Properties"]) and "NetworkDatabase" in str(each["Properties"])
    ]
    assert len(rules) == 2
    assert set(rules) <= before


def test_migrations_run_again_when_their_code_changes(dev: Template) -> None:
    ((_, trigger),) = dev.of_type("Custom::Trigger")
    version = trigger["Properties"]["HandlerArn"]["Ref"]
    assert dev.resources[version]["Type"] == "AWS::Lambda::Version"
    assert dev.resources[version]["Properties"]["FunctionName"] == {"Ref": _id_of(dev, "migrate_database")}


def test_schedules_start_unfinished_work_clear_away_and_deliver(dev: Template) -> None:
    paces = {
        "FunctionsReconcileVideosFunction": "rate(5 minutes)",
        "FunctionsDeleteExpiredFunction": "rate(5 minutes)",
        "FunctionsDeliverWebhooksFunction": "rate(1 minute)",
    }
    schedules = [each["Properties"] for _, each in dev.of_type("AWS::Scheduler::Schedule")]
    ((_, role),) = [each for each in dev.of_type("AWS::IAM::Role") if each[0].startswith("OnSchedule")]
    assert {dev.plain(each["Target"]["Arn"]): each["ScheduleExpression"] for each in schedules} == paces
    for each in schedules:
        assert each["Target"]["Input"] == "{}"
        assert dev.plain(each["Target"]["DeadLetterConfig"]["Arn"]) == "DeadLettersQueue"
    assert dev.rights(role) == {
        "lambda:InvokeFunction": set(paces),
        "sqs:SendMessage": {"DeadLettersQueue"},
    }


def test_work_that_nobody_waits_for_leaves_a_dead_letter(dev: Template) -> None:
    with_letters = {name for name, each in dev.functions.items() if "DeadLetterConfig" in each["Properties"]}
    assert with_letters == {"delete_expired", "deliver_webhooks", "reconcile_videos"}


def test_a_request_is_traced_from_the_api_through_the_workflow(dev: Template) -> None:
    assert dev.only("AWS::ApiGateway::Stage")["TracingEnabled"] is True
    assert dev.only("AWS::StepFunctions::StateMachine")["TracingConfiguration"] == {"Enabled": True}
    assert {each["Properties"]["TracingConfig"]["Mode"] for each in dev.functions.values()} == {"Active"}


def test_only_the_api_as_a_whole_has_metrics_that_are_not_paid_for(dev: Template) -> None:
    settings = dev.only("AWS::ApiGateway::Stage")["MethodSettings"]
    assert [each.get("MetricsEnabled", False) for each in settings] == [False] * len(settings)


def test_the_dead_letters_are_encrypted_and_kept_for_two_weeks(dev: Template) -> None:
    queue = dev.only("AWS::SQS::Queue")
    assert (queue["SqsManagedSseEnabled"], queue["MessageRetentionPeriod"]) == (True, 14 * 24 * 3600)


def test_every_alarm_says_what_to_do_and_tells_somebody(dev: Template) -> None:
    alarms = [each["Properties"] for _, each in dev.of_type("AWS::CloudWatch::Alarm")]
    assert len(alarms) == 16
    for alarm in alarms:
        assert ":" in alarm["AlarmDescription"]
        assert [dev.plain(each) for each in alarm["AlarmActions"]] == ["MonitoringAlarms"]


def test_a_nat_instance_that_says_nothing_is_down(dev: Template) -> None:
    silent = {
        name: each["Properties"]["TreatMissingData"] for name, each in dev.of_type("AWS::CloudWatch::Alarm")
    }
    breaching = [name for name, each in silent.items() if each == "breaching"]
    assert len(breaching) == 1
    assert breaching[0].startswith("MonitoringNatInstance1")
    assert set(silent.values()) == {"breaching", "notBreaching"}


def test_wakes_of_the_delivery_that_wait_for_their_turn_are_no_throttles_to_act_on(dev: Template) -> None:
    ((_, alarm),) = [each for each in dev.of_type("AWS::CloudWatch::Alarm") if "Throttles" in each[0]]
    parts = {each["Id"]: each for each in alarm["Properties"]["Metrics"]}
    (expression,) = [each["Expression"] for each in parts.values() if "Expression" in each]
    assert expression == "refused - FILL(waiting, 0)"
    assert "Dimensions" not in parts["refused"]["MetricStat"]["Metric"]
    (of,) = parts["waiting"]["MetricStat"]["Metric"]["Dimensions"]
    assert of == {"Name": "FunctionName", "Value": "storyreel-dev-deliver_webhooks"}


def test_a_video_that_waits_for_money_or_was_refused_is_no_failure_to_act_on(dev: Template) -> None:
    (failed,) = (
        each["Properties"]
        for name, each in dev.of_type("AWS::CloudWatch::Alarm")
        if name.startswith("MonitoringFailedVideos")
    )
    codes = {
        dimension["Value"]
        for metric in failed["Metrics"]
        for dimension in metric.get("MetricStat", {}).get("Metric", {}).get("Dimensions", [])
        if dimension["Name"] == "code"
    }
    assert "gave_up" in codes
    assert not codes & {"over_budget", "out_of_credit", "provider_key_missing", "input_refused"}


def test_the_dashboard_shows_every_alarm_and_the_functions_by_their_names(dev: Template) -> None:
    body = dev.plain(dev.only("AWS::CloudWatch::Dashboard")["DashboardBody"])
    alarms = [dev.plain({"Ref": name}) for name, _ in dev.of_type("AWS::CloudWatch::Alarm")]
    page = json.loads(body)
    titles = {each["properties"]["title"] for each in page["widgets"]}
    assert [name for name in alarms if name not in body] == []
    assert {"Alarms", "Videos", "Requests", "Errors of functions", "Postgres: free storage"} <= titles
    assert body.count("storyreel-dev-") >= 4
    assert dev.only("AWS::CloudWatch::Dashboard")["DashboardName"] == "storyreel-dev"


def _own_metrics(value: Any, namespace: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Name and dimensions of every metric of a namespace that stands anywhere in a part of a template."""
    match value:
        case {"Namespace": str(found), "MetricName": str(name)} if found == namespace:
            yield name, frozenset(each["Name"] for each in value.get("Dimensions", []))
        case [str(found), str(name), *dimensions] if found == namespace:  # as dashboards write it
            yield name, frozenset(each for each in dimensions[::2] if isinstance(each, str))
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        yield from _own_metrics(each, namespace)


def test_what_alarms_and_the_dashboard_look_at_is_what_the_functions_count(dev: Template) -> None:
    declared = {(each.name, frozenset({"service", *names})) for each in METRICS for names in ((), each.by)}
    page = json.loads(dev.plain(dev.only("AWS::CloudWatch::Dashboard")["DashboardBody"]))
    searched = re.findall(
        r'{"Storyreel/dev",([\w,]+)} MetricName="(\w+)"', json.dumps(page).replace('\\"', '"')
    )
    shown = {(name, frozenset(names.split(","))) for names, name in searched}
    shown |= set(_own_metrics(page, "Storyreel/dev"))
    alarms = [each["Properties"] for _, each in dev.of_type("AWS::CloudWatch::Alarm")]
    alarmed = set(_own_metrics(alarms, "Storyreel/dev"))
    namespaces = {
        each["Properties"]["Environment"]["Variables"]["POWERTOOLS_METRICS_NAMESPACE"]
        for each in dev.functions.values()
    }
    assert shown | alarmed <= declared
    assert {name for name, _ in shown} == {each.name for each in METRICS}
    assert {name for name, _ in alarmed} == {
        "BudgetRefusals",
        "ProviderCostUsd",
        "ProviderErrors",
        "VideosFailed",
        "WebhookFailures",
    }
    # CloudWatch takes no more in one alarm.
    assert all(len(each.get("Metrics", [])) <= 10 for each in alarms)
    assert namespaces == {"Storyreel/dev"}


def test_the_firewall_stands_before_prod(dev: Template, prod: Template) -> None:
    assert list(dev.of_type("AWS::WAFv2::WebACL")) == []
    rules = {rule["Name"] for rule in prod.only("AWS::WAFv2::WebACL")["Rules"]}
    assert "requests-per-address" in rules
    assert len(list(prod.of_type("AWS::WAFv2::WebACLAssociation"))) == 1


def test_dev_goes_out_by_an_instance_and_prod_by_a_gateway_in_each_zone(
    dev: Template, prod: Template
) -> None:
    ways = {
        stage: (
            len(list(each.of_type("AWS::EC2::Instance"))),
            len(list(each.of_type("AWS::EC2::NatGateway"))),
        )
        for stage, each in (("dev", dev), ("prod", prod))
    }
    assert ways == {"dev": (1, 0), "prod": (0, 2)}


def test_a_deployment_tells_its_addresses(dev: Template) -> None:
    assert set(dev.content["Outputs"]) == {
        "AlarmsTopic",
        "ApiDocs",
        "ApiUrl",
        "MediaBucket",
        "ProviderKeysSecret",
        "SigningSecret",
        "StateMachine",
        "StateMachineConsole",
    }


def test_both_stages_have_the_same_functions_and_routes(dev: Template, prod: Template) -> None:
    assert prod.functions.keys() == dev.functions.keys()
    assert prod.api_body["paths"].keys() == dev.api_body["paths"].keys()

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.stages import STAGES
from tests.infra.reading import Template
from tests.infra.synthesis import synthesized


def _lifecycle(template: Template) -> dict[str, dict[str, Any]]:
    rules = template.only("AWS::S3::Bucket")["LifecycleConfiguration"]["Rules"]
    return {rule["Id"]: rule for rule in rules}


def test_the_bucket_is_closed_to_the_public_and_encrypted(dev: Template, prod: Template) -> None:
    for template in (dev, prod):
        bucket = template.only("AWS::S3::Bucket")
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
        assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_the_bucket_refuses_everybody_who_comes_without_tls(dev: Template) -> None:
    statements = dev.only("AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    refused = [each["Condition"] for each in statements if each["Effect"] == "Deny"]
    assert {"Bool": {"aws:SecureTransport": "false"}} in refused
    assert {"NumericLessThan": {"s3:TlsVersion": 1.2}} in refused
    assert all(each["Principal"] == {"AWS": "*"} for each in statements if each["Effect"] == "Deny")


def test_the_bucket_forgets_leftovers_and_nothing_else(dev: Template) -> None:
    rules = _lifecycle(dev)
    assert rules["leftovers-of-uploads"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 2}
    assert (rules["temporary-objects"]["Prefix"], rules["temporary-objects"]["ExpirationInDays"]) == (
        "tmp/",
        1,
    )
    assert len(rules) == 2


def test_browsers_may_load_and_upload_media_from_the_stages_origins(dev: Template) -> None:
    (rule,) = dev.only("AWS::S3::Bucket")["CorsConfiguration"]["CorsRules"]
    assert rule["AllowedOrigins"] == ["*"]
    assert sorted(rule["AllowedMethods"]) == ["GET", "HEAD", "POST", "PUT"]
    assert "ETag" in rule["ExposedHeaders"]


def test_postgres_is_encrypted_private_and_asks_for_tls(dev: Template, prod: Template) -> None:
    for template in (dev, prod):
        instance = template.only("AWS::RDS::DBInstance")
        assert (instance["Engine"], instance["EngineVersion"]) == ("postgres", "18")
        assert instance["StorageEncrypted"] is True
        assert instance["PubliclyAccessible"] is False
        assert template.only("AWS::RDS::DBParameterGroup")["Parameters"]["rds.force_ssl"] == "1"
        assert template.only("AWS::RDS::DBParameterGroup")["Family"] == "postgres18"


def test_postgres_stands_where_no_route_leads_out(dev: Template) -> None:
    subnets = {each["Ref"] for each in dev.only("AWS::RDS::DBSubnetGroup")["SubnetIds"]}
    tables = {
        each["Properties"]["RouteTableId"]["Ref"]
        for _, each in dev.of_type("AWS::EC2::SubnetRouteTableAssociation")
        if each["Properties"]["SubnetId"]["Ref"] in subnets
    }
    routed = {each["Properties"]["RouteTableId"]["Ref"] for _, each in dev.of_type("AWS::EC2::Route")}
    assert len(subnets) == 2
    assert tables.isdisjoint(routed)


def test_postgres_takes_calls_from_the_functions_alone(dev: Template) -> None:
    groups = {name: each["Properties"] for name, each in dev.of_type("AWS::EC2::SecurityGroup")}
    (ours,) = [each for name, each in groups.items() if name.startswith("NetworkDatabase")]
    into = [
        (dev.plain(each["Properties"]["SourceSecurityGroupId"]), each["Properties"]["FromPort"])
        for _, each in dev.of_type("AWS::EC2::SecurityGroupIngress")
        if dev.plain(each["Properties"]["GroupId"]).startswith("NetworkDatabase")
    ]
    assert into == [("NetworkFunctions", 5432)]
    assert "SecurityGroupIngress" not in ours


def test_prod_keeps_data_and_dev_lets_it_go(dev: Template, prod: Template) -> None:
    found = {}
    for stage, template in (("dev", dev), ("prod", prod)):
        ((_, bucket),) = template.of_type("AWS::S3::Bucket")
        ((_, instance),) = template.of_type("AWS::RDS::DBInstance")
        properties = instance["Properties"]
        found[stage] = (
            bucket["DeletionPolicy"],
            instance["DeletionPolicy"],
            properties["DeletionProtection"],
            properties["MultiAZ"],
            properties["BackupRetentionPeriod"],
        )
    assert found == {
        "dev": ("Delete", "Delete", False, False, 1),
        "prod": ("Retain", "Snapshot", True, True, 14),
    }


@pytest.mark.parametrize("role", ["api", "operator"])
def test_the_roles_are_those_that_the_migrations_know(dev: Template, role: str) -> None:
    secrets = dev.of_type("AWS::SecretsManager::Secret")
    ((_, secret),) = [each for each in secrets if f"{role.capitalize()}Secret" in each[0]]
    generated = secret["Properties"]["GenerateSecretString"]
    assert json.loads(generated["SecretStringTemplate"]) == {"username": f"storyreel_{role}"}
    assert generated["GenerateStringKey"] == "password"
    assert generated["PasswordLength"] == 40


def test_the_owners_login_is_for_migrations_alone(dev: Template, prod: Template) -> None:
    for template in (dev, prod):
        with_it = [
            name
            for name, each in template.functions.items()
            if "DATABASE_ADMIN_SECRET_ARN" in each["Properties"]["Environment"]["Variables"]
        ]
        assert with_it == ["migrate_database"]


def test_prod_replaces_every_password_every_month(dev: Template, prod: Template) -> None:
    def rotated(template: Template) -> dict[str, tuple[str, bool]]:
        schedules = [
            each["Properties"] for _, each in template.of_type("AWS::SecretsManager::RotationSchedule")
        ]
        return {
            template.plain(each["SecretId"]): (
                each["RotationRules"]["ScheduleExpression"],
                each["RotateImmediatelyOnUpdate"],
            )
            for each in schedules
        }

    assert rotated(dev) == {}
    assert rotated(prod) == {
        "DatabaseApiSecretAttachment": ("rate(30 days)", False),
        "DatabaseInstanceSecretAttachment": ("rate(30 days)", False),
        "DatabaseOperatorSecretAttachment": ("rate(30 days)", False),
    }


def test_who_replaces_passwords_reaches_postgres_and_secrets_manager(prod: Template) -> None:
    rotations = [each["Properties"]["Parameters"] for _, each in prod.of_type("AWS::Serverless::Application")]
    into = [
        prod.plain(each["Properties"]["SourceSecurityGroupId"])
        for _, each in prod.of_type("AWS::EC2::SecurityGroupIngress")
        if prod.plain(each["Properties"]["GroupId"]).startswith("NetworkDatabase")
    ]
    ((_, group),) = [each for each in prod.of_type("AWS::EC2::SecurityGroup") if "Rotation" in each[0]]
    assert {prod.plain(each["vpcSecurityGroupIds"]) for each in rotations} == {"DatabaseRotation"}
    # One rule for each: EC2 refuses a second one of the same kind, and the deployment with it.
    assert sorted(into) == ["DatabaseProxyGroup", "DatabaseRotation", "NetworkFunctions"]
    assert [each["FromPort"] for each in group["Properties"]["SecurityGroupEgress"]] == [443]


def test_who_replaces_passwords_gets_out_of_the_network_by_a_nat_instance_too(tmp_path: Path) -> None:
    stage = replace(STAGES["dev"], rotate_passwords_days=30)
    template = synthesized(stage, tmp_path)
    into_nat = {
        template.plain(each["Properties"]["SourceSecurityGroupId"])
        for _, each in template.of_type("AWS::EC2::SecurityGroupIngress")
        if "Nat" in template.plain(each["Properties"]["GroupId"])
    }
    assert into_nat == {"NetworkFunctions", "DatabaseRotation"}


def test_somebody_is_told_when_a_password_is_not_replaced(dev: Template, prod: Template) -> None:
    def looked_at(template: Template) -> set[str]:
        return {
            part["MetricStat"]["Metric"]["Dimensions"][0]["Value"]
            for name, alarm in template.of_type("AWS::CloudWatch::Alarm")
            if name.startswith("MonitoringDeadLetters")
            for part in alarm["Properties"]["Metrics"]
            if part.get("MetricStat", {}).get("Metric", {}).get("MetricName") == "Errors"
        }

    made = {
        each["Properties"]["Parameters"]["functionName"]
        for _, each in prod.of_type("AWS::Serverless::Application")
    }
    assert len(made) == 3
    assert (looked_at(prod), looked_at(dev)) == (made, set())


def test_prod_keeps_every_secret_and_dev_none(dev: Template, prod: Template) -> None:
    kept = [
        {each["DeletionPolicy"] for _, each in template.of_type("AWS::SecretsManager::Secret")}
        for template in (dev, prod)
    ]
    assert kept == [{"Delete"}, {"Retain"}]


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_no_secret_value_stands_in_a_template(stage: str, request: pytest.FixtureRequest) -> None:
    template: Template = request.getfixturevalue(stage)
    given = [
        each["Properties"]["SecretString"]
        for _, each in template.of_type("AWS::SecretsManager::Secret")
        if "SecretString" in each["Properties"]
    ]
    instance = template.only("AWS::RDS::DBInstance")
    text = template.path.read_text(encoding="utf-8")
    assert given == ["{}"]  # the providers' keys: empty until their owner puts them there
    assert template.plain(instance["MasterUserPassword"]).startswith("{{resolve:secretsmanager:")
    assert re.findall(r"sk-[A-Za-z0-9]{8,}|key_[0-9a-f]{16,}|AKIA[A-Z0-9]{16}", text) == []


def test_no_environment_holds_a_secret_by_value(dev: Template) -> None:
    names = {
        name for each in dev.functions.values() for name in each["Properties"]["Environment"]["Variables"]
    }
    telling = {name for name in names if re.search("SECRET|KEY|TOKEN|PASSWORD", name)}
    assert telling == {
        "DATABASE_SECRET_ARN",
        "DATABASE_ADMIN_SECRET_ARN",
        "DATABASE_OPERATOR_SECRET_ARN",
        "PROVIDERS_SECRET_ARN",
        "SIGNING_SECRET_ARN",
    }

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import aws_cdk as cdk
import pytest

from infra.app import cdk_context
from infra.stack import Declared, StoryreelStack
from infra.stages import STAGES, Domain
from tests.infra.reading import Template

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
BARE = Domain(name="api.example.com", certificate_arn=CERTIFICATE)
ZONED = replace(BARE, zone_id="Z0123456789", zone_name="example.com")


def _with_domain(domain: Domain, out: Path) -> Template:
    app = cdk.App(outdir=str(out), context={**cdk_context(), "aws:cdk:bundling-stacks": []})
    StoryreelStack(app, stage=replace(STAGES["dev"], domain=domain), declared=Declared.found())
    app.synth()
    return Template(out / "storyreel-dev.template.json")


@pytest.fixture(scope="module")
def zoned(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return _with_domain(ZONED, tmp_path_factory.mktemp("zoned"))


def test_the_name_leads_to_the_apis_stage_without_a_path(zoned: Template) -> None:
    name = zoned.only("AWS::ApiGateway::DomainName")
    mapping = zoned.only("AWS::ApiGateway::BasePathMapping")
    assert (name["DomainName"], name["RegionalCertificateArn"]) == ("api.example.com", CERTIFICATE)
    assert (name["EndpointConfiguration"], name["SecurityPolicy"]) == ({"Types": ["REGIONAL"]}, "TLS_1_2")
    assert "BasePath" not in mapping
    assert zoned.plain(mapping["Stage"]).startswith("ApiRestApiDeploymentStage")


def test_the_stage_tells_the_name_as_its_address(zoned: Template) -> None:
    assert zoned.content["Outputs"]["ApiUrl"]["Value"] == "https://api.example.com"
    assert zoned.content["Outputs"]["ApiDocs"]["Value"] == "https://api.example.com/api/docs"


def test_the_zone_gets_a_record_for_each_kind_of_address(zoned: Template) -> None:
    records = [each["Properties"] for _, each in zoned.of_type("AWS::Route53::RecordSet")]
    assert sorted(each["Type"] for each in records) == ["A", "AAAA"]
    assert {each["Name"] for each in records} == {"api.example.com."}
    assert {each["HostedZoneId"] for each in records} == {"Z0123456789"}


def test_without_a_zone_the_stage_tells_where_a_record_must_point(tmp_path: Path) -> None:
    template = _with_domain(BARE, tmp_path)
    assert list(template.of_type("AWS::Route53::RecordSet")) == []
    target = template.content["Outputs"]["DomainTarget"]["Value"]
    assert target["Fn::GetAtt"][1] == "RegionalDomainName"


def test_a_stage_without_a_domain_has_none(dev: Template) -> None:
    assert list(dev.of_type("AWS::ApiGateway::DomainName")) == []

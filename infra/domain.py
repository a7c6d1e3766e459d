"""An address of one's own before the API."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import (
    aws_apigateway as apigateway,
    aws_certificatemanager as acm,
    aws_route53 as route53,
    aws_route53_targets as targets,
)
from constructs import Construct

from infra.stages import Domain


class ApiDomain(Construct):
    """The name leads to the API's stage: its paths have no stage in front. `url` ends without a slash."""

    def __init__(self, scope: Construct, name: str, *, domain: Domain, api: apigateway.RestApiBase) -> None:
        super().__init__(scope, name)
        address = apigateway.DomainName(
            self,
            "Name",
            domain_name=domain.name,
            certificate=acm.Certificate.from_certificate_arn(self, "Certificate", domain.certificate_arn),
            endpoint_type=apigateway.EndpointType.REGIONAL,
            security_policy=apigateway.SecurityPolicy.TLS_1_2,
        )
        address.add_base_path_mapping(api, stage=api.deployment_stage)
        self.url = f"https://{domain.name}"
        if domain.zone_id is None or domain.zone_name is None:
            cdk.CfnOutput(self, "Target", value=address.domain_name_alias_domain_name).override_logical_id(
                "DomainTarget"
            )
            return
        zone = route53.HostedZone.from_hosted_zone_attributes(
            self, "Zone", hosted_zone_id=domain.zone_id, zone_name=domain.zone_name
        )
        alias = route53.RecordTarget.from_alias(targets.ApiGatewayDomain(address))
        for kind in (route53.ARecord, route53.AaaaRecord):
            kind(self, kind.__name__, zone=zone, record_name=f"{domain.name}.", target=alias)

"""The network: two zones; functions in private subnets, the database where no route leads out."""

from __future__ import annotations

from aws_cdk import aws_ec2 as ec2, aws_iam as iam
from constructs import Construct

from infra.acknowledge import acknowledge
from infra.log_groups import log_group
from infra.stages import Stage

HTTPS = ec2.Port.tcp(443)
POSTGRES = ec2.Port.tcp(5432)


class Network(Construct):
    """`functions` may call HTTPS anywhere and Postgres in here; `database` takes calls from them alone."""

    def __init__(self, scope: Construct, name: str, *, stage: Stage) -> None:
        super().__init__(scope, name)
        nat = _nat(stage)
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            max_azs=2,
            ip_addresses=ec2.IpAddresses.cidr("10.20.0.0/16"),
            nat_gateway_provider=nat,
            nat_gateways=stage.nat_count,
            gateway_endpoints={
                # Free, and media never pass through the NAT.
                "S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3)
            },
            subnet_configuration=[
                ec2.SubnetConfiguration(name="Public", subnet_type=ec2.SubnetType.PUBLIC, cidr_mask=24),
                ec2.SubnetConfiguration(
                    name="Functions", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS, cidr_mask=20
                ),
                ec2.SubnetConfiguration(
                    name="Database", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=24
                ),
            ],
        )
        self._record_rejected_traffic(stage)
        self.functions = ec2.SecurityGroup(
            self, "Functions", vpc=self.vpc, description="Lambda functions", allow_all_outbound=False
        )
        self.database = ec2.SecurityGroup(
            self, "Database", vpc=self.vpc, description="Postgres", allow_all_outbound=False
        )
        self.functions.connections.allow_to(self.database, POSTGRES, "Postgres")
        self._nat = nat if isinstance(nat, ec2.NatInstanceProviderV2) else None
        self.nat_instances = [] if self._nat is None else self._nat.gateway_instances
        for instance in self.nat_instances:
            _prepare_nat(instance)
        self.let_out(self.functions, "AWS and the providers")

    def let_out(self, group: ec2.SecurityGroup, to: str) -> None:
        """Let a group call HTTPS anywhere; a NAT instance passes on what comes from such groups alone."""
        group.add_egress_rule(ec2.Peer.any_ipv4(), HTTPS, to)
        if self._nat is not None:
            self._nat.connections.allow_from(group, HTTPS, "HTTPS on its way out")

    def _record_rejected_traffic(self, stage: Stage) -> None:
        group = log_group(
            self,
            stage=stage,
            name=f"/storyreel/{stage.name}/rejected-traffic",
            holds="addresses and ports of traffic that was refused",
        )
        role = iam.Role(
            self,
            "RejectedTrafficRole",
            assumed_by=iam.ServicePrincipal("vpc-flow-logs.amazonaws.com"),
            inline_policies={
                "rights": iam.PolicyDocument(
                    statements=[
                        iam.PolicyStatement(
                            actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                            resources=[group.log_group_arn],
                        )
                    ]
                )
            },
        )
        self.vpc.add_flow_log(
            "RejectedTraffic",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(group, role.without_policy_updates()),
            traffic_type=ec2.FlowLogTrafficType.REJECT,
        )


def _prepare_nat(instance: ec2.Instance) -> None:
    instance.instance.block_device_mappings = [
        ec2.CfnInstance.BlockDeviceMappingProperty(
            device_name="/dev/xvda", ebs=ec2.CfnInstance.EbsProperty(encrypted=True)
        )
    ]
    acknowledge(
        instance,
        "A look in five minutes is enough for a NAT whose alarm waits for two of them.",
        "AwsSolutions-EC28",
    )
    acknowledge(
        instance,
        "The NAT keeps nothing: to replace it is to mend it, and it goes with its stage.",
        "AwsSolutions-EC29",
    )


def _nat(stage: Stage) -> ec2.NatProvider:
    if stage.nat == "gateway":
        return ec2.NatProvider.gateway()
    return ec2.NatProvider.instance_v2(
        instance_type=ec2.InstanceType("t4g.nano"),
        machine_image=ec2.MachineImage.latest_amazon_linux2023(cpu_type=ec2.AmazonLinuxCpuType.ARM_64),
        default_allowed_traffic=ec2.NatTrafficDirection.OUTBOUND_ONLY,
    )

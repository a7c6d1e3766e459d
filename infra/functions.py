"""How one declaration becomes one Lambda: a function, its role, its log group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypedDict

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2, aws_iam as iam, aws_lambda as lambda_, aws_logs as logs, aws_sqs as sqs
from constructs import Construct

from infra import ROOT
from infra.access import Grant, allow, variables
from infra.connections import reserved_concurrency
from infra.function_notes import acknowledge_function, acknowledge_role
from infra.layers import Layers
from infra.log_groups import log_group
from infra.network import Network
from infra.stages import Stage
from shared.lambdas.access import Access, Layer
from shared.lambdas.declaration import Declaration
from shared.lambdas.endpoint import Endpoint
from shared.lambdas.operation import Operation, Trigger
from shared.settings import HttpSettings

RUNTIME = lambda_.Runtime.PYTHON_3_13

# Everything but the two packages is ignored; then what Python leaves in them.
ASSET_IGNORES = ["/*", "!/functions/", "!/shared/", "__pycache__/", "*.pyc"]

MEDIA_SCRATCH = cdk.Size.gibibytes(2)
"""Room in /tmp for functions that run ffmpeg: the clips of a long video and the cut beside them."""


_NETWORK_INTERFACES = [
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
]
"""What the Lambda service does, in the function's name, to stand it in a VPC."""


class NetworkPlace(TypedDict, total=False):
    """Where a function stands; empty for one that needs no private network."""

    vpc: ec2.IVpc
    vpc_subnets: ec2.SubnetSelection
    security_groups: list[ec2.ISecurityGroup]


class Functions(Construct):
    """Every declared function, by its name."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        stage: Stage,
        grants: Mapping[Access, Grant],
        layers: Layers,
        network: Network,
        dead_letters: sqs.IQueue,
    ) -> None:
        super().__init__(scope, name)
        self._stage = stage
        self._grants = grants
        self._layers = layers
        self._network = network
        self._dead_letters = dead_letters
        self._code = lambda_.Code.from_asset(str(ROOT), exclude=ASSET_IGNORES, ignore_mode=cdk.IgnoreMode.GIT)
        self._log_groups: dict[str, logs.ILogGroup] = {}
        self.made: dict[str, lambda_.Function] = {}
        """By name."""
        self.places: dict[str, Construct] = {}
        """By name: the function with its role, and the alias if it has one."""
        self.invoked: dict[str, lambda_.IFunction] = {}
        """By name: the function, or the alias of its version that starts quickly."""

    def add(self, declared: Declaration) -> None:
        """Make the Lambda of a declaration."""
        place = Construct(self, pascal(declared.name))
        group = self._log_group(declared.area)
        function = lambda_.Function(
            place,
            "Function",
            function_name=self._stage.resource_name(declared.name),
            description=declared.summary[:256],
            runtime=RUNTIME,
            architecture=lambda_.Architecture.ARM_64,
            code=self._code,
            handler=declared.handler,
            layers=[self._layers.by_name[each] for each in sorted(declared.layers)],
            memory_size=declared.memory_mb,
            timeout=cdk.Duration.seconds(declared.timeout_seconds),
            ephemeral_storage_size=MEDIA_SCRATCH if Layer.FFMPEG in declared.layers else None,
            environment=self._environment(declared),
            role=self._role(place, declared, group),
            log_group=group,
            logging_format=lambda_.LoggingFormat.JSON,
            tracing=lambda_.Tracing.ACTIVE,
            snap_start=self._snap_start(declared),
            reserved_concurrent_executions=reserved_concurrency(self._stage, declared),
            dead_letter_queue=self._dead_letters if _is_asynchronous(declared) else None,
            **self._place_in_network(declared),
        )
        acknowledge_function(function, declared, self._stage)
        _describe(function, declared)
        self.places[declared.name] = place
        self.made[declared.name] = function
        self.invoked[declared.name] = self._quickly_started(place, function, declared)

    def _snap_start(self, declared: Declaration) -> lambda_.SnapStartConf | None:
        wanted = declared.name in self._stage.snap_start
        return lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if wanted else None

    def _quickly_started(
        self, place: Construct, function: lambda_.Function, declared: Declaration
    ) -> lambda_.IFunction:
        """Only a published version has a snapshot or is kept loaded: its alias is what is invoked."""
        loaded = self._stage.provisioned.get(declared.name)
        if loaded is None and declared.name not in self._stage.snap_start:
            return function
        return lambda_.Alias(
            place,
            "Alias",
            alias_name="live",
            version=function.current_version,
            provisioned_concurrent_executions=loaded,
        )

    def _log_group(self, area: str) -> logs.ILogGroup:
        """One for all functions of an area: each function's own would be a resource more for each.

        Every line says its function, and so does the name of every stream.
        """
        if area not in self._log_groups:
            place = Construct(self, f"{pascal(area)}Area")
            name = f"/storyreel/{self._stage.name}/{area}"
            holds = f"what the functions of {area} log: ids, counts and errors"
            self._log_groups[area] = log_group(place, stage=self._stage, name=name, holds=holds)
        return self._log_groups[area]

    def _granted(self, declared: Declaration) -> Iterable[Grant]:
        return [self._grants[right] for right in sorted(declared.needs)]

    def _environment(self, declared: Declaration) -> dict[str, str]:
        environment = {
            "POWERTOOLS_SERVICE_NAME": "storyreel",
            "POWERTOOLS_METRICS_NAMESPACE": self._stage.metrics_namespace,
            "POWERTOOLS_LOG_LEVEL": self._stage.log_level,
            "STAGE": self._stage.name,
        }
        if isinstance(declared, Endpoint):
            environment |= variables(HttpSettings, allowed_origins=" ".join(self._stage.allowed_origins))
        for grant in self._granted(declared):
            environment |= grant.environment
        return environment

    def _role(self, place: Construct, declared: Declaration, group: logs.ILogGroup) -> iam.IRole:
        statements = [
            allow(["logs:CreateLogStream", "logs:PutLogEvents"], group.log_group_arn),
            allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*"),
            *(each for grant in self._granted(declared) for each in grant.statements),
        ]
        if self._is_private(declared):
            statements += [allow(_NETWORK_INTERFACES, "*"), self._only_lambda_itself(declared)]
        if _is_asynchronous(declared):
            statements.append(allow(["sqs:SendMessage"], self._dead_letters.queue_arn))
        # All rights in the role itself: a policy beside it would be a resource more per function.
        role = iam.Role(
            place,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"What {declared.name} may do",
            inline_policies={"rights": iam.PolicyDocument(statements=statements, minimize=True)},
        )
        acknowledge_role(role, declared, self._granted(declared), private=self._is_private(declared))
        # By its ARN: the function then depends on its role by that alone, as there is no policy beside it.
        return iam.Role.from_role_arn(place, "OwnRole", role.role_arn, mutable=False)

    def _only_lambda_itself(self, declared: Declaration) -> iam.PolicyStatement:
        """The code of a function may not touch network interfaces: the Lambda service does, before."""
        own = cdk.Stack.of(self).format_arn(
            service="lambda",
            resource="function",
            resource_name=self._stage.resource_name(declared.name),
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        return iam.PolicyStatement(
            effect=iam.Effect.DENY,
            actions=_NETWORK_INTERFACES,
            resources=["*"],
            conditions={"ArnEquals": {"lambda:SourceFunctionArn": own}},
        )

    def _is_private(self, declared: Declaration) -> bool:
        return any(grant.private_network for grant in self._granted(declared))

    def _place_in_network(self, declared: Declaration) -> NetworkPlace:
        if not self._is_private(declared):
            return {}
        return {
            "vpc": self._network.vpc,
            "vpc_subnets": ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
            "security_groups": [self._network.functions],
        }


def _is_asynchronous(declared: Declaration) -> bool:
    """Whether nobody waits for the function's answer."""
    return isinstance(declared, Operation) and declared.trigger is Trigger.SCHEDULE


def pascal(name: str) -> str:
    """`get_video` as CloudFormation writes names: GetVideo."""
    return "".join(part.capitalize() for part in name.split("_"))


def _describe(function: lambda_.Function, declared: Declaration) -> None:
    """Say in the template which declaration a function comes from: the laptop's stack reads it."""
    resource = function.node.default_child
    if not isinstance(resource, lambda_.CfnFunction):
        raise TypeError("A function's main resource is no AWS::Lambda::Function.")
    resource.add_metadata(
        "Storyreel",
        {
            "Name": declared.name,
            "Kind": type(declared).__name__.lower(),
            **({"Trigger": declared.trigger.value} if isinstance(declared, Operation) else {}),
        },
    )

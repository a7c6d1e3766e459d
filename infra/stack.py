"""The stack: what there is and how it hangs together. The parts are in the modules beside this one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.access import Grant, access_table
from infra.acknowledge import acknowledge
from infra.alarms import watch
from infra.api import Api
from infra.dashboard import Dashboard
from infra.database import Database
from infra.firewall import Firewall
from infra.functions import Functions
from infra.layers import Layers
from infra.media import Media
from infra.monitoring import DeadLetters, Monitoring
from infra.network import Network
from infra.operations import OnDeploy, OnSchedule
from infra.secrets import ProviderKeys, SigningSecret
from infra.stages import Stage
from infra.workflow import Workflow
from shared.lambdas.access import Access
from shared.lambdas.declaration import Declaration, declarations
from shared.lambdas.endpoint import Endpoint
from shared.lambdas.operation import Operation, Trigger
from shared.lambdas.step import Step


@dataclass(frozen=True, slots=True)
class Declared:
    """The functions that there are."""

    endpoints: Sequence[Endpoint]
    steps: Sequence[Step]  # type: ignore[type-arg]  # of whatever models
    operations: Sequence[Operation]

    @classmethod
    def found(cls) -> Declared:
        """Those below `functions/`."""
        return cls(list(declarations(Endpoint)), list(declarations(Step)), list(declarations(Operation)))

    def __iter__(self) -> Iterator[Declaration]:
        yield from self.endpoints
        yield from self.steps
        yield from self.operations

    def triggered_by(self, trigger: Trigger) -> list[str]:
        """The names of the operations that something starts."""
        return [each.name for each in self.operations if each.trigger is trigger]


_HELPERS = {
    "Custom::VpcRestrictDefaultSGCustomResourceProvider": "close the VPC's default security group",
    "Custom::S3AutoDeleteObjectsCustomResourceProvider": "empty the bucket of a stage that is destroyed",
    "AWSCDK.TriggerCustomResourceProviderCustomResourceProvider": "start the migrations",
}


def _check_quick_starts(stage: Stage, declared: Declared) -> None:
    """Refuse to pay for what is never used: nothing invokes an operation by its alias."""
    invoked = {each.name for each in (*declared.endpoints, *declared.steps)}
    if unknown := {*stage.snap_start, *stage.provisioned} - invoked:
        raise ValueError(f"Stage {stage.name} names what is no endpoint and no step: {sorted(unknown)}.")


@dataclass(frozen=True, slots=True)
class Foundation:
    """What functions stand on."""

    network: Network
    database: Database
    media: Media
    provider_keys: ProviderKeys
    signing: SigningSecret
    dead_letters: sqs.IQueue

    @classmethod
    def laid(cls, scope: Construct, stage: Stage) -> Foundation:
        """The resources of a stage."""
        network = Network(scope, "Network", stage=stage)
        return cls(
            network=network,
            database=Database(scope, "Database", stage=stage, network=network),
            media=Media(scope, "Media", stage=stage),
            provider_keys=ProviderKeys(scope, "ProviderKeys", stage=stage),
            signing=SigningSecret(scope, "Signing", stage=stage),
            dead_letters=DeadLetters(scope, "DeadLetters").queue,
        )

    def grants(self, scope: Construct, stage: Stage) -> dict[Access, Grant]:
        """What each right means on them."""
        return access_table(
            scope,
            stage=stage,
            database=self.database,
            media=self.media,
            provider_keys=self.provider_keys,
            signing=self.signing,
        )


class StoryreelStack(cdk.Stack):
    """One stage of Storyreel."""

    def __init__(self, scope: Construct, *, stage: Stage, declared: Declared) -> None:
        super().__init__(
            scope,
            stage.stack_name,
            description="Storyreel: a prompt becomes a finished, narrated video",
            termination_protection=stage.keep_data,
            analytics_reporting=False,
            suppress_template_indentation=True,  # CloudFormation takes 1 MB
            tags={"project": "storyreel", "stage": stage.name},
        )
        self._stage = stage
        _check_quick_starts(stage, declared)
        foundation = Foundation.laid(self, stage)
        functions = self._functions(foundation, declared)
        steps = {each.name: functions.invoked[each.name] for each in declared.steps}
        workflow = Workflow(self, "Workflow", stage=stage, steps=steps)
        api = self._api(declared, functions)
        self._start_operations(foundation, declared, functions)
        monitoring = self._watch(foundation, workflow, api)
        self._acknowledge_helpers()
        self._outputs(foundation, workflow, api, monitoring)

    def _functions(self, foundation: Foundation, declared: Declared) -> Functions:
        functions = Functions(
            self,
            "Functions",
            stage=self._stage,
            grants=foundation.grants(self, self._stage),
            layers=Layers(self, "Layers", stage=self._stage),
            network=foundation.network,
            dead_letters=foundation.dead_letters,
        )
        for each in declared:
            functions.add(each)
        return functions

    def _api(self, declared: Declared, functions: Functions) -> Api:
        stage = self._stage
        api = Api(self, "Api", stage=stage, endpoints=declared.endpoints, functions=functions.invoked)
        if stage.firewall_requests_per_address is not None:
            Firewall(
                self,
                "Firewall",
                stage=stage,
                api_stage_arn=api.rest_api.deployment_stage.stage_arn,
                requests_per_address=stage.firewall_requests_per_address,
            )
        return api

    def _start_operations(self, foundation: Foundation, declared: Declared, functions: Functions) -> None:
        """Have the operations started by deployments and by the schedule."""
        made, on_deploy = functions.made, declared.triggered_by(Trigger.DEPLOY)
        OnDeploy(
            self,
            "OnDeploy",
            functions=[made[name] for name in on_deploy],
            # Without the way out of the network, a function cannot read its secrets.
            after=[foundation.network, *foundation.database.logins],
            before=[
                *foundation.database.uses_roles,
                *(place for name, place in functions.places.items() if name not in on_deploy),
            ],
        )
        OnSchedule(
            self,
            "OnSchedule",
            stage=self._stage,
            operations=declared.operations,
            functions=made,
            dead_letters=foundation.dead_letters,
        )

    def _watch(self, foundation: Foundation, workflow: Workflow, api: Api) -> Monitoring:
        monitoring = Monitoring(self, "Monitoring", stage=self._stage)
        watch(
            monitoring,
            stage=self._stage,
            api=api.rest_api,
            machine=workflow.state_machine,
            database=foundation.database.instance,
            rotating=foundation.database.rotating,
            dead_letters=foundation.dead_letters,
            nat_instances=foundation.network.nat_instances,
        )
        Dashboard(
            self,
            "Dashboard",
            stage=self._stage,
            api=api.rest_api,
            machine=workflow.state_machine,
            database=foundation.database.instance,
            alarms=monitoring.alarms,
        )
        return monitoring

    def _acknowledge_helpers(self) -> None:
        """The CDK's own functions, which run during a deployment alone."""
        for name, work in _HELPERS.items():
            provider = self.node.try_find_child(name)
            if provider is None:
                continue
            helper = provider.node.find_child("Handler")
            acknowledge(
                helper, f"CloudFormation waits for it, and fails where it cannot {work}.", "CKV_AWS_116"
            )
            acknowledge(helper, f"One deployment at a time has it {work}.", "CKV_AWS_115")
            acknowledge(helper, f"It calls AWS alone to {work}: nothing in the network.", "CKV_AWS_117")
            acknowledge(helper, f"The CDK writes this template of what is there to {work}.", "W3005")

    def _outputs(self, foundation: Foundation, workflow: Workflow, api: Api, monitoring: Monitoring) -> None:
        console = f"https://{cdk.Aws.REGION}.console.aws.amazon.com/states/home?region={cdk.Aws.REGION}"
        arn = workflow.state_machine.state_machine_arn
        outputs = {
            "ApiUrl": api.url,
            "ApiDocs": f"{api.url}/api/docs",
            "MediaBucket": foundation.media.bucket.bucket_name,
            "StateMachine": arn,
            "StateMachineConsole": f"{console}#/statemachines/view/{arn}",
            "ProviderKeysSecret": foundation.provider_keys.secret.secret_name,
            "SigningSecret": foundation.signing.secret.secret_name,
            "AlarmsTopic": monitoring.topic.topic_arn,
        }
        for name, value in outputs.items():
            cdk.CfnOutput(self, name, value=value)

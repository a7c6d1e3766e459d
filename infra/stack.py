"""The stack: what there is and how it hangs together. The parts are in the modules beside this one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from constructs import Construct

from infra.access import access_table
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
        network = Network(self, "Network", stage=stage)
        database = Database(self, "Database", stage=stage, network=network)
        media = Media(self, "Media", stage=stage)
        provider_keys = ProviderKeys(self, "ProviderKeys", stage=stage)
        signing = SigningSecret(self, "Signing", stage=stage)
        dead_letters = DeadLetters(self, "DeadLetters")
        functions = Functions(
            self,
            "Functions",
            stage=stage,
            grants=access_table(
                self,
                stage=stage,
                database=database,
                media=media,
                provider_keys=provider_keys,
                signing=signing,
            ),
            layers=Layers(self, "Layers", stage=stage),
            network=network,
            dead_letters=dead_letters.queue,
        )
        made = {each.name: functions.add(each) for each in declared}
        unknown = {*stage.snap_start, *stage.provisioned} - made.keys()
        if unknown:
            raise ValueError(f"Stage {stage.name} names functions that there are not: {sorted(unknown)}.")
        workflow = Workflow(
            self, "Workflow", stage=stage, steps={each.name: made[each.name] for each in declared.steps}
        )
        api = Api(self, "Api", stage=stage, endpoints=declared.endpoints, functions=functions.invoked)
        if stage.firewall_requests_per_address is not None:
            Firewall(
                self,
                "Firewall",
                stage=stage,
                api_stage_arn=api.rest_api.deployment_stage.stage_arn,
                requests_per_address=stage.firewall_requests_per_address,
            )
        on_deploy = declared.triggered_by(Trigger.DEPLOY)
        OnDeploy(
            self,
            "OnDeploy",
            functions=[made[name] for name in on_deploy],
            # Without the way out of the network, a function cannot read its secrets.
            after=[network, database],
            before=[function for name, function in made.items() if name not in on_deploy],
        )
        OnSchedule(
            self,
            "OnSchedule",
            stage=stage,
            operations=declared.operations,
            functions=made,
            dead_letters=dead_letters.queue,
        )
        monitoring = Monitoring(self, "Monitoring", stage=stage)
        watch(
            monitoring,
            stage=stage,
            api=api.rest_api,
            machine=workflow.state_machine,
            database=database.instance,
            dead_letters=dead_letters.queue,
            nat_instances=network.nat_instances,
        )
        Dashboard(
            self,
            "Dashboard",
            stage=stage,
            api=api.rest_api,
            machine=workflow.state_machine,
            database=database.instance,
            alarms=monitoring.alarms,
        )
        self._acknowledge_helpers()
        cdk.CfnOutput(self, "SigningSecret", value=signing.secret.secret_name)
        self._outputs(api, workflow, media, provider_keys, monitoring)

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

    def _outputs(
        self, api: Api, workflow: Workflow, media: Media, provider_keys: ProviderKeys, monitoring: Monitoring
    ) -> None:
        console = f"https://{cdk.Aws.REGION}.console.aws.amazon.com/states/home?region={cdk.Aws.REGION}"
        arn = workflow.state_machine.state_machine_arn
        outputs = {
            "ApiUrl": api.url,
            "ApiDocs": f"{api.url}/api/docs",
            "MediaBucket": media.bucket.bucket_name,
            "StateMachine": arn,
            "StateMachineConsole": f"{console}#/statemachines/view/{arn}",
            "ProviderKeysSecret": provider_keys.secret.secret_name,
            "AlarmsTopic": monitoring.topic.topic_arn,
        }
        for name, value in outputs.items():
            cdk.CfnOutput(self, name, value=value)

"""What a template asks for, in the terms of the local parts: functions, routes, workflow, bucket, secrets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from infra.local.environment import ACCOUNT, REGION
from infra.local.template import Template

_OURS = "Storyreel"
"""The metadata by which the stack names the functions that come from a declaration."""


@dataclass(frozen=True, slots=True)
class FunctionPlan:
    """One Lambda. `kind` is endpoint, step or operation; `trigger` is an operation's."""

    name: str
    kind: str
    trigger: str | None
    physical_name: str
    handler: str
    memory_mb: int
    timeout_seconds: int
    json_logs: bool
    runs_ffmpeg: bool
    environment: dict[str, str]

    @property
    def arn(self) -> str:
        """The function's ARN."""
        return function_arn(self.physical_name)


@dataclass(frozen=True, slots=True)
class SecretPlan:
    """One secret: generated, or literal."""

    logical_id: str
    name: str
    properties: dict[str, Any]


@dataclass(frozen=True, slots=True)
class BucketPlan:
    """One bucket. `cors_rules` as S3's API takes them."""

    logical_id: str
    name: str
    cors_rules: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class DatabasePlan:
    """The Postgres instance."""

    logical_id: str
    name: str
    owner: str
    secret_id: str
    """The logical id of the secret with the owner's password."""


@dataclass(frozen=True, slots=True)
class StateMachinePlan:
    """One state machine, its definition complete."""

    name: str
    definition: str


@dataclass(frozen=True, slots=True)
class SchedulePlan:
    """What runs again and again."""

    function: str
    seconds: float
    payload: str


def function_arn(physical_name: str) -> str:
    """The ARN of a function of that name."""
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{physical_name}"


class Blueprint:
    """A template, read as the local parts need it.

    Secrets, buckets and database can be read at once; functions, routes, state machines and schedules
    only when `place` was told what those have become.
    """

    def __init__(self, template: Template) -> None:
        self.template = template
        self._place_functions()
        self._place_names()

    def place(self, logical_id: str, **attributes: str) -> None:
        """Say what a resource is here: its Ref and the attributes that Fn::GetAtt asks for."""
        self.template.attributes[logical_id] = {
            name.replace("__", "."): value for name, value in attributes.items()
        }

    def place_secret(self, logical_id: str, arn: str) -> None:
        """Say what a secret's ARN is; its attachment to the database is known by the same."""
        self.place(logical_id, Ref=arn)
        for name, each in self.template.resources("AWS::SecretsManager::SecretTargetAttachment").items():
            if _first_ref(each["Properties"]["SecretId"]) == logical_id:
                self.place(name, Ref=arn)

    @property
    def secrets(self) -> list[SecretPlan]:
        """Every secret."""
        return [
            SecretPlan(name, each["Properties"].get("Name", name), each["Properties"])
            for name, each in self.template.resources("AWS::SecretsManager::Secret").items()
        ]

    @property
    def buckets(self) -> list[BucketPlan]:
        """Every bucket."""
        return [
            BucketPlan(name, self._bucket_name(name, each), _cors_rules(each["Properties"]))
            for name, each in self.template.resources("AWS::S3::Bucket").items()
        ]

    @property
    def database(self) -> DatabasePlan:
        """The one database."""
        ((name, resource),) = self.template.resources("AWS::RDS::DBInstance").items()
        properties = resource["Properties"]
        return DatabasePlan(
            logical_id=name,
            name=properties["DBName"],
            owner=properties["MasterUsername"],
            secret_id=_first_ref(properties["MasterUserPassword"]),
        )

    def secret_behind(self, variable: str) -> str | None:
        """The logical id of the secret whose ARN the functions have in a variable."""
        for resource in self.template.resources("AWS::Lambda::Function").values():
            variables = resource["Properties"].get("Environment", {}).get("Variables", {})
            if variable in variables:
                return _first_ref(variables[variable])
        return None

    @cached_property
    def functions(self) -> dict[str, FunctionPlan]:
        """Every declared function, by its name. The CDK's own helpers are not among them."""
        plans = (
            self._function(name, each)
            for name, each in self.template.resources("AWS::Lambda::Function").items()
            if _OURS in each.get("Metadata", {})
        )
        return {plan.name: plan for plan in plans}

    @property
    def roles(self) -> dict[str, dict[str, Any]]:
        """The properties of each declared function's role, unresolved: they name what is placed later."""
        resources = self.template.content["Resources"]
        return {
            each["Metadata"][_OURS]["Name"]: resources[each["Properties"]["Role"]["Fn::GetAtt"][0]][
                "Properties"
            ]
            for each in self.template.resources("AWS::Lambda::Function").values()
            if _OURS in each.get("Metadata", {})
        }

    @property
    def api_body(self) -> dict[str, Any]:
        """The API's OpenAPI document with its integrations."""
        ((name, _),) = self.template.resources("AWS::ApiGateway::RestApi").items()
        body: dict[str, Any] = self.template.properties(name)["Body"]
        return body

    @property
    def api_stage(self) -> str:
        """The name of the API's stage."""
        ((name, _),) = self.template.resources("AWS::ApiGateway::Stage").items()
        return str(self.template.content["Resources"][name]["Properties"]["StageName"])

    @property
    def state_machines(self) -> list[StateMachinePlan]:
        """Every state machine."""
        return [
            self._state_machine(name) for name in self.template.resources("AWS::StepFunctions::StateMachine")
        ]

    @property
    def schedules(self) -> list[SchedulePlan]:
        """Every schedule."""
        return [self._schedule(name) for name in self.template.resources("AWS::Scheduler::Schedule")]

    def _place_functions(self) -> None:
        for name, resource in self.template.resources("AWS::Lambda::Function").items():
            physical = resource["Properties"].get("FunctionName", name)
            self.place(name, Ref=physical, Arn=function_arn(physical))
        for name, resource in self.template.resources("AWS::Lambda::Version").items():
            physical = self.template.resolve(resource["Properties"]["FunctionName"])
            self.place(name, Ref=f"{function_arn(physical)}:1", Version="1")

        for name, resource in self.template.resources("AWS::Lambda::Alias").items():
            properties = resource["Properties"]
            function = self.template.resolve(properties["FunctionName"])
            self.place(name, Ref=f"{function_arn(function)}:{properties['Name']}")

    def _place_names(self) -> None:
        for name, resource in self.template.resources("AWS::StepFunctions::StateMachine").items():
            physical = resource["Properties"]["StateMachineName"]
            self.place(name, Ref=f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{physical}", Name=physical)
        for name in self.template.resources("AWS::IAM::Role"):
            self.place(name, Ref=name, Arn=f"arn:aws:iam::{ACCOUNT}:role/{name}")
        for name in self.template.resources("AWS::SQS::Queue"):
            self.place(name, Ref=name, Arn=f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}", QueueName=name)
        for name in self.template.resources("AWS::ApiGateway::RestApi"):
            self.place(name, Ref="local")

    def _bucket_name(self, logical_id: str, resource: dict[str, Any]) -> str:
        given = resource["Properties"].get("BucketName")
        # As CloudFormation does it, with the account where it puts a random end.
        return str(given) if given else f"{self.template.stack_name}-{logical_id}-{ACCOUNT}".lower()[:63]

    def _function(self, logical_id: str, resource: dict[str, Any]) -> FunctionPlan:
        properties, ours = resource["Properties"], resource["Metadata"][_OURS]
        layers = [str(_first_ref(each)) for each in properties.get("Layers", [])]
        variables = properties.get("Environment", {}).get("Variables", {})
        return FunctionPlan(
            name=ours["Name"],
            kind=ours["Kind"],
            trigger=ours.get("Trigger"),
            physical_name=self.template.attributes[logical_id]["Ref"],
            handler=properties["Handler"],
            memory_mb=int(properties["MemorySize"]),
            timeout_seconds=int(properties["Timeout"]),
            json_logs=properties.get("LoggingConfig", {}).get("LogFormat") == "JSON",
            runs_ffmpeg=any("ffmpeg" in each.lower() for each in layers),
            environment={name: str(value) for name, value in self.template.resolve(variables).items()},
        )

    def _state_machine(self, logical_id: str) -> StateMachinePlan:
        properties = self.template.content["Resources"][logical_id]["Properties"]
        definition = str(self.template.resolve(properties["DefinitionString"]))
        for name, value in self.template.resolve(properties.get("DefinitionSubstitutions", {})).items():
            definition = definition.replace(f"${{{name}}}", str(value))
        return StateMachinePlan(properties["StateMachineName"], definition)

    def _schedule(self, logical_id: str) -> SchedulePlan:
        properties = self.template.content["Resources"][logical_id]["Properties"]
        arn = self.template.resolve(properties["Target"]["Arn"])
        (function,) = [each.name for each in self.functions.values() if each.arn == arn]
        payload = properties["Target"].get("Input", "{}")
        return SchedulePlan(function, rate_seconds(properties["ScheduleExpression"]), payload)


def rate_seconds(expression: str) -> float:
    """`rate(5 minutes)` in seconds."""
    number, unit = expression.removeprefix("rate(").removesuffix(")").split()
    return float(number) * {"minute": 60, "hour": 3600, "day": 86400}[unit.removesuffix("s")]


def _first_ref(value: Any) -> str:
    """The logical id that a Ref somewhere inside names."""
    found = _find_ref(value)
    if found is None:
        raise ValueError(f"No reference in {value!r}.")
    return found


def _find_ref(value: Any) -> str | None:
    if isinstance(value, dict):
        if isinstance(value.get("Ref"), str) and not value["Ref"].startswith("AWS::"):
            return str(value["Ref"])
        value = list(value.values())
    if isinstance(value, list):
        return next((found for each in value if (found := _find_ref(each)) is not None), None)
    return None


def _cors_rules(properties: dict[str, Any]) -> list[dict[str, Any]]:
    names = {"ExposedHeaders": "ExposeHeaders", "MaxAge": "MaxAgeSeconds", "Id": "ID"}
    rules = properties.get("CorsConfiguration", {}).get("CorsRules", [])
    return [{names.get(name, name): value for name, value in rule.items()} for rule in rules]

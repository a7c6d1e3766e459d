"""What each right means on AWS: the one table from `Access` to IAM statements and environment.

The names of variables are the fields of `shared.settings`: a name that is not there is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.connections import IDLE_SECONDS, OPERATOR_CONNECTIONS, api_connections, api_idle_seconds
from infra.database import Database
from infra.media import Media
from infra.secrets import ProviderKeys, SigningSecret
from infra.stages import Stage
from infra.workflow import WORKFLOW, execution_arns, workflow_arn
from shared.assets.keys import INCOMING, Folder
from shared.lambdas.access import Access
from shared.settings import (
    NOT_SET,
    DatabaseAdminSettings,
    DatabaseOperatorSettings,
    DatabaseSettings,
    DeliverySettings,
    MediaSettings,
    ProviderSettings,
    Settings,
    SigningSettings,
    SignInSettings,
    WorkflowSettings,
)

UPLOADS = (f"{INCOMING}*", f"*/{Folder.UPLOADS}/*")
"""Where what users send comes in, and where it stays."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What one right brings a function."""

    statements: Sequence[iam.PolicyStatement]
    environment: Mapping[str, str]
    private_network: bool = False
    """Whether the function must stand in the network's private subnets."""

    wildcards: Mapping[str, str] = field(default_factory=dict)
    """Why a resource that ends in `*` is as narrow as can be: cdk-nag's name for it, and the reason."""


def access_table(
    scope: Construct,
    *,
    stage: Stage,
    database: Database,
    media: Media,
    provider_keys: ProviderKeys,
    signing: SigningSecret,
) -> dict[Access, Grant]:
    """Every right, on this stage's resources."""
    return {
        **_database_grants(stage, database),
        **_media_grants(media),
        **_workflow_grants(scope, stage),
        Access.SIGNING: Grant(
            [allow(["secretsmanager:GetSecretValue"], signing.secret.secret_arn)],
            variables(SigningSettings, secret_arn=signing.secret.secret_arn) | _sign_in_variables(stage),
        ),
        Access.WEBHOOKS: _webhooks_grant(scope, stage),
        Access.PROVIDERS: _providers_grant(stage, provider_keys),
    }


def _sign_in_variables(stage: Stage) -> dict[str, str]:
    return variables(
        SignInSettings,
        registration=stage.registration,
        new_user_monthly_cap_usd=str(stage.new_user_monthly_cap_usd),
        issuers=json.dumps([each.model_dump() for each in stage.token_issuers]),
    )


def _database_grants(stage: Stage, database: Database) -> dict[Access, Grant]:
    server = {"port": database.instance.db_instance_endpoint_port, "name": database.name}
    direct = server | {"direct_host": database.instance.db_instance_endpoint_address}
    api, operator = database.api_secret.secret_arn, database.operator_secret.secret_arn
    owner = database.admin_secret.secret_arn

    def grant(environment: dict[str, str], *secrets: str) -> Grant:
        reading = allow(["secretsmanager:GetSecretValue"], *secrets)
        return Grant([reading], environment, private_network=True)

    proxy = str(database.proxy is not None).lower()
    return {
        Access.DATABASE: grant(
            variables(DatabaseSettings, **server, host=database.host, proxy=proxy, secret_arn=api), api
        ),
        Access.DATABASE_OPERATOR: grant(
            variables(DatabaseOperatorSettings, **direct, operator_secret_arn=operator), operator
        ),
        Access.DATABASE_ADMIN: grant(
            variables(
                DatabaseAdminSettings,
                **direct,
                admin_secret_arn=owner,
                secret_arn=api,
                operator_secret_arn=operator,
                api_connections=str(api_connections(stage)),
                api_idle_seconds=str(api_idle_seconds(stage)),
                operator_connections=str(OPERATOR_CONNECTIONS),
                operator_idle_seconds=str(IDLE_SECONDS),
            ),
            *(owner, api, operator),
        ),
    }


def _media_grants(media: Media) -> dict[Access, Grant]:
    read, write = ["s3:GetObject"], ["s3:PutObject", "s3:AbortMultipartUpload"]
    return {
        Access.MEDIA_READ: _media_grant(media, read, _folders(*(set(Folder) - {Folder.UNUSABLE}))),
        Access.MEDIA_DELETE: _media_grant(media, ["s3:DeleteObject"], [f"{INCOMING}*", *_folders(*Folder)]),
        Access.STORIES_READ: _media_grant(media, read, _folders(Folder.STORY)),
        Access.STORIES_WRITE: _media_grant(media, write, _folders(Folder.STORY)),
        Access.FRAMES_READ: _media_grant(media, read, _folders(Folder.FRAMES, Folder.UPLOADS)),
        Access.FRAMES_WRITE: _media_grant(media, write, _folders(Folder.FRAMES)),
        Access.CLIPS_READ: _media_grant(
            media, read, [*_folders(Folder.CLIPS, Folder.UPLOADS), _unusable("clip")]
        ),
        Access.CLIPS_WRITE: _media_grant(media, write, [*_folders(Folder.CLIPS), _unusable("clip")]),
        Access.NARRATION_READ: _media_grant(
            media, read, [*_folders(Folder.NARRATION), _unusable("narration")]
        ),
        Access.NARRATION_WRITE: _media_grant(
            media, write, [*_folders(Folder.NARRATION), _unusable("narration")]
        ),
        Access.UPLOADS_READ: _media_grant(media, [*read, "s3:ListMultipartUploadParts"], UPLOADS),
        Access.UPLOADS_WRITE: _media_grant(media, write, UPLOADS),
        Access.UPLOADS_DELETE: _media_grant(media, ["s3:DeleteObject"], UPLOADS, listing=False),
    }


def _folders(*folders: Folder) -> list[str]:
    return [f"*/{each}/*" for each in sorted(folders)]


def _unusable(kind: str) -> str:
    return f"*/{Folder.UNUSABLE}/{kind}_*"


def _media_grant(
    media: Media, actions: Sequence[str], below: Sequence[str], *, listing: bool | None = None
) -> Grant:
    """Actions on the objects whose keys are like one of `below`; who reads or deletes may list, too."""
    statements = [allow(actions, *(media.bucket.arn_for_objects(each) for each in below))]
    if listing if listing is not None else "s3:PutObject" not in actions:
        # Without it, S3 answers 403 for an object that does not exist.
        statements.append(allow(["s3:ListBucket"], media.bucket.bucket_arn))
    reason = (
        "Keys begin with the user's id, which no role can know; that a user's objects are his alone is the "
        "functions' part."
    )
    wildcards = {f"Resource::<{media.logical_id}.Arn>/{each}": reason for each in below}
    return Grant(statements, variables(MediaSettings, bucket=media.bucket.bucket_name), wildcards=wildcards)


def _workflow_grants(scope: Construct, stage: Stage) -> dict[Access, Grant]:
    arn = workflow_arn(scope, stage)
    executions = execution_arns(scope, stage)
    environment = variables(WorkflowSettings, arn=arn)
    return {
        Access.START_WORKFLOW: Grant([allow(["states:StartExecution"], arn)], environment),
        Access.STOP_WORKFLOW: Grant(
            [allow(["states:StopExecution", "states:DescribeExecution"], executions)],
            environment,
            wildcards={
                "Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:"
                f"{stage.resource_name(WORKFLOW)}:*": "Executions of the one state machine, which get their "
                "names when they start."
            },
        ),
    }


def _webhooks_grant(scope: Construct, stage: Stage) -> Grant:
    # By its name, as the workflow: who starts it need not be made after it.
    arn = cdk.Stack.of(scope).format_arn(
        service="lambda",
        resource="function",
        resource_name=stage.resource_name("deliver_webhooks"),
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
    return Grant([allow(["lambda:InvokeFunction"], arn)], variables(DeliverySettings, function=arn))


def _providers_grant(stage: Stage, provider_keys: ProviderKeys) -> Grant:
    chosen = stage.providers
    return Grant(
        [allow(["secretsmanager:GetSecretValue"], provider_keys.secret.secret_arn)],
        variables(
            ProviderSettings,
            secret_arn=provider_keys.secret.secret_arn,
            story=chosen.story,
            frame=chosen.frame,
            clip=chosen.clip,
            narration=chosen.narration,
            fallback_frame=chosen.fallback_frame,
            fallback_clip=chosen.fallback_clip,
            fallback_narration=chosen.fallback_narration,
            poll_seconds=str(chosen.poll_seconds),
            monthly_cap_usd=NOT_SET if stage.monthly_cap_usd is None else str(stage.monthly_cap_usd),
        ),
    )


def variables(group: type[Settings], **values: str) -> dict[str, str]:
    """A group of settings as environment; refuses what the group does not have and what it lacks."""
    unknown = values.keys() - group.model_fields.keys()
    missing = {name for name, field in group.model_fields.items() if field.is_required()} - values.keys()
    if unknown or missing:
        raise ValueError(f"{group.__name__}: unknown {sorted(unknown)}, missing {sorted(missing)}.")
    return {f"{group.prefix}_{name.upper()}": value for name, value in values.items()}


def allow(actions: Sequence[str], *resources: str) -> iam.PolicyStatement:
    """A statement that allows actions on resources."""
    return iam.PolicyStatement(actions=list(actions), resources=list(resources))

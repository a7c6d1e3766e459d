"""Secrets beside the database's: the providers' keys, and the one that the deployment signs with."""

from __future__ import annotations

import json

import aws_cdk as cdk
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.acknowledge import acknowledge
from infra.stages import Stage


def provider_keys_name(stage: Stage) -> str:
    """The name of the secret, for people."""
    return f"storyreel/{stage.name}/provider-keys"


class ProviderKeys(Construct):
    """JSON of OPENAI_API_KEY and RUNWAYML_API_SECRET, put there by `make keys`, never by the template.

    A later deployment leaves what was put there alone, as the template's own value does not change.
    """

    def __init__(self, scope: Construct, name: str, *, stage: Stage) -> None:
        super().__init__(scope, name)
        self.secret = secretsmanager.Secret(
            self,
            "Secret",
            secret_name=provider_keys_name(stage),
            description="Keys of OpenAI and Runway; an empty object means drafts",
            secret_string_value=cdk.SecretValue.unsafe_plain_text("{}"),
            removal_policy=cdk.RemovalPolicy.RETAIN if stage.keep_data else cdk.RemovalPolicy.DESTROY,
        )
        acknowledge(self.secret, "OpenAI and Runway let no program rotate their keys.", "AwsSolutions-SMG4")
        acknowledge(
            self.secret,
            "The providers' keys are encrypted with the account's key for Secrets Manager: a key of our own "
            "would cost a dollar a month and open to the functions that call providers all the same.",
            "CKV_AWS_149",
        )


class SigningSecret(Construct):
    """JSON of SECRET_KEY: what sealed keys, tokens and signed addresses are made with.

    Generated with the stack. Its owner may put a value of his own there, of 32 characters at least; then
    everything that was sealed or signed with the old one is void within five minutes.
    """

    def __init__(self, scope: Construct, name: str, *, stage: Stage) -> None:
        super().__init__(scope, name)
        self.secret = secretsmanager.Secret(
            self,
            "Secret",
            secret_name=f"storyreel/{stage.name}/signing",
            description="What the deployment seals and signs with",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template=json.dumps({}),
                generate_string_key="SECRET_KEY",
                password_length=64,
                exclude_punctuation=True,
            ),
            removal_policy=cdk.RemovalPolicy.RETAIN if stage.keep_data else cdk.RemovalPolicy.DESTROY,
        )
        acknowledge(
            self.secret,
            "A new value voids every sealed key and signed address: a person decides that.",
            "AwsSolutions-SMG4",
        )
        acknowledge(
            self.secret,
            "What the deployment signs with is encrypted with the account's key for Secrets Manager: every "
            "endpoint reads it, and would be given a key of our own, too.",
            "CKV_AWS_149",
        )

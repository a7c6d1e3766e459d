"""The providers' keys: a secret that the stack makes empty and its owner fills."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.acknowledge import acknowledge
from infra.stages import Stage


class ProviderKeys(Construct):
    """JSON of OPENAI_API_KEY and RUNWAYML_API_SECRET, put there by hand, never by the template.

        aws secretsmanager put-secret-value --secret-id <the output ProviderKeysSecret>
            --secret-string file://keys.json

    A later deployment leaves what was put there alone, as the template's own value does not change.
    """

    def __init__(self, scope: Construct, name: str, *, stage: Stage) -> None:
        super().__init__(scope, name)
        self.secret = secretsmanager.Secret(
            self,
            "Secret",
            secret_name=f"storyreel/{stage.name}/provider-keys",
            description="Keys of OpenAI and Runway; an empty object means drafts",
            secret_string_value=cdk.SecretValue.unsafe_plain_text("{}"),
            removal_policy=cdk.RemovalPolicy.RETAIN if stage.keep_data else cdk.RemovalPolicy.DESTROY,
        )
        acknowledge(self.secret, "SMG4", "OpenAI and Runway let no program rotate their keys.")

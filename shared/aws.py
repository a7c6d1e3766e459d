"""Clients of AWS, one per service and process. Endpoints and credentials are the environment's own."""

from __future__ import annotations

import json
import time
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from shared.errors import ServiceUnavailable

SECRET_SECONDS = 300
"""How long a secret is kept in memory: a rotated one is in use after this."""

_secrets: dict[str, tuple[float, dict[str, str]]] = {}


@cache
def client(service: str) -> Any:
    """A boto3 client. Standard retries ride out about ten seconds of a service that is away."""
    return boto3.client(
        service,
        config=Config(
            connect_timeout=3,
            read_timeout=30,
            retries={"mode": "standard", "total_max_attempts": 6},
            # Left alone, boto3 signs URLs for us-east-1 in the old way, which buckets of today refuse.
            signature_version="s3v4" if service == "s3" else None,
            s3={"addressing_style": "path"},
        ),
    )


def secret(arn: str) -> dict[str, str]:
    """A secret that holds a JSON object of text values."""
    held = _secrets.get(arn)
    if held is not None and time.monotonic() - held[0] < SECRET_SECONDS:
        return held[1]  # empty, too: no key is in place yet
    try:
        answer = client("secretsmanager").get_secret_value(SecretId=arn)
    except (BotoCoreError, ClientError) as error:
        raise ServiceUnavailable("Secrets Manager does not answer.") from error
    values = {name: str(value) for name, value in json.loads(answer["SecretString"]).items()}
    _secrets[arn] = (time.monotonic(), values)
    return values


def forget_secret(arn: str) -> None:
    """Read the secret anew next time: what it opened does not open any more."""
    _secrets.pop(arn, None)

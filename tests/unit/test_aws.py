from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from shared import aws


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "of-a-test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", raising=False)
    aws.client.cache_clear()
    with mock_aws():
        yield boto3.client("secretsmanager", region_name="us-east-1")
    aws.client.cache_clear()


@pytest.mark.parametrize("held", [{}, {"KEY": "one"}])
def test_a_secret_is_read_once_and_an_empty_one_too(secrets: Any, held: dict[str, str]) -> None:
    arn = secrets.create_secret(Name="keys", SecretString=json.dumps(held))["ARN"]
    assert aws.secret(arn) == held
    secrets.put_secret_value(SecretId=arn, SecretString='{"KEY": "two"}')
    assert aws.secret(arn) == held  # as it was read
    aws.forget_secret(arn)
    assert aws.secret(arn) == {"KEY": "two"}
    aws.forget_secret(arn)

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra import keys
from infra.keys import KeyNotTaken, put
from infra.secrets import provider_keys_name
from infra.stages import STAGES

NAME = provider_keys_name(STAGES["dev"])


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Secrets Manager with the secret as the stack makes it."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "of-a-test")
    monkeypatch.delenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", raising=False)
    with mock_aws():
        made = boto3.client("secretsmanager", region_name="us-east-1")
        made.create_secret(Name=NAME, SecretString="{}")
        yield made


def typing(openai: str, runway: str) -> Callable[[str], str]:
    """A person who answers so, in whatever order is asked."""
    answers = {"OPENAI_API_KEY": openai, "RUNWAYML_API_SECRET": runway}
    return lambda question: next(answer for name, answer in answers.items() if name in question)


def stored(client: Any) -> dict[str, str]:
    held: dict[str, str] = json.loads(client.get_secret_value(SecretId=NAME)["SecretString"])
    return held


def test_keys_that_are_typed_are_put_into_the_secret(client: Any) -> None:
    assert put(client, NAME, typing(" sk-one ", "key_two")) == ["OPENAI_API_KEY", "RUNWAYML_API_SECRET"]
    assert stored(client) == {"OPENAI_API_KEY": "sk-one", "RUNWAYML_API_SECRET": "key_two"}


def test_a_key_that_is_not_typed_stays_and_one_can_be_taken_away(client: Any) -> None:
    put(client, NAME, typing("sk-one", "key_two"))
    assert put(client, NAME, typing("", "-")) == ["OPENAI_API_KEY"]
    assert stored(client) == {"OPENAI_API_KEY": "sk-one"}


def test_no_question_shows_a_key(client: Any) -> None:
    put(client, NAME, typing("sk-one", "key_two"))
    asked: list[str] = []

    def read(question: str) -> str:
        asked.append(question)
        return ""

    put(client, NAME, read)
    assert len(asked) == 2
    assert "sk-one" not in "".join(asked)


@pytest.mark.parametrize("typed", ["sk one", "schlüssel", "x" * 501])
def test_what_can_be_no_key_changes_nothing(client: Any, typed: str) -> None:
    with pytest.raises(KeyNotTaken):
        put(client, NAME, typing("sk-one", typed))
    assert stored(client) == {}


def test_the_region_is_the_one_that_the_stack_is_deployed_to(
    client: Any,  # noqa: ARG001 - no AWS
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert keys._client().meta.region_name == "eu-central-1"
    monkeypatch.delenv("AWS_REGION")
    assert keys._client().meta.region_name == "us-east-1"


def test_without_a_region_it_says_how_to_name_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "of-a-test")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setattr(sys, "argv", ["infra.keys", "dev"])
    assert keys._main() == 1
    assert "export AWS_REGION=us-east-1" in capsys.readouterr().err


def test_an_unknown_stage_is_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["infra.keys", "prd"])
    assert keys._main() == 1
    assert (
        capsys.readouterr().err == "Nothing was changed: There is no stage 'prd': choose one of dev, prod.\n"
    )

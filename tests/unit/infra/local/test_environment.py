from __future__ import annotations

import pytest

from infra.local.environment import aws_environment, function_environment, machine_environment


def test_a_function_has_what_was_synthesized_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-user")
    assert function_environment({"GIVEN": "yes"}) == {"GIVEN": "yes"}


def test_a_webhook_may_be_on_this_machine() -> None:
    assert function_environment({"STAGE": "dev"}) == {"STAGE": "dev", "WEBHOOKS_LOOPBACK_ALLOWED": "true"}


def test_postgres_is_reached_without_tls() -> None:
    declared = {"DATABASE_NAME": "127.0.0.1", "DATABASE_PORT": "5432"}
    assert function_environment(declared) == {**declared, "DATABASE_SSLMODE": "disable"}


def test_only_functions_that_reach_the_providers_learn_where_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RUNWAYML_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("PROVIDERS_CLIP", "draft")
    made = function_environment({"PROVIDERS_SECRET_ARN": "arn", "PROVIDERS_CLIP": "auto"})
    assert made["RUNWAYML_BASE_URL"] == "http://127.0.0.1:1"
    assert made["PROVIDERS_CLIP"] == "draft"


def test_only_functions_that_sign_callers_in_learn_whose_tokens_are_trusted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SIGN_IN_ISSUERS", "[1]")
    made = function_environment({"SIGNING_SECRET_ARN": "arn", "SIGN_IN_ISSUERS": "[]"})
    assert made["SIGN_IN_ISSUERS"] == "[1]"
    assert "SIGN_IN_ISSUERS" not in function_environment({"PROVIDERS_SECRET_ARN": "arn"})


def test_no_function_sees_the_users_keys_or_aws_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-user")
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-the-user")
    everything = machine_environment() | aws_environment({"S3": "http://127.0.0.1:2"})
    assert "AWS_PROFILE" not in everything
    assert not {"sk-of-the-user", "of-the-user"} & set(everything.values())
    assert everything["AWS_ENDPOINT_URL_S3"] == "http://127.0.0.1:2"

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infra.local.blueprint import Blueprint, SecretPlan
from infra.local.failures import StackFailed
from infra.local.secrets_file import GeneratedSecrets
from infra.local.stack import LocalStack
from infra.local.template import Template

GENERATED = {
    "PasswordLength": 64,
    "ExcludePunctuation": True,
    "SecretStringTemplate": "{}",
    "GenerateStringKey": "SECRET_KEY",
}
SIGNING = SecretPlan("Signing", "signing", {"GenerateSecretString": GENERATED})
NO_KEYS = {"OPENAI_API_KEY": "", "RUNWAYML_API_SECRET": ""}
KEYS = SecretPlan("Keys", "keys", {"SecretString": json.dumps(NO_KEYS)})
FUNCTION = {
    "Type": "AWS::Lambda::Function",
    "Properties": {
        "Environment": {
            "Variables": {"SIGNING_SECRET_ARN": {"Ref": "Signing"}, "PROVIDERS_SECRET_ARN": {"Ref": "Keys"}}
        }
    },
}


def value(folder: Path, plan: SecretPlan, *, drafts_only: bool = False) -> dict[str, str]:
    stack = LocalStack(folder, say=print, drafts_only=drafts_only)
    blueprint = Blueprint(Template({"Resources": {"Function": FUNCTION}}, "stack"))
    generated = GeneratedSecrets(folder / "secrets.json")
    found: dict[str, str] = json.loads(stack._secret_value(plan, blueprint, generated))
    return found


def test_a_generated_value_stays_and_one_of_the_users_own_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    generated = value(tmp_path, SIGNING)["SECRET_KEY"]
    assert len(generated) == 64
    assert value(tmp_path, SIGNING) == {"SECRET_KEY": generated}
    monkeypatch.setenv("SECRET_KEY", "the user's own, of 32 characters")
    assert value(tmp_path, SIGNING) == {"SECRET_KEY": "the user's own, of 32 characters"}
    assert "the user's own" not in (tmp_path / "secrets.json").read_text()


def test_one_that_is_too_short_is_refused_before_anything_is_sealed_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "short")
    with pytest.raises(StackFailed, match="32 characters"):
        value(tmp_path, SIGNING)


def test_a_stack_for_drafts_is_not_given_the_keys_that_the_environment_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "a key")
    monkeypatch.delenv("RUNWAYML_API_SECRET", raising=False)
    assert value(tmp_path, KEYS) == {**NO_KEYS, "OPENAI_API_KEY": "a key"}
    assert value(tmp_path, KEYS, drafts_only=True) == NO_KEYS

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from infra.local.failures import StackFailed
from infra.local.secrets_file import GeneratedSecrets
from infra.local.stack import LocalStack

WANTED = {"PasswordLength": 64, "ExcludePunctuation": True, "SecretStringTemplate": "{}"}
PLAN = SimpleNamespace(
    logical_id="Signing", properties={"GenerateSecretString": {**WANTED, "GenerateStringKey": "SECRET_KEY"}}
)


def secret_key(tmp_path: Path) -> str:
    stack = LocalStack(tmp_path, say=print)
    blueprint = cast("Any", SimpleNamespace(secret_behind={"SIGNING_SECRET_ARN": "Signing"}.get))
    generated = GeneratedSecrets(tmp_path / "secrets.json")
    return str(json.loads(stack._secret_value(PLAN, blueprint, generated))["SECRET_KEY"])


def test_a_generated_value_stays_and_one_of_the_users_own_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    generated = secret_key(tmp_path)
    assert len(generated) == 64
    assert secret_key(tmp_path) == generated
    monkeypatch.setenv("SECRET_KEY", "the user's own, of 32 characters")
    assert secret_key(tmp_path) == "the user's own, of 32 characters"
    assert "the user's own" not in (tmp_path / "secrets.json").read_text()


def test_one_that_is_too_short_is_refused_before_anything_is_sealed_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "short")
    with pytest.raises(StackFailed, match="32 characters"):
        secret_key(tmp_path)

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from infra.local.secrets_file import GeneratedSecrets
from infra.local.stack import LocalStack

EMPTY = json.dumps({"OPENAI_API_KEY": "", "RUNWAYML_API_SECRET": ""})
PLAN = SimpleNamespace(logical_id="Keys", properties={"SecretString": EMPTY})


def keys(tmp_path: Path, *, drafts_only: bool) -> dict[str, str]:
    stack = LocalStack(tmp_path, say=print, drafts_only=drafts_only)
    blueprint = cast("Any", SimpleNamespace(secret_behind={"PROVIDERS_SECRET_ARN": "Keys"}.get))
    found: dict[str, str] = json.loads(
        stack._secret_value(PLAN, blueprint, GeneratedSecrets(tmp_path / "secrets.json"))
    )
    return found


def test_a_stack_for_drafts_is_not_given_the_keys_that_the_environment_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "a key")
    assert keys(tmp_path, drafts_only=False)["OPENAI_API_KEY"] == "a key"
    assert keys(tmp_path, drafts_only=True) == json.loads(EMPTY)

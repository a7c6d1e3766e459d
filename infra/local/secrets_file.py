"""The passwords that were generated for this data folder, kept beside the data that they open."""

from __future__ import annotations

import json
import os
import secrets
import string
from pathlib import Path
from typing import Any

from infra.local.blueprint import SecretPlan


class GeneratedSecrets:
    """Secrets with GenerateSecretString. The file is for its owner's eyes only."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._values: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}

    def value(self, plan: SecretPlan) -> str:
        """A secret's value, generated as the template says on first use."""
        if plan.logical_id not in self._values:
            self._values[plan.logical_id] = generate(plan.properties["GenerateSecretString"])
            write_private(self._path, json.dumps(self._values, indent=2))
        return self._values[plan.logical_id]


def generate(wanted: dict[str, Any]) -> str:
    """As Secrets Manager does it: letters, digits, punctuation but what is excluded, in the JSON given."""
    excluded = set(wanted.get("ExcludeCharacters", ""))
    characters = string.ascii_letters + string.digits
    if not wanted.get("ExcludePunctuation", False):
        characters += string.punctuation
    alphabet = [each for each in characters if each not in excluded]
    password = "".join(secrets.choice(alphabet) for _ in range(int(wanted.get("PasswordLength", 32))))
    if "SecretStringTemplate" not in wanted:
        return password
    return json.dumps({**json.loads(wanted["SecretStringTemplate"]), wanted["GenerateStringKey"]: password})


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step, readable for its owner alone."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    new.replace(path)

from __future__ import annotations

import pytest

from shared.accounts import signing
from shared.settings import SigningSettings


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The deployment's secret, in the place of Secrets Manager's answer."""
    values = {"SECRET_KEY": "0123456789abcdef0123456789abcdef"}
    monkeypatch.setattr(signing, "secret", lambda _: values)
    monkeypatch.setattr(signing, "settings", lambda _: SigningSettings(secret_arn="arn"))
    return values

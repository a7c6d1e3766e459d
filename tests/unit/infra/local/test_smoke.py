from __future__ import annotations

import sys
from pathlib import Path

import pytest

from infra.local.__main__ import main


@pytest.mark.parametrize(
    ("url", "key"),
    [("", ""), ("https://api.example.com", ""), ("", "sk_live_x"), ("api.example.com", "sk_live_x")],
    ids=["neither", "no key", "no address", "no address of the web"],
)
def test_an_api_that_is_half_named_is_not_taken_for_another(
    url: str,
    key: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("URL", url)
    monkeypatch.setenv("KEY", key)
    monkeypatch.setattr(sys, "argv", ["infra.local", "smoke", f"--data={tmp_path}"])
    assert main() == 2
    assert "make smoke URL=https://… KEY=sk_live_…" in capsys.readouterr().out

from __future__ import annotations

import tomllib

import pytest

from infra import ROOT
from infra.local import bootstrap

WHEELS = next(
    each for each in tomllib.loads((ROOT / "uv.lock").read_text())["package"] if each["name"] == "uv"
)["wheels"]


@pytest.mark.parametrize(
    ("system", "machine", "libc", "end"),
    [
        ("Linux", "x86_64", "glibc", "x86_64.whl"),
        ("Linux", "aarch64", "glibc", "aarch64.whl"),
        ("Linux", "x86_64", "", "x86_64.whl"),
        ("Darwin", "arm64", "", "arm64.whl"),
        ("Darwin", "x86_64", "glibc", "x86_64.whl"),
    ],
)
def test_each_kind_of_machine_gets_its_wheel(
    monkeypatch: pytest.MonkeyPatch, system: str, machine: str, libc: str, end: str
) -> None:
    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr("platform.machine", lambda: machine)
    monkeypatch.setattr("platform.libc_ver", lambda: (libc, ""))
    name = bootstrap.choose_wheel(WHEELS)["url"].rpartition("/")[2]
    assert name.endswith(end)
    assert ("macosx" in name) == (system == "Darwin")
    if system == "Linux":
        assert ("manylinux" if libc else "musllinux") in name


def test_an_unknown_machine_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Linux")
    monkeypatch.setattr("platform.machine", lambda: "mips")
    with pytest.raises(bootstrap.CannotInstall, match="mips"):
        bootstrap.choose_wheel(WHEELS)

"""What many tests share: the running stack, and the fake providers that it talks to."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.fakes.issuer import Issuer
from tests.fakes.providers.server import FakeProviders
from tests.fakes.providers.state import Settings
from tests.running_stack import Api, RunningStack, running_stack
from tests.workflow.crash.matrix import drawn

GROUPS = {
    "workflow/crash": "crash",
    "workflow": "stack",
    "integration": "stack",
    "e2e": "stack",
    "infra": "infra",
}
"""Tests of one group share what takes long to start, so they run in one process. The longest come first."""


_cells: dict[tuple[str, str], str] = {}
"""What became of the crash matrix's cells: here, since of many processes the first reads this file alone."""


class GroupScheduling(LoadScopeScheduling):  # type: ignore[misc] # it has no types
    """Gives each process whole groups, in their order; what is in none, file by file."""

    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid) or nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> GroupScheduling:
    """How `make test` deals the tests out."""
    return GroupScheduling(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The groups in their order; within them the order of chance that pytest-randomly has made."""
    ranks = {name: rank for rank, name in enumerate(dict.fromkeys(GROUPS.values()))}
    items.sort(key=lambda item: ranks.get(_group(item.nodeid), len(ranks)))


def _group(nodeid: str) -> str:
    return next((group for folder, group in GROUPS.items() if nodeid.startswith(f"tests/{folder}/")), "")


@pytest.fixture(scope="session")
def _fake() -> Iterator[FakeProviders]:
    with FakeProviders() as fake:
        yield fake


@pytest.fixture(scope="session")
def trusted_issuer() -> Iterator[Issuer]:
    """Somebody else whose tokens the stack trusts."""
    with Issuer() as issuer:
        yield issuer


@pytest.fixture(scope="session")
def stack(
    _fake: FakeProviders, trusted_issuer: Issuer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningStack]:
    """The local stack, once for all tests, with keys that open the fake providers."""
    environment = {
        "OPENAI_API_KEY": "sk-test-of-the-fake",
        "RUNWAYML_API_SECRET": "key_test_of_the_fake",
        "OPENAI_BASE_URL": _fake.openai_url,
        "RUNWAYML_BASE_URL": _fake.runway_url,
        "PROVIDERS_POLL_SECONDS": "0",
        "PROVIDERS_MONTHLY_CAP_USD": "none",  # which all tests together would reach
        "SIGN_IN_ISSUERS": json.dumps([trusted_issuer.setting]),
    }
    data = tmp_path_factory.mktemp("stack")
    with patch.dict(os.environ, environment), running_stack(data) as running:
        yield running


@pytest.fixture
def fake(_fake: FakeProviders) -> Iterator[FakeProviders]:
    """The fake providers, with an empty ledger and nothing going wrong."""
    _make_new(_fake)
    yield _fake
    _make_new(_fake)


def _make_new(fake: FakeProviders) -> None:
    fake.reset()
    for field in fields(Settings):
        setattr(fake.settings, field.name, getattr(Settings(), field.name))


@pytest.fixture
def api(stack: RunningStack, fake: FakeProviders) -> Api:  # noqa: ARG001 - the fake as it should be
    """A client for a new user."""
    return stack.new_caller()[0]


@pytest.fixture
def parts(stack: RunningStack, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The stack's environment for code that runs in the test's own process."""
    from shared import settings  # noqa: PLC0415 - only for those who ask

    for name, value in stack.environment().items():
        monkeypatch.setenv(name, value)
    settings._read.cache_clear()
    yield
    settings._read.cache_clear()


@pytest.fixture
def objects(parts: None) -> Callable[[str], set[str]]:  # noqa: ARG001 - storage must be up
    """Lists the keys below a prefix."""
    from shared.aws import client  # noqa: PLC0415 - only for those who ask
    from shared.storage import bucket  # noqa: PLC0415 - the same

    def keys(prefix: str) -> set[str]:
        found = client("s3").list_objects_v2(Bucket=bucket(), Prefix=prefix)
        return {each["Key"] for each in found.get("Contents", [])}

    return keys


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository."""
    return Path(__file__).parent.parent


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note what became of a cell."""
    found = re.search(r"crash/test_crash_matrix\.py::.*\[(\w+)-(\w+)\]", report.nodeid)
    if found and (report.when == "call" or report.failed):
        step, fault = found.groups()
        _cells[step, fault] = "ok" if report.passed else "XX"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the matrix, if it was tried."""
    if not _cells:
        return
    terminalreporter.section("crash matrix: steps and what goes wrong in them")
    for line in drawn(_cells):
        terminalreporter.write_line(line)
    held = sum(result == "ok" for result in _cells.values())
    terminalreporter.write_line(f"{held} of {len(_cells)} cells hold.")

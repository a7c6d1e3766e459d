"""The crash matrix's stack and its trials."""

from __future__ import annotations

import os
from collections.abc import Iterator
from unittest.mock import patch

import pytest

from tests.fakes.providers.server import FakeProviders
from tests.running_stack import running_stack
from tests.workflow.crash.stack import CrashStack
from tests.workflow.crash.trials import Trials


@pytest.fixture(scope="module")
def trials(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trials]:
    """The trials of all cells that were asked for, on a stack of their own."""
    collected = (getattr(item, "callspec", None) for item in request.session.items)
    asked = [spec.params["cell"] for spec in collected if spec is not None and "cell" in spec.params]
    with FakeProviders() as fake:
        environment = {
            "OPENAI_API_KEY": "sk-test-of-the-fake",
            "RUNWAYML_API_SECRET": "key_test_of_the_fake",
            "OPENAI_BASE_URL": fake.openai_url,
            "RUNWAYML_BASE_URL": fake.runway_url,
            "PROVIDERS_POLL_SECONDS": "0",
        }
        data = tmp_path_factory.mktemp("crash")
        with patch.dict(os.environ, environment), running_stack(data, CrashStack) as running:
            trying = Trials(asked, running, fake)
            yield trying
            fake.release()
            trying.close()

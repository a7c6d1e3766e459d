from __future__ import annotations

import pytest

from infra import ROOT
from infra.synth import synthesize
from tests.infra.reading import Template


def _template(stage: str) -> Template:
    return Template(synthesize(stage, ROOT / ".cache" / "synth" / stage, bundle_layers=False))


@pytest.fixture(scope="session")
def dev() -> Template:
    return _template("dev")


@pytest.fixture(scope="session")
def prod() -> Template:
    return _template("prod")

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra import ROOT, synth
from infra.node_tools import _node, _npm
from infra.stages import STAGES, stage_named
from infra.synth import SynthesisFailed, synthesize


def test_a_machine_without_node_synthesizes_with_the_node_from_pypi(tmp_path: Path) -> None:
    out = tmp_path / "out"
    context = {"stage": "dev", "aws:cdk:bundling-stacks": []}
    environment = {
        "PATH": str(tmp_path),
        "HOME": str(tmp_path),
        "CDK_OUTDIR": str(out),
        "CDK_CONTEXT_JSON": json.dumps(context),
    }
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (out / "storyreel-dev.template.json").exists()
    assert not (tmp_path / ".cache").exists()


def test_node_and_npm_are_the_ones_from_pypi() -> None:
    assert Path(_node()).is_relative_to(Path(sys.prefix))
    assert _npm().is_relative_to(Path(sys.prefix))


def test_a_second_synthesis_of_the_same_sources_does_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = []

    def run_app(stage: str, out: Path, *, bundle_layers: bool) -> None:
        runs.append((stage, bundle_layers))
        out.mkdir()
        (out / "storyreel-dev.template.json").write_text("{}", encoding="utf-8")

    monkeypatch.setattr(synth, "run_app", run_app)
    out = tmp_path / "out"
    for bundle_layers in (False, False, True, True):
        assert synthesize("dev", out, bundle_layers=bundle_layers) == out / "storyreel-dev.template.json"
    assert runs == [("dev", False), ("dev", True)]


@pytest.mark.parametrize(
    "changed",
    [
        "infra/stack.py",
        "infra/make_video.asl.yaml",
        "functions/videos/get_video.py",
        "shared/errors.py",
        "cdk.json",
    ],
)
def test_a_change_of_what_the_stack_is_made_from_is_noticed(
    changed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "infra/stack.py",
        "infra/make_video.asl.yaml",
        "infra/local/gateway.py",
        "functions/videos/get_video.py",
        "shared/errors.py",
        "cdk.json",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("before", encoding="utf-8")
    monkeypatch.setattr(synth, "ROOT", tmp_path)
    before = synth._inputs_hash()
    (tmp_path / "infra/local/gateway.py").write_text("after", encoding="utf-8")
    assert synth._inputs_hash() == before
    (tmp_path / changed).write_text("after", encoding="utf-8")
    assert synth._inputs_hash() != before


def test_a_stack_that_cannot_be_synthesized_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synth, "ROOT", tmp_path)
    with pytest.raises(SynthesisFailed, match="No module named 'infra'"):
        synth.run_app("dev", tmp_path / "out", bundle_layers=False)


def test_an_unknown_stage_is_refused_with_those_that_exist() -> None:
    with pytest.raises(ValueError, match="There is no stage 'prd': choose one of dev, prod"):
        stage_named("prd")


def test_importing_the_stages_needs_no_cdk() -> None:
    script = "import sys; import infra.stages, infra.synth; sys.exit('aws_cdk' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=dict(os.environ), timeout=60, check=True)
    assert list(STAGES) == ["dev", "prod"]

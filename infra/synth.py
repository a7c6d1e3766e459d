"""Synthesizing a stage, offline, without credentials, and only when something changed.

python -m infra.synth [dev|prod]                    the template, without building the layers
python -m infra.synth [dev|prod] --bundle-layers    with the layers, as `cdk deploy` does it
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra import ROOT
from infra.stages import stage_named

OUT = ROOT / "cdk.out"
NAG_REPORT = "validation-report.json"
"""Where the CDK writes what cdk-nag finds."""

_SECONDS = 900
_INPUTS = [
    "app.py",
    "cdk.json",
    "uv.lock",
    "infra/*.py",
    "infra/*.yaml",
    "layers/*/*",
    "functions/**/*",
    "shared/**/*",
]


class SynthesisFailed(RuntimeError):
    """The stack could not be synthesized; the message has the CDK's own words."""


def synthesize(stage: str, out: Path, *, bundle_layers: bool) -> Path:
    """Put a stage's cloud assembly into `out` and return its template's path.

    Nothing is done when `out` holds what the sources say already. Without `bundle_layers` the layers'
    assets are the requirement files alone. Raises SynthesisFailed. Safe to call twice at a time.
    """
    template = out / f"{stage_named(stage).stack_name}.template.json"
    mark = out / "inputs.sha256"
    with _alone(out):
        wanted = f"{_inputs_hash()} {stage} {bundle_layers}"
        if template.exists() and mark.exists() and mark.read_text(encoding="utf-8") == wanted:
            return template
        shutil.rmtree(out, ignore_errors=True)
        run_app(stage, out, bundle_layers=bundle_layers)
        mark.write_text(wanted, encoding="utf-8")
    return template


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.with_name(f"{out.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run_app(stage: str, out: Path, *, bundle_layers: bool, nag: bool = False) -> None:
    """Synthesize into `out` whatever is there, with cdk-nag's report if asked to. Raises SynthesisFailed.

    In a process of its own: the CDK's kernel takes some hundred MB, which go when it ends.
    """
    flags = [*(["--bundle-layers"] if bundle_layers else []), *(["--nag"] if nag else [])]
    command = [sys.executable, "-m", "infra.app", stage, str(out), *flags]
    try:
        subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, "HOME": str(_cdk_home())},
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        said = f"{error.stdout[-6000:]}\n{error.stderr[-4000:]}".strip()
        raise SynthesisFailed(f"Stage {stage} cannot be synthesized:\n{said}") from error
    except subprocess.TimeoutExpired as error:
        raise SynthesisFailed(f"Stage {stage} was not synthesized in {_SECONDS} s.") from error


def _cdk_home() -> Path:
    """Where CDK keeps its notes about assets; it has no other setting for it than the home folder."""
    home = ROOT / ".cache" / "cdk"
    home.mkdir(parents=True, exist_ok=True)
    return home


def _inputs_hash() -> str:
    """A hash over names and content of all that the synthesis reads."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in _INPUTS for path in ROOT.glob(pattern)}):
        if path.is_file() and "__pycache__" not in path.parts:
            content = path.read_bytes()
            digest.update(json.dumps([str(path.relative_to(ROOT)), len(content)]).encode())
            digest.update(content)
    return digest.hexdigest()


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.synth", description="Synthesize a stage.")
    parser.add_argument("stage", nargs="?", default="dev")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--bundle-layers", action="store_true", help="build the layers, too")
    chosen = parser.parse_args()
    template = synthesize(chosen.stage, chosen.out, bundle_layers=chosen.bundle_layers)
    sys.stdout.write(f"{template}\n")


if __name__ == "__main__":
    _main()

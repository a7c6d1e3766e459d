"""The CDK app: one stage's stack. `app.py` runs it for the CDK's command line, `infra.synth` for us."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from infra import ROOT
from infra.stack import Declared, StoryreelStack
from infra.stages import stage_named
from infra.synth import NAG_REPORT

DEFAULT_STAGE = "dev"


def build(
    *, out: Path | None = None, context: Mapping[str, Any] | None = None, declared: Declared | None = None
) -> cdk.App:
    """The app with the stack of the stage that the context names."""
    app = cdk.App(outdir=None if out is None else str(out), context=context, analytics_reporting=False)
    stage = stage_named(app.node.try_get_context("stage") or DEFAULT_STAGE)
    StoryreelStack(app, stage=stage, declared=declared or Declared.found())
    return app


def cdk_context() -> dict[str, Any]:
    """The feature flags in cdk.json, which the CDK's own command line would pass."""
    context: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    return context


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.app", description="Synthesize one stage.")
    parser.add_argument("stage")
    parser.add_argument("out", type=Path)
    parser.add_argument("--bundle-layers", action="store_true", help="build the layers, too")
    parser.add_argument(
        "--nag", action="store_true", help="report what cdk-nag's AWS Solutions and Serverless rules find"
    )
    chosen = parser.parse_args()
    bundling = ["**"] if chosen.bundle_layers else []
    context = {**cdk_context(), "stage": chosen.stage, "aws:cdk:bundling-stacks": bundling}
    app = build(out=chosen.out, context=context)
    if chosen.nag:
        # A deployment does without the checkers' packages.
        from cdk_nag import AwsSolutionsChecks, ServerlessChecks  # noqa: PLC0415

        cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))
    try:
        app.synth()
    except RuntimeError:
        # Findings are an error to the CDK, once all is written. Which of them are meant, `infra.checks` says.
        if not (chosen.out / NAG_REPORT).exists():
            raise


if __name__ == "__main__":
    _main()

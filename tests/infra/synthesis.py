"""Stages that nobody deploys, synthesized to look at."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk

from infra.app import cdk_context
from infra.stack import Declared, StoryreelStack
from infra.stages import Stage
from tests.infra.reading import Template


def synthesized(stage: Stage, out: Path) -> Template:
    """The template of a stage, in a folder that is empty."""
    app = cdk.App(outdir=str(out), context={**cdk_context(), "aws:cdk:bundling-stacks": []})
    StoryreelStack(app, stage=stage, declared=Declared.found())
    app.synth()
    return Template(out / f"{stage.stack_name}.template.json")

"""The CDK's entry: `cdk deploy -c stage=dev`."""

from __future__ import annotations

from infra.app import build

build().synth()

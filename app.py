"""The CDK's entry: `cdk deploy -c stage=dev`."""

from __future__ import annotations

import sys

from infra.app import build
from infra.stages import UnknownStage

try:
    build().synth()
except UnknownStage as error:
    sys.exit(str(error))

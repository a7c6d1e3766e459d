from __future__ import annotations

import ast
import sys
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

import pytest

from infra import ROOT
from shared.lambdas.access import Layer
from shared.lambdas.declaration import Declaration, declarations
from tests.infra.reach import OURS, Reached, reach
from tests.infra.reading import Template, asset_of, layers_of
from tests.infra.sites import (
    BROUGHT_BY_LAMBDA,
    distributions_of,
    import_failures,
    lay_out,
    modules_of,
)


@cache
def _declared() -> dict[str, Declaration]:
    return {each.name: each for each in declarations(Declaration)}


@cache
def _reached(name: str) -> Reached:
    return reach(_declared()[name].handler)


@cache
def _layer_of() -> dict[str, Layer]:
    """The layer that brings a module."""
    return {
        module: layer for layer in Layer for each in distributions_of(layer) for module in modules_of(each)
    }


# The draft's voice is made by a program of its own, where there is its GPL library: on a laptop.
LAPTOP_ALONE = {"espeakng_loader"}


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder for each layer, and one for what Lambda brings."""
    root = tmp_path_factory.mktemp("sites")
    sites = {layer.value: lay_out(distributions_of(layer), root / layer) for layer in Layer}
    return sites | {"lambda": lay_out(map(distribution, BROUGHT_BY_LAMBDA), root / "lambda")}


def _paths(dev: Template, name: str, sites: dict[str, Path]) -> list[Path]:
    layers = sorted(layers_of(dev, dev.functions[name]))
    return [asset_of(dev), *(sites[each] for each in layers), sites["lambda"]]


def _modules(name: str) -> list[str]:
    handler, reached = _declared()[name].module, _reached(name)
    return [handler, *sorted((reached.ours | reached.others) - LAPTOP_ALONE - {handler})]


def test_every_function_can_import_all_that_it_reaches_from_its_asset_and_its_layers(
    dev: Template, sites: dict[str, Path]
) -> None:
    alike: dict[tuple[Path, ...], dict[str, list[str]]] = {}
    for name in dev.functions:
        alike.setdefault(tuple(_paths(dev, name, sites)), {})[name] = _modules(name)
    assert {str(paths): import_failures(paths, jobs) for paths, jobs in alike.items()} == {
        str(paths): {} for paths in alike
    }


def test_a_layer_that_a_function_lacks_is_noticed(dev: Template, sites: dict[str, Path]) -> None:
    paths = [each for each in _paths(dev, "keep_clip", sites) if each.name != Layer.FFMPEG]
    failures = import_failures(paths, {"keep_clip": _modules("keep_clip")})
    assert failures == {
        "keep_clip": {"imageio_ffmpeg": "ModuleNotFoundError: No module named 'imageio_ffmpeg'"}
    }


def test_a_function_declares_the_layers_that_it_can_import_from_and_no_others() -> None:
    needed = {name: {Layer.CORE} for name in _declared()}
    for name, layers in needed.items():
        layers |= {_layer_of()[top] for top in _tops(name) & _layer_of().keys()}
    assert {name: set(each.layers) for name, each in _declared().items()} == needed


def _tops(name: str) -> set[str]:
    return {module.split(".")[0] for module in _reached(name).others}


def test_no_function_reaches_a_package_that_no_layer_brings() -> None:
    brought = {module for name in BROUGHT_BY_LAMBDA for module in modules_of(distribution(name))}
    tops = set().union(*(_tops(name) for name in _declared()))
    assert tops - brought - _layer_of().keys() - sys.stdlib_module_names == LAPTOP_ALONE


def test_only_the_places_that_the_search_knows_import_by_computed_names() -> None:
    computed = {
        path.relative_to(ROOT).as_posix()
        for folder in OURS
        for path in (ROOT / folder).rglob("*.py")
        if _imports_by_name(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert computed == {"shared/lambdas/declaration.py", "shared/providers/catalog.py"}


def _imports_by_name(tree: ast.Module) -> bool:
    names = {"import_module", "__import__"}
    return any(
        (isinstance(each, ast.Name) and each.id in names)
        or (isinstance(each, ast.Attribute) and each.attr in names)
        for each in ast.walk(tree)
    )


def test_the_search_finds_what_is_imported_late() -> None:
    reconcile, draw_frame = _reached("reconcile_videos"), _reached("draw_frame")
    assert {"shared.media.probe", "shared.providers.runway.clips"} <= reconcile.ours
    assert {"av", "PIL", "openai", "runwayml"} <= reconcile.others
    assert {"shared.providers.draft.images", "shared.providers.openai.terms"} <= draw_frame.ours
    get_video = _reached("get_video")
    assert {"av", "PIL", "openai", "runwayml"}.isdisjoint(get_video.others)
    assert "functions.videos.put_clip" in _reached("get_openapi").ours


def test_what_only_plans_loads_neither_a_provider_s_client_nor_pictures() -> None:
    for name in ("change_scene", "order_scenes", "retake_scene", "use_take", "render_video"):
        reached = _reached(name)
        assert {"av", "PIL", "openai", "runwayml"}.isdisjoint(reached.others), name
        assert "shared.providers.runway.terms" in reached.ours

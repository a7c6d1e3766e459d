"""What a function finds on its path: the asset, its layers, what Lambda brings; all for this machine."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import TypeAlias

from infra.layer_build import UNUSED_MODULES, name_of, requirements
from shared.lambdas.access import Layer

Failures: TypeAlias = dict[str, dict[str, str]]
"""By function and module: why it cannot be imported."""

BROUGHT_BY_LAMBDA = ("boto3", "botocore", "s3transfer", "urllib3", "python-dateutil", "six")
"""Its Python 3.13 has these; jmespath, too, but the core layer brings its own."""

_PROGRAM = """
import importlib, json, sys
job = json.load(sys.stdin)
sys.path += job["paths"]
sys.modules.update(dict.fromkeys(job["without"]))
failures = {}
for function, modules in job["modules"].items():
    for module in modules:
        try:
            importlib.import_module(module)
        except BaseException as error:
            failures.setdefault(function, {})[module] = f"{type(error).__name__}: {error}"
json.dump(failures, sys.stdout)
"""


def distributions_of(layer: Layer) -> list[Distribution]:
    """A layer's packages as they are installed here, in the very versions of the layer."""
    found = []
    for requirement in requirements(layer):
        line = requirement.splitlines()[0].rstrip("\\ ")
        version, _, marker = line.partition("==")[2].partition(" ; ")
        if (
            "emscripten' and" in marker
            or marker.startswith("sys_platform == 'win32'")
            or "== 'emscr" in marker
        ):
            continue  # not for Linux
        installed = distribution(name_of(requirement))
        assert installed.version == version, line
        found.append(installed)
    return found


def modules_of(installed: Distribution) -> set[str]:
    """The names under which a package can be imported."""
    tops = {file.parts[0] for file in installed.files or [] if file.parts[0] != ".."}
    return {top.split(".")[0] for top in tops if not top.endswith((".dist-info", ".libs", "__pycache__"))}


def lay_out(packages: Iterable[Distribution], folder: Path) -> Path:
    """A folder with these packages and no others."""
    folder.mkdir()
    for installed in packages:
        site = Path(str(installed.locate_file("")))
        for top in {file.parts[0] for file in installed.files or []} - {"..", "__pycache__"}:
            (folder / top).symlink_to(site / top)
    return folder


def import_failures(paths: Sequence[Path], modules: Mapping[str, Sequence[str]]) -> Failures:
    """Import modules in an interpreter that has these paths and its own library, and nothing else."""
    job = {"paths": [str(each) for each in paths], "without": UNUSED_MODULES, "modules": modules}
    done = subprocess.run(
        # No environment, no user's or site's packages, no folder of the program's, no bytecode left behind.
        [sys.executable, "-I", "-S", "-E", "-B", "-c", _PROGRAM],
        input=json.dumps(job),
        env={},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    failures: Failures = json.loads(done.stdout)
    return failures

from __future__ import annotations

import subprocess
import sys

from shared.lambdas.declaration import Declaration, declarations
from shared.lambdas.endpoint import Endpoint
from shared.lambdas.operation import Operation
from shared.lambdas.step import Step


def test_every_module_under_functions_declares_the_function_that_it_is_named_for() -> None:
    names = {each.module for each in declarations(Declaration)}
    found = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "functions/**/*.py"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    modules = {name.removesuffix(".py").replace("/", ".") for name in found if "__init__" not in name}
    assert names == modules


def test_every_declaration_is_an_endpoint_a_step_or_an_operation() -> None:
    kinds = {each.name: type(each) for each in declarations(Declaration)}
    assert set(kinds.values()) == {Endpoint, Step, Operation}


def test_every_function_says_in_its_docstring_what_it_does() -> None:
    assert [each.name for each in declarations(Declaration) if not each.code.__doc__] == []


def test_a_function_can_be_imported_with_an_empty_environment() -> None:
    # Reading the environment or opening a client on import would fail here, and costs every cold start.
    program = (
        "from shared.lambdas.declaration import Declaration, declarations\n"
        "import os, sys\n"
        "list(declarations(Declaration))\n"
        "import boto3\n"
        "assert boto3.DEFAULT_SESSION is None, 'a client was opened'\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env={}, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""


def test_describing_the_endpoints_loads_no_heavy_library() -> None:
    program = (
        "from shared.lambdas.declaration import declarations\n"
        "from shared.lambdas.endpoint import Endpoint\n"
        "list(declarations(Endpoint))\n"
        "import sys\n"
        "print(*sorted({'PIL', 'av', 'openai', 'runwayml', 'imageio_ffmpeg'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""

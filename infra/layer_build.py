"""Building the Lambda layers without Docker: uv fetches the wheels for Lambda's own platform.

What goes into a layer stands in `layers/<name>/requirements.txt`, exported from uv.lock:

    python -m infra.layer_build export      write these files anew
    python -m infra.layer_build build OUT   build the layers below a folder and print their sizes
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from infra import ROOT
from infra.elf import compact_libraries
from shared.lambdas.access import Layer

LAYERS = ROOT / "layers"
ALL_REQUIREMENTS = ROOT / "requirements.txt"
PYTHON_VERSION = "3.13"
# Lambda's Python 3.13 runs on Amazon Linux 2023, whose glibc is 2.34. The older manylinux2014 would
# silently choose older releases of pillow and psycopg.
PLATFORM = "aarch64-manylinux_2_28"

_EXPORT = ("export", "--frozen", "--offline", "--quiet", "--no-emit-project", "--no-header")
_MIB = 1024 * 1024

MAX_UNZIPPED_BYTES = 250 * _MIB
"""Lambda's limit on a function's code and all its layers together."""

MAX_CODE_BYTES = 4 * _MIB
"""What our own code may grow to."""

MAX_LAYER_BYTES = {
    Layer.CORE: 27 * _MIB,
    Layer.CLIENTS: 20 * _MIB,
    Layer.CRYPTO: 20 * _MIB,
    Layer.IMAGING: 65 * _MIB,
    Layer.FFMPEG: 126 * _MIB,
}
"""What a layer may grow to, with bytecode: one function has them all, and Lambda's limit is not to be met."""

_CONTENT = {
    # Lambda brings boto3 along: leaving it out saves 25 MB.
    Layer.CORE: ["--no-default-groups", "--prune=boto3"],
    Layer.CLIENTS: ["--only-group=clients"],
    Layer.CRYPTO: ["--only-group=crypto"],
    Layer.IMAGING: ["--only-group=imaging"],
    Layer.FFMPEG: ["--only-group=ffmpeg"],
}

UNUSED_MODULES = [
    # OpenAI's client loads these when it is asked for them, and nobody asks: 10 MB with their bytecode.
    "openai.resources.admin",
    "openai.resources.beta",
    "openai.types.admin",
    "openai.types.beta",
]
_UNUSED = [
    # Pillow does without a format whose library is missing, and we take no AVIF.
    "python/PIL/_avif.*",
    "python/pillow.libs/libavif-*",
    "python/bin",
    *(f"python/{each.replace('.', '/')}" for each in UNUSED_MODULES),
]

_EXPORT_SECONDS = 60
_INSTALL_SECONDS = 600


class LayerBuildFailed(RuntimeError):
    """A layer could not be built; the message says what to do."""


def folder(layer: Layer) -> Path:
    """Where what goes into a layer is said."""
    return LAYERS / layer.value


def exported_requirements(layer: Layer) -> str:
    """A layer's requirements with their hashes, from uv.lock; touches no network.

    What the core layer has is in no other: every function has that one.
    """
    wanted = _exported(layer)
    if layer is not Layer.CORE:
        core = {name_of(each) for each in _exported(Layer.CORE)}
        wanted = [each for each in wanted if name_of(each) not in core]
    return "".join(wanted)


def all_requirements() -> str:
    """All of the project's dependencies with their hashes: for `pip install -r requirements.txt`."""
    note = "# Written from uv.lock by `make lock`. What each one is for stands in pyproject.toml.\n"
    return note + "".join(_blocks(_uv([*_EXPORT, "--no-annotate"], _EXPORT_SECONDS)))


def requirements(layer: Layer) -> list[str]:
    """What goes into a layer: each requirement's line with the lines of its hashes."""
    return _blocks((folder(layer) / "requirements.txt").read_text(encoding="utf-8"))


def name_of(requirement: str) -> str:
    """The name in `name==1.2.3 …`."""
    return requirement.partition("==")[0]


def _exported(layer: Layer) -> list[str]:
    return _blocks(_uv([*_EXPORT, "--no-annotate", *_CONTENT[layer]], _EXPORT_SECONDS))


def _blocks(text: str) -> list[str]:
    return re.findall(r"^\S.*\n(?: .*\n)*", text, re.MULTILINE)


def build(layer: Layer, out: Path) -> int:
    """Fill `out` with a layer's content; returns its size in bytes. Raises LayerBuildFailed."""
    arguments = [
        "pip",
        "install",
        f"--python={sys.executable}",
        f"--python-platform={PLATFORM}",
        f"--python-version={PYTHON_VERSION}",
        "--only-binary=:all:",
        "--no-deps",
        "--require-hashes",
        "--link-mode=copy",
        f"--target={out / 'python'}",
        f"--requirements={folder(layer) / 'requirements.txt'}",
    ]
    same_python = sys.version_info[:2] == tuple(int(part) for part in PYTHON_VERSION.split("."))
    if same_python:
        # Only a Python of Lambda's version writes bytecode for it. It halves the time of imports.
        arguments.append("--compile-bytecode")
    _uv(arguments, _INSTALL_SECONDS)
    for unused in (path for pattern in _UNUSED for path in out.glob(pattern)):
        shutil.rmtree(unused) if unused.is_dir() else unused.unlink()
    compact_libraries(out)
    for notice in folder(layer).glob("NOTICE*"):
        shutil.copy(notice, out / notice.name)
    return _checked_size(layer, out)


def _checked_size(layer: Layer, out: Path) -> int:
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    if size > MAX_LAYER_BYTES[layer]:
        raise LayerBuildFailed(
            f"Layer {layer.value} has {size / 1e6:.1f} MB unzipped and may have "
            f"{MAX_LAYER_BYTES[layer] / 1e6:.1f} MB: Lambda takes 250 MB of layers and code together."
        )
    return size


def _uv(arguments: list[str], seconds: int) -> str:
    # CDK's zip sets every file's time anew, so bytecode must be bound to the source's hash, not its time;
    # unchecked, because nothing in a layer changes after this.
    environment = {**os.environ, "PYC_INVALIDATION_MODE": "unchecked-hash"}
    command = [sys.executable, "-m", "uv", *arguments]
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=seconds, check=True
        )
    except subprocess.CalledProcessError as error:
        raise LayerBuildFailed(
            f"uv could not do its part ({' '.join(arguments[:2])}): {error.stderr[-2000:].strip()}\n"
            "A layer needs uv (`make install`) and, the first time, the network for its arm64 wheels."
        ) from error
    except subprocess.TimeoutExpired as error:
        raise LayerBuildFailed(f"uv took over {seconds} s: is the network there?") from error
    return done.stdout


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.layer_build", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("export", help="write requirements.txt and layers/*/requirements.txt from uv.lock")
    building = commands.add_parser("build", help="build the layers and print their sizes")
    building.add_argument("out", type=Path)
    chosen = parser.parse_args()
    if chosen.command == "export":
        ALL_REQUIREMENTS.write_text(all_requirements(), encoding="utf-8")
    for layer in Layer:
        if chosen.command == "export":
            (folder(layer) / "requirements.txt").write_text(exported_requirements(layer), encoding="utf-8")
        else:
            size = build(layer, chosen.out / layer.value)
            sys.stdout.write(f"{layer.value}: {size / 1e6:.1f} MB unzipped\n")


if __name__ == "__main__":
    _main()

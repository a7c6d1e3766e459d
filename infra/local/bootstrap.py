"""Installs the project into its own folder, with nothing but Python's standard library to begin with.

python3 -I infra/local/bootstrap.py

Makes .venv (Debian's Python without `ensurepip` will do), fetches the locked uv with the hash that uv.lock
gives, and lets it install everything that uv.lock names, with its cache in .cache/uv. Does nothing when
that was done before. Touches nothing outside of the project's folder.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time
import tomllib
import urllib.request
import venv
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
CACHE = ROOT / ".cache"
STAMP = VENV / "installed.sha256"

_DOWNLOAD_SECONDS = 120
_INPUTS = ("uv.lock", "pyproject.toml")


class CannotInstall(Exception):
    """The message says what is missing."""


def main() -> int:
    """Install if need be; returns the exit status."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_installed():
            return 0
        begun = time.monotonic()
        try:
            install()
        except CannotInstall as error:
            _say(f"Cannot install: {error}")
            return 1
        _say(f"Installed in {time.monotonic() - begun:.0f} s.")
        return 0


def is_installed() -> bool:
    """Whether .venv holds what the lock file says, and its Python still runs."""
    if not STAMP.exists() or STAMP.read_text(encoding="utf-8") != _wanted():
        return False
    return _runs(VENV / "bin" / "python")


def install() -> None:
    """Install everything. Raises CannotInstall."""
    python = VENV / "bin" / "python"
    if not _runs(python):
        _say(f"Making .venv with Python {platform.python_version()} …")
        shutil.rmtree(VENV, ignore_errors=True)
        venv.create(VENV, symlinks=True, with_pip=False)
    STAMP.unlink(missing_ok=True)
    uv = locked_uv()
    _say("Installing what uv.lock names into .venv (1.4 GB, a few minutes the first time) …")
    _run([str(uv), "sync", "--frozen", "--quiet"], "uv cannot install the locked packages")
    _say("Preparing the stack's template …")
    _run([str(python), "-m", "infra.local", "prepare"], "The stack cannot be synthesized")
    STAMP.write_text(_wanted(), encoding="utf-8")


def locked_uv() -> Path:
    """The uv that the lock file names, fetched and checked if it is not here yet."""
    package = _locked_package("uv")
    uv = CACHE / "bin" / f"uv-{package['version']}"
    if uv.exists():
        return uv
    wheel = choose_wheel(package["wheels"])
    _say(f"Fetching uv {package['version']} …")
    content = _fetched(wheel["url"])
    if hashlib.sha256(content).hexdigest() != wheel["hash"].removeprefix("sha256:"):
        raise CannotInstall(f"what {wheel['url']} gave is not what uv.lock names.")
    with zipfile.ZipFile(BytesIO(content)) as archive:
        program = archive.read(f"uv-{package['version']}.data/scripts/uv")
    uv.parent.mkdir(parents=True, exist_ok=True)
    new = uv.with_suffix(".new")
    new.write_bytes(program)
    new.chmod(0o755)
    new.replace(uv)
    return uv


def choose_wheel(wheels: list[dict[str, Any]]) -> dict[str, Any]:
    """The wheel for this machine. Raises CannotInstall when there is none."""
    system, machine = platform.system(), platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine)
    if system == "Darwin":
        wanted = f"macosx_.*{'arm64' if machine == 'aarch64' else machine}"
    else:
        wanted = f"{'musllinux' if _is_musl() else 'manylinux'}.*{machine}"
    system_part, machine_part = wanted.split(".*")
    for wheel in wheels:
        name = wheel["url"].rpartition("/")[2]
        if system_part in name and name.endswith(f"{machine_part}.whl"):
            return wheel
    raise CannotInstall(f"uv.lock names no uv for {system} on {machine}.")


def _is_musl() -> bool:
    return platform.libc_ver()[0] != "glibc"


def _locked_package(name: str) -> dict[str, Any]:
    locked = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    found: dict[str, Any] = next(each for each in locked["package"] if each["name"] == name)
    return found


def _fetched(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=_DOWNLOAD_SECONDS) as response:  # noqa: S310 - https, from uv.lock
            content: bytes = response.read()
    except OSError as error:
        raise CannotInstall(f"{url} is out of reach ({error}). Is this machine online?") from error
    return content


def _run(command: list[str], failed: str) -> None:
    done = subprocess.run(command, cwd=ROOT, env=_environment(), check=False)
    if done.returncode != 0:
        raise CannotInstall(f"{failed}: {' '.join(command)} ended with status {done.returncode}.")


def _environment() -> dict[str, str]:
    """Nothing is downloaded but what the lock file names, and nothing is written elsewhere."""
    environment = {
        name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}
    }
    return environment | {
        "UV_CACHE_DIR": str(CACHE / "uv"),
        "UV_PROJECT_ENVIRONMENT": str(VENV),
        "UV_PYTHON": str(VENV / "bin" / "python"),
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_CONFIG": "1",
        "UV_SYSTEM_CERTS": "1",  # what fetched uv itself: many offices have certificates of their own
    }


def _wanted() -> str:
    digest = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    for name in _INPUTS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def _runs(python: Path) -> bool:
    """Whether this Python works and is of the same version as the one that installs."""
    test = f"import sys; sys.exit(sys.version_info[:2] != {tuple(sys.version_info[:2])})"
    try:
        return subprocess.run([str(python), "-c", test], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())

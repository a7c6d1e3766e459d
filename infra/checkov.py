"""checkov over a template, offline, in an environment of its own: it wants other versions than the project.

Its packages and their hashes stand in `infra/tools/checkov.txt`; they are installed into `.cache` on first
use, which needs the network once.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from infra import ROOT

_LOCK = ROOT / "infra" / "tools" / "checkov.txt"
_INSTALLED = ROOT / ".cache" / "checkov"
_INSTALL_SECONDS = 600
_RUN_SECONDS = 300


class CheckovMissing(RuntimeError):
    """checkov is not there and cannot be installed; the message says what to do."""


def findings(template: Path) -> list[tuple[str, str]]:
    """What checkov finds in a template: rule, and the resource's logical id.

    Raises CheckovMissing, and RuntimeError for what it cannot read.
    """
    flags = ["--framework=cloudformation", "--skip-download", "--quiet", "--compact", "--output=json"]
    done = subprocess.run(
        [str(_program()), *flags, "--file", str(template.absolute())],
        cwd=_INSTALLED,  # in the project it would take up a configuration
        env={"HOME": str(_INSTALLED), "PATH": "/usr/bin:/bin", "LOG_LEVEL": "ERROR"},
        capture_output=True,
        text=True,
        timeout=_RUN_SECONDS,
        check=False,
    )
    try:
        report: dict[str, Any] = json.loads(done.stdout)
        understood = report["summary"]["resource_count"] and not report["summary"]["parsing_errors"]
        failed = report["results"]["failed_checks"]
    except (ValueError, KeyError, TypeError) as error:
        raise RuntimeError(f"checkov did not do its part: {done.stderr[-2000:]}") from error
    if not understood:
        raise RuntimeError(f"checkov could not read {template}: {done.stderr[-2000:]}")
    return [(each["check_id"], each["resource"].rpartition(".")[2]) for each in failed]


def _program() -> Path:
    program = _INSTALLED / "bin" / "checkov"
    mark = _INSTALLED / "installed.sha256"
    wanted = hashlib.sha256(_LOCK.read_bytes()).hexdigest()
    if not (program.exists() and mark.exists() and mark.read_text(encoding="utf-8") == wanted):
        shutil.rmtree(_INSTALLED, ignore_errors=True)
        _uv("venv", "--quiet", f"--python={sys.executable}", str(_INSTALLED))
        target = f"--python={_INSTALLED / 'bin' / 'python'}"
        _uv("pip", "install", "--quiet", target, "--require-hashes", f"--requirements={_LOCK}")
        mark.write_text(wanted, encoding="utf-8")
    return program


def _uv(*arguments: str) -> None:
    command = [sys.executable, "-m", "uv", *arguments]
    try:
        subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=True
        )
    except subprocess.CalledProcessError as error:
        raise CheckovMissing(
            f"uv could not install checkov: {error.stderr[-2000:].strip()}\n"
            "The first time, this needs the network."
        ) from error
    except subprocess.TimeoutExpired as error:
        raise CheckovMissing(f"uv took over {_INSTALL_SECONDS} s: is the network there?") from error

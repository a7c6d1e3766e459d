from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from infra.local.environment import machine_environment
from tests.running_stack import Api, RunningStack

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "ignored_auth",
)
"""Not `unsupported_method`: API Gateway itself answers for a method that is not declared, and says 404."""

EXAMPLES = 8
"""Of each operation, by chance, besides those that Schemathesis derives from the document."""

RUN_SECONDS = 400


SEED = 33791982378278199411802769963010108940
"""Of what is left to chance: the same requests each time. Any other seed has to pass as well."""

BUDGET = "change_budget"
"""Lifts the cap that keeps everything else from being made: asked by itself."""


def test_every_operation_answers_as_its_document_says(stack: RunningStack, tmp_path: Path) -> None:
    for which in ("--exclude-operation-id", "--include-operation-id"):
        caller, _ = stack.new_caller("schemathesis", scopes=["*", "admin"])
        status, answer = caller.call("PUT", "/api/budget", {"monthlyCapUsd": 0})
        assert status == 200, answer
        ran = _ask_all(caller, tmp_path, which, BUDGET)
        assert ran.returncode == 0, ran.stdout[-20_000:] + ran.stderr[-5_000:]


def _ask_all(caller: Api, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *(str(Path(sys.executable).with_name("st")), "run", f"{caller.url}/api/openapi.json"),
            *("--url", caller.url, "--header", f"Authorization: Bearer {caller.key}"),
            *("--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing", "--warnings", "off"),
            *("--max-examples", str(EXAMPLES), "--continue-on-failure", "--request-timeout", "40"),
            *("--suppress-health-check", "all", "--generation-database", "none"),
            *("--seed", str(SEED), *options),
        ],
        cwd=folder,
        env={**machine_environment(), "HOME": str(folder), "NO_COLOR": "1", "COLUMNS": "160"},
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )

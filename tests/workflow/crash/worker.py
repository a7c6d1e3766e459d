"""The local stack's worker, with accidents: `infra.local.worker` says what it is called with."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from infra.local import worker
from tests.workflow.crash.hooks import EFFECTS, Accidents


def main(handler: str, data: str) -> None:
    """Answer invocations until the process is ended, one way or another."""
    step = handler.rpartition(".")[2]
    if step in EFFECTS:
        Accidents(Path(data), step).install()
    worker.main(handler, os.environ["AWS_LAMBDA_RUNTIME_API"])


if __name__ == "__main__":
    main(*sys.argv[1:3])

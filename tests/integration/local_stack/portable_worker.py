"""The worker as it runs where AWS ships no native runtime client."""

from __future__ import annotations

import os
import sys
from typing import Any, cast

from infra.local.worker import main

cast("dict[str, Any]", sys.modules)["runtime_client"] = None  # an import of it fails

if __name__ == "__main__":
    main(sys.argv[1], os.environ["AWS_LAMBDA_RUNTIME_API"])

"""Whether the API answers."""

from __future__ import annotations

from typing import Literal

from shared.api_models import Answer
from shared.lambdas.endpoint import endpoint


class Health(Answer):
    """Good health."""

    status: Literal["ok"] = "ok"


@endpoint("GET", "/api/health", anonymous=True, memory_mb=256, timeout_seconds=5)
def get_health() -> Health:
    """Whether the API answers.

    Touches nothing else: a load balancer may ask every second.
    """
    return Health()

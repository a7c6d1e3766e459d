"""What the endpoints are declared with that look into pictures and videos which their callers send."""

from __future__ import annotations

from typing import TypedDict

from shared.lambdas.access import Access, Layer


class Declared(TypedDict):
    """As `endpoint` takes it."""

    needs: set[Access]
    memory_mb: int
    layers: set[Layer]


LOOKS_INTO_FILES: Declared = {
    "needs": {Access.UPLOADS_READ, Access.UPLOADS_WRITE, Access.UPLOADS_DELETE},
    "memory_mb": 1769,
    "layers": {Layer.IMAGING},
}
"""They have no other right, least of all to the providers' keys: what they decode is hostile."""

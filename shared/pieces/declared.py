"""What the endpoints are declared with that make something of pictures and clips that their callers bring."""

from __future__ import annotations

from typing import TypedDict

from shared.lambdas.access import Access, Layer
from shared.lambdas.http import MAX_BODY_BYTES


class Declared(TypedDict):
    """As `endpoint` takes it."""

    status: int
    needs: set[Access]
    max_body_bytes: int
    memory_mb: int
    layers: set[Layer]


MADE_OF_MEDIA: Declared = {
    "status": 202,
    "needs": {
        Access.MEDIA_READ,
        Access.UPLOADS_WRITE,
        Access.UPLOADS_DELETE,
        Access.START_WORKFLOW,
        Access.PROVIDERS,
    },
    "max_body_bytes": MAX_BODY_BYTES,
    "memory_mb": 1024,
    "layers": {Layer.IMAGING},
}
"""They read what is brought by its bytes, store it, and begin to make something of it."""

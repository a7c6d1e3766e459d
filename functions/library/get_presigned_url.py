"""GET /api/get_presigned_url."""

from __future__ import annotations

from shared.lambdas.access import Access
from shared.lambdas.endpoint import Call, endpoint
from shared.library import service
from shared.library.models import LinkAnswer, LinkQuery


@endpoint("GET", "/api/get_presigned_url", needs={Access.MEDIA_READ})
def get_presigned_url(query: LinkQuery, call: Call) -> LinkAnswer:
    """Addresses that open an object of yours for a while.

    Whoever has one can open it until it ends, even if your API key ends before; deleting the object ends it.
    """
    return service.link(call, query)

"""GET /api/proxy_s3_image/{key+}."""

from __future__ import annotations

from shared.lambdas.access import Access
from shared.lambdas.endpoint import Call, endpoint
from shared.lambdas.http import Content
from shared.library.delivery import deliver


@endpoint("GET", "/api/proxy_s3_image/{key+}", needs={Access.MEDIA_READ}, signed_links=True)
def proxy_s3_image(key: str, call: Call) -> Content:
    """A picture of yours, through this address.

    Shown by `<img src>` with the address that came as `proxyUrl`, or fetched with an API key.
    A picture over 4 MiB is handed on to storage (307).
    """
    return deliver(call.user_id, key, "image", call.request)

"""GET /api/proxy_s3_video/{key+}."""

from __future__ import annotations

from shared.lambdas.access import Access
from shared.lambdas.endpoint import Call, endpoint
from shared.lambdas.http import Content
from shared.library.delivery import deliver


@endpoint("GET", "/api/proxy_s3_video/{key+}", needs={Access.MEDIA_READ}, signed_links=True)
def proxy_s3_video(key: str, call: Call) -> Content:
    """A video of yours, through this address.

    Played by `<video src>` with the address that came as `proxyUrl`, or fetched with an API key. A range
    is answered with its first 4 MiB (206), which players follow with the next request. Without a range,
    a video over 4 MiB is handed on to storage (307).
    """
    return deliver(call.user_id, key, "video", call.request)

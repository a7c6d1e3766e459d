"""Addresses of stored media that open for a while.

A presigned address leads to storage itself. A proxy address is the API's own: it carries the time of its
end and an HMAC over the key, whose first part is the user, and that time. Neither needs the database, so
that a page of pictures does not wait for it: an address opens until its end, whatever becomes of the API key
that asked for it. Deleting the object ends it sooner; another SECRET_KEY ends all of our own.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias
from urllib.parse import urlencode
from uuid import UUID

from pydantic import Field

from shared import storage
from shared.accounts.signing import derived_key
from shared.api_models import ApiModel
from shared.errors import Forbidden, NotFound
from shared.lambdas.endpoint import Call
from shared.library.keys import MediaKey, own_key, read_key

PURPOSE = "media-url"
MAX_LINK_SECONDS = 7 * 24 * 3600
MAX_PRESIGNED_SECONDS = 6 * 3600
"""A presigned address ends with the credentials of the function that signed it, and those live for hours."""

ExpiresIn: TypeAlias = Annotated[
    int,
    Field(
        ge=60,
        le=MAX_LINK_SECONDS,
        description="Seconds that the URLs are to open for. Storage's own open for 21600 (six hours) at the"
        " most: urlExpiresIn in the answer says how long they do",
    ),
]


class LinkTimes(ApiModel):
    """How long the addresses in an answer open for."""

    expires_in: int = Field(description="Seconds that proxyUrl opens for")
    url_expires_in: int = Field(
        description="Seconds that the other addresses, storage's own, open for: 21600 (six hours) at the most"
    )


def link_times(expires_in: int) -> dict[str, Any]:
    """The fields of `LinkTimes`: what is granted where so much is asked for."""
    return {
        "expires_in": min(expires_in, MAX_LINK_SECONDS),
        "url_expires_in": min(expires_in, MAX_PRESIGNED_SECONDS),
    }


_PROXIES = {"image": "/api/proxy_s3_image/", "video": "/api/proxy_s3_video/"}
_TIME = re.compile(r"[1-9]\d{0,11}", re.ASCII)


def presigned_url(key: str, expires_in: int) -> str:
    """An address of storage. Six hours at the most, whatever is asked for."""
    return storage.presigned_url(key, seconds=link_times(expires_in)["url_expires_in"])


def proxy_url(call: Call, key: str, expires_in: int) -> str:
    """The API's own address of a picture or video of the caller's, signed, for `expires_in` seconds.

    Raises NotFound for another's key, and for what is neither picture nor video.
    """
    media = own_key(call.user_id, key)
    proxy = _PROXIES.get(media.content_type.partition("/")[0])
    if proxy is None:
        raise NotFound("There is no such picture or video.")
    expires = int(time.time()) + link_times(expires_in)["expires_in"]
    query = {"expires": expires, "signature": sign(media, expires, derived_key(PURPOSE))}
    return call.address(f"{proxy}{media.text}?{urlencode(query)}")


def signer(key: str, query: Mapping[str, str]) -> UUID:
    """The user for whom an address was signed. Raises Forbidden where it is changed or over."""
    expires = query.get("expires", "")
    if _TIME.fullmatch(expires) is None:
        raise _not_valid()
    try:
        media = read_key(key)
    except NotFound:
        raise _not_valid() from None
    expected = sign(media, int(expires), derived_key(PURPOSE))
    if not hmac.compare_digest(expected.encode(), query.get("signature", "").encode("utf-8", "replace")):
        raise _not_valid()
    if int(expires) <= time.time():
        raise Forbidden("This link has expired. Ask for a new one.")
    return media.user_id


def sign(key: MediaKey, expires: int, secret: bytes) -> str:
    """43 characters. The user is the key's first part; neither part can hold the other's separator."""
    message = f"GET\n{key.user_id}\n{key.text}\n{expires}".encode("ascii")
    return base64.urlsafe_b64encode(hmac.digest(secret, message, hashlib.sha256)).decode().rstrip("=")


def _not_valid() -> Forbidden:
    return Forbidden("This link is not valid.")

"""Media through the API's own address: whole where it fits into an answer of Lambda, else in ranges.

Lambda answers with 6 MB at the most, which is 4.5 MB of bytes in base64. So a range is answered with its
first 4 MiB (RFC 9110, 15.3.7: a server may send less than was asked for, and `Content-Range` says so),
which players follow with the next request; and who asks for the whole of something larger, without a
range, is sent on to storage, by an address that opens for a moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias
from uuid import UUID

from shared import storage
from shared.errors import AssetMissing, NotFound, RangeNotSatisfiable
from shared.lambdas.http import Content, HttpRequest
from shared.library.keys import MediaKey, own_key
from shared.library.ranges import AskedRange, knows, parse_range, still_is

MAX_ANSWER_BYTES = 4 * 1024 * 1024
HANDED_ON_SECONDS = 300

MediaType: TypeAlias = Literal["image", "video"]

_FOREVER = "private, max-age=31536000, immutable"
_ASK_AGAIN = "private, no-cache"


def deliver(user_id: UUID, key_text: str, kind: MediaType, request: HttpRequest) -> Content:
    """A picture or video of the user's, as the request asks for it. The gateway leaves a HEAD's body away.

    Raises NotFound, for another's and for another type too, and RangeNotSatisfiable.
    """
    key = own_key(user_id, key_text)
    if not key.content_type.startswith(f"{kind}/"):
        raise NotFound("There is no such object.")
    try:
        return _answer(key, request.method, request.headers)
    except AssetMissing as error:
        raise NotFound("There is no such object.") from error


def _answer(key: MediaKey, method: str, headers: Mapping[str, str]) -> Content:
    asked = parse_range(headers.get("range")) if method == "GET" else None
    part = _open(key, asked or AskedRange())
    if knows(headers.get("if-none-match"), part.etag):
        part.close()
        return Content(b"", key.content_type, 304, _lasting(key, part.etag))
    if asked is None or not still_is(headers.get("if-range"), part.etag):
        return _whole(key, part, method)
    return Content(part.read(), key.content_type, 206, _of_part(key, part))


def _open(key: MediaKey, asked: AskedRange) -> storage.OpenPart:
    """As much of a range as an answer holds."""
    if asked.suffix is not None:  # only who knows the size knows where it begins
        size = storage.describe(key.text).size_bytes
        limits = asked.within(size, MAX_ANSWER_BYTES)
        if limits is None:
            raise RangeNotSatisfiable(size)
        return storage.open_part(key.text, *limits)
    longest = asked.first + MAX_ANSWER_BYTES - 1
    last = longest if asked.last is None else min(asked.last, longest)
    return storage.open_part(key.text, asked.first, last)


def _whole(key: MediaKey, part: storage.OpenPart, method: str) -> Content:
    """Everything, or where to get it. `part` is what was opened to find out which."""
    if part.size_bytes > MAX_ANSWER_BYTES:
        part.close()
        address = storage.presigned_url(key.text, seconds=HANDED_ON_SECONDS, method=method)
        return Content(b"", key.content_type, 307, {"Location": address, "Cache-Control": "no-store"})
    if (part.first, part.last) != (0, part.size_bytes - 1):
        part.close()
        part = storage.open_part(key.text, 0, MAX_ANSWER_BYTES - 1)
    return Content(part.read(), key.content_type, 200, _of_content(key, part.etag))


def _of_part(key: MediaKey, part: storage.OpenPart) -> dict[str, str]:
    place = f"bytes {part.first}-{part.last}/{part.size_bytes}"
    return {**_of_content(key, part.etag), "Content-Range": place}


def _of_content(key: MediaKey, etag: str) -> dict[str, str]:
    return {
        **_lasting(key, etag),
        "Content-Disposition": f'inline; filename="{key.name}"',
        # Opened by itself it is a page of this origin: one that can do and load nothing.
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        # The pages that show it are other origins; who has no signed address gets nothing to show.
        "Cross-Origin-Resource-Policy": "cross-origin",
    }


def _lasting(key: MediaKey, etag: str) -> dict[str, str]:
    return {
        "Accept-Ranges": "bytes",
        "Cache-Control": _FOREVER if key.written_once else _ASK_AGAIN,
        "ETag": etag,
    }

"""What can be had of stored media besides the media."""

from __future__ import annotations

import base64
from uuid import UUID

from shared import storage
from shared.errors import AssetMissing, NotFound, PayloadTooLarge
from shared.lambdas.endpoint import Call
from shared.library import links
from shared.library.delivery import MAX_ANSWER_BYTES
from shared.library.keys import key_in, own_key
from shared.library.models import Base64Image, ImageToConvert, LinkAnswer, LinkQuery


def link(call: Call, query: LinkQuery) -> LinkAnswer:
    """Addresses of an object of the caller's. Raises NotFound."""
    key = own_key(call.user_id, query.key)
    try:
        storage.describe(key.text)
    except AssetMissing as error:
        raise NotFound("There is no such object.") from error
    shown = key.content_type.startswith(("image/", "video/"))
    return LinkAnswer(
        s3_key=key.text,
        url=links.presigned_url(key.text, query.expires_in),
        proxy_url=links.proxy_url(call, key.text, query.expires_in) if shown else None,
        **links.link_times(query.expires_in),
    )


def image_as_base64(user_id: UUID, image: ImageToConvert) -> Base64Image:
    """A picture of the user's as text. Raises NotFound, and PayloadTooLarge over 4 MiB.

    An address is only read: nothing is fetched but the object that it names, and that by its key.
    """
    text = image.s3_key if image.s3_key is not None else key_in(image.url or "").text
    key = own_key(user_id, text)
    if not key.content_type.startswith("image/"):
        raise NotFound("There is no such object.")
    try:
        part = storage.open_part(key.text, 0, MAX_ANSWER_BYTES - 1)
    except AssetMissing as error:
        raise NotFound("There is no such object.") from error
    if part.size_bytes > MAX_ANSWER_BYTES:
        part.close()
        raise PayloadTooLarge("The picture is too large for JSON.", details={"maxBytes": MAX_ANSWER_BYTES})
    return Base64Image(
        s3_key=key.text,
        content_type=key.content_type,
        size_bytes=part.size_bytes,
        base64=base64.b64encode(part.read()).decode(),
    )

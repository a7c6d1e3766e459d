"""Bytes that come as text in JSON."""

from __future__ import annotations

import base64

from shared.errors import MalformedRequest


def decode_base64(text: str, field: str) -> bytes:
    """The bytes of base64, or of a data: URI. Raises MalformedRequest, naming the field."""
    encoded = text.partition(",")[2] if text.startswith("data:") else text
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError as error:  # not base64, or not even ASCII
        raise MalformedRequest(f"{field} is not valid base64.") from error

"""An upload as the API shows it."""

from __future__ import annotations

from typing import Any

from shared import multipart, storage
from shared.errors import AssetMissing
from shared.lambdas.endpoint import Call
from shared.library import links
from shared.uploads.keys import incoming_key
from shared.uploads.models import FormAddress, PartAddress, UploadError, UploadView
from shared.uploads.parts import PART_BYTES, part_sizes
from shared.uploads.queries import Upload

ADDRESS_SECONDS = 3600
"""How long a form or a part's address opens; a fresh one is to be had as long as the upload is open."""


def upload_view(call: Call, upload: Upload, expires_in: int) -> UploadView:
    """The upload, with addresses to send to while it is open, and to load from once it is complete."""
    more: dict[str, Any] = {}
    if upload.state == "open":
        more = _parts(upload) if upload.method == "multipart" else _form(upload)
    if upload.storage_key is not None:
        more = _links(call, upload, upload.storage_key, expires_in)
    return UploadView(
        upload_id=upload.id,
        user_id=upload.user_id,
        request_id=upload.request_id,
        kind=upload.kind,
        method=upload.method,
        state=upload.state,
        file_name=upload.file_name,
        content_type=upload.content_type,
        size_bytes=upload.size_bytes,
        expires_at=upload.expires_at,
        width=upload.width,
        height=upload.height,
        duration=None if upload.duration_ms is None else upload.duration_ms / 1000,
        error=None if upload.error is None else UploadError.model_validate(upload.error),
        **more,
    )


def _form(upload: Upload) -> dict[str, Any]:
    url, fields = storage.presigned_form(
        incoming_key(upload), upload.content_type, size_bytes=upload.size_bytes, seconds=ADDRESS_SECONDS
    )
    return {"form": FormAddress(url=url, fields=fields)}


def _parts(upload: Upload) -> dict[str, Any]:
    key, multipart_id = incoming_key(upload), upload.multipart_id or ""
    sizes = part_sizes(upload.size_bytes)
    try:
        there = {each.number for each in multipart.parts(key, multipart_id)}
    except AssetMissing:  # put together, and not looked into: complete it
        there = set(range(1, len(sizes) + 1))
    return {
        "part_size": PART_BYTES,
        "part_count": len(sizes),
        "uploaded_parts": sorted(there),
        "parts": [
            PartAddress(
                part_number=number,
                size_bytes=size,
                url=multipart.part_url(key, multipart_id, number, size, seconds=ADDRESS_SECONDS),
            )
            for number, size in enumerate(sizes, start=1)
            if number not in there
        ],
    }


def _links(call: Call, upload: Upload, key: str, expires_in: int) -> dict[str, Any]:
    return {
        "s3_key": key,
        f"{'image' if upload.kind == 'image' else 'video'}_url": links.presigned_url(key, expires_in),
        "proxy_url": links.proxy_url(call, key, expires_in),
        **links.link_times(expires_in),
    }

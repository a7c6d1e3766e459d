"""Where an upload lies: below `tmp/` while nobody has looked into it, then among the user's objects."""

from __future__ import annotations

from uuid import UUID

from shared.assets.keys import INCOMING, Folder, session_prefix, suffix_for
from shared.uploads.queries import NewUpload


def incoming_key(upload: NewUpload) -> str:
    """Where the bytes come in."""
    return f"{INCOMING}{upload.user_id}/{upload.request_id}/{upload.id}"


def upload_key(user_id: UUID, request_id: str, kind: str, upload_id: UUID, content_type: str) -> str:
    """Where they are kept: `{userId}/{requestId}/user-uploads/image_<upload>.png`."""
    return kept_prefix(user_id, request_id, kind, upload_id) + suffix_for(content_type)


def kept_prefix(user_id: UUID, request_id: str, kind: str, upload_id: UUID) -> str:
    """What the key begins with, whatever the type, and no other key."""
    return f"{session_prefix(user_id, request_id)}{Folder.UPLOADS}/{kind}_{upload_id.hex}"

"""Object keys as they come from outside: read by one narrow grammar, or not at all.

    {userId}/{requestId}/{folder}/{name}.{suffix}

Nothing else is a key: no empty or dotted segment, no escape, no second dot, no character beyond these.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from uuid import UUID

from shared.assets.keys import content_type_of
from shared.errors import NotFound
from shared.media_sessions.names import REQUEST_ID_PATTERN

MAX_KEY_CHARACTERS = 300
_SEGMENTS = 4

_HEX = "[0-9a-f]"
_KEY = re.compile(
    rf"(?P<user>{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}})"
    rf"/(?P<request>{REQUEST_ID_PATTERN})"
    r"/(?P<folder>story|reference-frames|video-clips|narration|user-uploads)"
    r"/(?P<name>[A-Za-z0-9_-]{1,120}\.[a-z0-9]{2,4})"
)
_MADE_ONCE = re.compile(r"_[0-9a-f]{32}\.")


@dataclass(frozen=True, slots=True)
class MediaKey:
    """The key of an object, read."""

    text: str
    user_id: UUID
    request_id: str
    name: str
    """The file's name, of characters that any header may hold."""
    content_type: str

    @property
    def written_once(self) -> bool:
        """The name is of a recipe, a content or an upload: nothing else will ever be stored under it."""
        return _MADE_ONCE.search(self.name) is not None


def read_key(text: str) -> MediaKey:
    """The key that a text is, percent-encoded or not. Raises NotFound: what is no key names nothing."""
    # API Gateway hands a path parameter on as it was sent; a client may have encoded the slashes.
    plain = unquote(text) if "%" in text else text
    found = _KEY.fullmatch(plain) if len(plain) <= MAX_KEY_CHARACTERS else None
    content_type = content_type_of(plain) if found else None
    if found is None or content_type is None:
        raise NotFound("There is no such object.")
    return MediaKey(plain, UUID(found["user"]), found["request"], found["name"], content_type)


def key_in(address: str) -> MediaKey:
    """The key at the end of an address of ours, presigned or proxied. Raises NotFound."""
    try:
        path = urlsplit(address).path
    except ValueError as error:
        raise NotFound("There is no such object.") from error
    return read_key("/".join(path.split("/")[-_SEGMENTS:]))


def own_key(user_id: UUID, text: str) -> MediaKey:
    """A key of the user's own. Raises NotFound, for another's as for one that is none."""
    key = read_key(text)
    if key.user_id != user_id:
        raise NotFound("There is no such object.")
    return key

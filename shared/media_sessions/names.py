"""What a session can be called, and bodies that say in which one their work belongs."""

from __future__ import annotations

import re
from typing import Annotated, TypeAlias

from pydantic import Field, StringConstraints

from shared.api_models import ApiModel

REQUEST_ID_PATTERN = "[A-Za-z0-9_-]{1,64}"

RequestId: TypeAlias = Annotated[str, StringConstraints(pattern=rf"^{REQUEST_ID_PATTERN}$")]
"""What ties the pieces of one video together; a video's own id, if nobody chose another."""


def is_request_id(text: str) -> bool:
    """Whether a session can have this name."""
    return re.fullmatch(REQUEST_ID_PATTERN, text) is not None


class SessionBody(ApiModel):
    """A body whose session the header X-Request-ID can name, too: whoever reads it finds that one here."""

    request_id: RequestId | None = Field(
        default=None, description="The session that it belongs to, under any name; one of its own if left out"
    )

"""Pages by keyset: a cursor is the place of the last row shown, and the next page begins after it."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from shared.errors import MalformedRequest

Place: TypeAlias = tuple[datetime, UUID]
"""Where a row stands in a list that is ordered by time, and by id where times are the same."""


def encode_cursor(place: Place) -> str:
    """The place as text that goes into an address."""
    moment, row_id = place
    return base64.urlsafe_b64encode(f"{moment.isoformat()} {row_id}".encode()).decode()


def decode_cursor(cursor: str) -> Place:
    """The place. Raises MalformedRequest for a text that is no cursor."""
    try:
        moment, _, row_id = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        return datetime.fromisoformat(moment), UUID(row_id)
    except ValueError as error:  # wrong base64, text, date and id are all ValueErrors
        raise MalformedRequest("This cursor is not one of ours. Start from the first page.") from error

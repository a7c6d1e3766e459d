"""Pages by keyset: a cursor is the place of the last row shown, and the next page begins after it."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from shared.errors import MalformedRequest

Place: TypeAlias = tuple[datetime, UUID]
"""Where a row stands in a list that is ordered by time, and by id where times are the same."""

NamedPlace: TypeAlias = tuple[datetime, str]
"""The same in a list of rows that have a name for an id."""


def encode_cursor(place: Place | NamedPlace) -> str:
    """The place as text that goes into an address."""
    moment, row_id = place
    return base64.urlsafe_b64encode(f"{moment.isoformat()} {row_id}".encode()).decode()


def decode_cursor(cursor: str) -> Place:
    """The place. Raises MalformedRequest for a text that is no cursor."""
    moment, row_id = decode_named(cursor)
    try:
        return moment, UUID(row_id)
    except ValueError as error:
        raise _not_ours() from error


def decode_named(cursor: str) -> NamedPlace:
    """The place in a list of rows that have a name for an id. Raises MalformedRequest."""
    try:
        moment, _, name = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        made = datetime.fromisoformat(moment)
    except ValueError as error:  # wrong base64, text and date are all ValueErrors
        raise _not_ours() from error
    if made.tzinfo is None or "\0" in name:
        raise _not_ours()
    return made, name


def _not_ours() -> MalformedRequest:
    return MalformedRequest("This cursor is not one of ours. Start from the first page.")

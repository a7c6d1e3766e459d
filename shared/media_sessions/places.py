"""How far a page of a session goes, in each of its lists: what its cursor holds."""

from __future__ import annotations

import base64
from typing import Annotated, Literal, NamedTuple, TypeAlias
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.errors import MalformedRequest

ListName: TypeAlias = Literal["frames", "clips", "uploads", "jobs"]


class ItemPlace(NamedTuple):
    """Where an item stands in its list: by its number, if it has one, its time and its id."""

    number: Annotated[int, Field(ge=0, lt=2**31)]
    moment: AwareDatetime
    id: UUID


class Places(BaseModel):
    """The last item shown of each list. None: the list begins. `over`: all of it has been shown."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    frames: ItemPlace | Literal["over"] | None = None
    clips: ItemPlace | Literal["over"] | None = None
    uploads: ItemPlace | Literal["over"] | None = None
    jobs: ItemPlace | Literal["over"] | None = None

    def cursor(self) -> str | None:
        """The places as text that goes into an address; None where all lists are over."""
        if {self.frames, self.clips, self.uploads, self.jobs} == {"over"}:
            return None
        return base64.urlsafe_b64encode(self.model_dump_json().encode()).decode()

    @classmethod
    def of_cursor(cls, cursor: str) -> Places:
        """The places. Raises MalformedRequest for a text that is no cursor of ours."""
        try:
            return cls.model_validate_json(base64.urlsafe_b64decode(cursor.encode()))
        except ValueError as error:  # wrong base64 and ValidationError are both ValueErrors
            raise MalformedRequest("This cursor is not one of ours. Start from the first page.") from error

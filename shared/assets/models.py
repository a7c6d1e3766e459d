"""What was made, and what was asked of whom to make it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal
from uuid import UUID

CallState = Literal["intended", "submitted", "succeeded", "failed", "lost"]


@dataclass(frozen=True, slots=True)
class Asset:
    """A stored object, known by the recipe that it was made from."""

    id: UUID
    scene_id: UUID | None
    kind: str
    identity: str
    sha256: str
    storage_key: str
    content_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Product:
    """Something just made, not stored yet. `cost_usd` is None where the maker did not say."""

    content: bytes | Path
    content_type: str
    cost_usd: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ProviderCall:
    """One entry of the ledger."""

    id: UUID
    identity: str
    state: CallState
    task_id: str | None
    provider: str
    model: str
    running_at: datetime | None
    submitted_at: datetime | None
    ended_at: datetime | None
    """When the task was found to have succeeded. What it made may still have to be fetched."""
    actual_cost_usd: Decimal | None
    unusable_fetches: int
    """How often what it made was fetched and could not be used."""


@dataclass(frozen=True, slots=True)
class CallEnd:
    """What is counted of a call that is over."""

    kind: str
    provider: str
    model: str
    cost_usd: Decimal
    """What counts as spent now and did not before: a lost call may have been paid, and may yet be found."""
    seconds: float
    """Since it was written down."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The provider is at work on as much as it takes: come back in `wait_seconds`, the place is kept."""

    wait_seconds: int


@dataclass(frozen=True, slots=True)
class SceneRef:
    """A scene: by its id for good, and by the number that it has now."""

    id: UUID
    number: int


@dataclass(frozen=True, slots=True)
class Bench:
    """Where something is made: for whom, in which video and scene, and for how long at the most.

    `lease_seconds` is the time limit of the function at work: after that it cannot be alive.
    """

    user_id: UUID
    request_id: str
    """The session that the video belongs to: where its objects lie."""
    video_id: UUID
    scene: SceneRef | None
    lease_seconds: float
    execution: int | None = None
    """Which execution of the workflow works here. Only the video's latest may spend and settle."""
    piece_index: int | None = None
    """The client's own number, where a piece was asked for alone: its objects bear it."""

    @property
    def number(self) -> int | None:
        """What the objects are numbered by: the piece, else the scene; None for the whole video's."""
        return self.scene_number if self.piece_index is None else self.piece_index

    @property
    def scene_id(self) -> UUID | None:
        """The scene's id; None for what is the whole video's."""
        return self.scene.id if self.scene else None

    @property
    def scene_number(self) -> int | None:
        """The scene's number now; None for what is the whole video's."""
        return self.scene.number if self.scene else None

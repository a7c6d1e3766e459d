"""The ports: what Storyreel asks of whoever writes, draws, animates and speaks.

A port takes a recipe, which holds all that determines the result, and the bytes that the recipe
refers to by hash. An adapter raises only errors of `shared.errors`; a vendor's own never leave it.
Every call that may cost money goes out once: no adapter retries by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from shared.assets.recipes import ClipRecipe, FrameRecipe, NarrationRecipe, Sha256, StoryRecipe
from shared.errors import ProviderError
from shared.media.models import Picture as Picture  # noqa: PLC0414 (adapters take it from here)
from shared.stories.models import Shot, Story


@dataclass(frozen=True, slots=True)
class Written:
    """A story and what it cost in US$ (None: the provider did not say)."""

    story: Story
    cost_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture and what it cost in US$."""

    picture: Picture
    cost_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class Spoken:
    """Speech that came at once. `content_type` is audio/mpeg or audio/wav."""

    content: bytes
    content_type: str
    cost_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class Submitted:
    """Work that the provider accepted, under its own id."""

    task_id: str


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """Where a submitted task is.

    `queued` is accepted and waiting for its turn: it is not a failure, and a task's time counts from
    `running`. `progress` is 0–1. `failure` is set when `failed`, already in our own terms.
    """

    state: Literal["queued", "running", "succeeded", "failed", "cancelled"]
    progress: float | None = None
    cost_usd: Decimal | None = None
    failure: ProviderError | None = None


Cancellation: TypeAlias = Literal["queued", "running", "over"]
"""What a task was when it was to be cancelled.

`queued`: it never began, and is free. `running`: it was stopped and is charged, or that cannot be ruled
out. `over`: it had ended, or is not known: nothing was done to it.
"""


@dataclass(frozen=True, slots=True)
class ClipLimits:
    """What a clip model takes. Checked before paying, since the SDK checks nothing."""

    ratios: frozenset[str]
    durations_ms: tuple[int, ...] | range
    prompt_utf16_units: int
    last_frame: bool = False
    """Whether a clip can be made to end with a picture, too."""

    def duration_for(self, scene_ms: int) -> int | None:
        """The shortest clip that covers the scene, or None where the model has none so long."""
        return next((d for d in self.durations_ms if d >= scene_ms), None)


@dataclass(frozen=True, slots=True)
class Capacity:
    """How much a provider lets an account do with a model. None: as much as one likes."""

    max_concurrent: int | None = None
    """Calls at work at the same time."""

    max_daily: int | None = None
    """Calls within the last 24 hours."""


ReadPicture: TypeAlias = Callable[[Sha256], Picture]
"""Reads a picture that a recipe names from storage, when it is needed and only then."""


class StoryTerms(Protocol):
    """What can be said of a writer without a key."""

    provider: str
    model: str

    def price(self, recipe: StoryRecipe) -> Decimal:
        """What `write` will cost at the most, in US$."""


class StoryWriter(StoryTerms, Protocol):
    """Writes a story from a prompt."""

    def capacity(self) -> Capacity:
        """How much the provider lets us do. May ask the provider, so the answer is kept for a while."""

    def write(self, recipe: StoryRecipe) -> Written:
        """The story, with exactly `recipe.scene_count` scenes."""


class ImageTerms(Protocol):
    """What can be said of a painter without a key: all that a frame's recipe and price depend on."""

    provider: str
    model: str
    quality: str
    takes_references: bool
    """Whether earlier pictures keep the characters alike. If not, frames need not wait for the first."""

    def prompt(self, shot: Shot) -> str:
        """The shot in this provider's own words; it goes into the recipe."""

    def price(self, recipe: FrameRecipe) -> Decimal:
        """What `draw` will cost at the most, in US$."""


class ImageMaker(ImageTerms, Protocol):
    """Draws a frame."""

    def capacity(self) -> Capacity:
        """How much the provider lets us do. May ask the provider, so the answer is kept for a while."""

    def draw(self, recipe: FrameRecipe, references: Sequence[Picture]) -> Drawn:
        """The picture, padded to the recipe's ratio without cropping."""


class ClipTerms(Protocol):
    """What can be said of a maker of clips without a key: all that a clip's recipe and price depend on."""

    provider: str
    model: str

    @property
    def limits(self) -> ClipLimits:
        """What the model takes."""

    def prompt(self, shot: Shot) -> str:
        """The shot's motion in this provider's own words, within its prompt limit."""

    def price(self, recipe: ClipRecipe) -> Decimal:
        """What the clip will cost at the most, in US$."""


class ClipMaker(ClipTerms, Protocol):
    """Sets a frame in motion."""

    def capacity(self) -> Capacity:
        """How much the provider lets us do. May ask the provider, so the answer is kept for a while."""

    def submit(self, recipe: ClipRecipe, frame: Picture, last_frame: Picture | None = None) -> Submitted:
        """Start the work. Paid, so sent exactly once. `last_frame` comes where the recipe has one."""

    def check(self, task_id: str) -> TaskStatus:
        """Where the task is."""

    def collect(self, task_id: str, recipe: ClipRecipe, read: ReadPicture, into: Path) -> None:
        """Write the finished clip to `into`. May be repeated; never makes the clip again for money."""

    def cancel(self, task_id: str) -> Cancellation:
        """Stop a queued or running task, and say which it was. What a finished one made is kept."""


class NarratorTerms(Protocol):
    """What can be said of a narrator without a key."""

    provider: str
    model: str

    @property
    def voices(self) -> tuple[str, ...]:
        """Known voice names; the first is the default."""

    def price(self, recipe: NarrationRecipe) -> Decimal:
        """What the speech will cost at the most, in US$."""


class Narrator(NarratorTerms, Protocol):
    """Speaks a scene's narration."""

    def capacity(self) -> Capacity:
        """How much the provider lets us do. May ask the provider, so the answer is kept for a while."""

    def submit(self, recipe: NarrationRecipe) -> Submitted | Spoken:
        """Start the work, or finish it at once. Paid, so sent exactly once."""

    def check(self, task_id: str) -> TaskStatus:
        """Where the task is."""

    def collect(self, task_id: str, into: Path) -> str:
        """Write the finished speech to `into`; returns its content type."""

    def cancel(self, task_id: str) -> Cancellation:
        """Stop a queued or running task, and say which it was. What a finished one made is kept."""

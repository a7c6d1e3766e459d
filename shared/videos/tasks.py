"""What travels through the workflow: ids, a scene's number, and what the next state must know."""

from __future__ import annotations

from uuid import UUID

from shared.lambdas.step import StepModel
from shared.videos.models import StopAfter


class VideoTask(StepModel):
    """Work on a whole video."""

    user_id: UUID
    video_id: UUID
    execution: int
    """The number of the execution that does it: an older one has nothing to say any more."""

    correlation_id: str = ""
    """The request that asked for it; empty in executions that began before there was one."""


class SceneTask(VideoTask):
    """Work on one scene."""

    scene: int


class StoryWritten(VideoTask):
    """What there is to make, once the story is known."""

    stop_after: StopAfter
    scenes: list[SceneTask]
    narrations: list[SceneTask]


class FrameDrawn(SceneTask):
    """The frame is there, and whether to stop now; or when to come back for it."""

    ready: bool
    stop: bool = False
    wait_seconds: int = 0


class ReferenceChosen(StepModel):
    """The reference is there; or when to come back for it."""

    ready: bool
    wait_seconds: int = 0


class SceneProgressed(SceneTask):
    """The provider's work on a scene: ready, or when to look at it, or (not submitted) to ask for it."""

    ready: bool
    submitted: bool = True
    wait_seconds: int = 0


class Failure(VideoTask):
    """What failed: a scene, or without one the whole."""

    scene: int | None = None
    error: dict[str, str]


class Done(StepModel):
    """Nothing more to say."""

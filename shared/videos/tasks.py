"""What travels through the workflow: ids, a scene's number, and what the next state must know."""

from __future__ import annotations

from typing import Any, Self
from uuid import UUID

from shared.lambdas.step import StepModel
from shared.videos.models import StopAfter

MOST_LOOKS = 100
"""How often a branch of an execution may look in vain at the most, however few scenes there are."""

_EVENTS_PER_LOOK = 9
_EVENTS_FOR_LOOKS = 12_000


def looks_for(scenes: int) -> int:
    """How often each branch of an execution may look in vain: then the next execution goes on.

    An execution's history has room for 25,000 events; a look takes nine of them (a task, a choice, a wait),
    and each scene has two branches. Half of the room is for everything else.
    """
    return _EVENTS_FOR_LOOKS // (_EVENTS_PER_LOOK * (2 * scenes + 1))


class VideoTask(StepModel):
    """Work on a whole video."""

    user_id: UUID
    video_id: UUID
    execution: int
    """The number of the execution that does it: an older one has nothing to say any more."""

    correlation_id: str = ""
    """The request that asked for it; empty in executions that began before there was one."""

    looks_left: int = MOST_LOOKS
    """How often this branch of the execution may still look in vain."""


class SceneTask(VideoTask):
    """Work on one scene."""

    scene: int


class Progress(VideoTask):
    """How far a branch is: ready, or when to look again."""

    ready: bool
    wait_seconds: int = 0

    @classmethod
    def later(cls, task: VideoTask, wait_seconds: int, **known: Any) -> Self:
        """Not ready yet: one look fewer is left."""
        looked = {"ready": False, "wait_seconds": wait_seconds, "looks_left": task.looks_left - 1}
        return cls(**{**dict(task), **known, **looked})


class Storyboard(Progress):
    """What there is to make, once the story is known."""

    stop_after: StopAfter
    scenes: tuple[SceneTask, ...] = ()
    narrations: tuple[SceneTask, ...] = ()


class FrameDrawn(SceneTask, Progress):
    """The frame is there, and whether to stop now; or when to come back for it."""

    stop: bool = False


class SceneProgressed(SceneTask, Progress):
    """The provider's work on a scene: ready, or when to look at it, or (not submitted) to ask for it."""

    submitted: bool = True


class Failure(VideoTask):
    """What failed: a scene, or without one the whole."""

    scene: int | None = None
    error: dict[str, str]


class Done(StepModel):
    """Nothing more to say."""

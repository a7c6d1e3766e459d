"""The stage that was asked for is done, and the video is to go no further for now."""

from __future__ import annotations

from shared.database import transaction
from shared.lambdas.access import Access
from shared.lambdas.step import step
from shared.metrics import VIDEOS_FAILED, VIDEOS_FINISHED
from shared.videos import queries
from shared.videos.models import state_after
from shared.videos.tasks import Done, VideoTask


@step(needs={Access.DATABASE}, memory_mb=256, timeout_seconds=30)
def mark_stopped(task: VideoTask) -> Done:
    """Mark the video stopped; or failed, where one of its scenes could not be made."""
    with transaction(task.user_id) as db:
        failed = queries.first_scene_error(db, task.video_id)
        state = state_after(failed) if failed else "stopped"
        finished = queries.finish(db, task.video_id, state, failed, task.execution)
    if finished and failed:
        VIDEOS_FAILED.record(code=failed.code)
    elif finished:
        VIDEOS_FINISHED.record(outcome="stopped")
    return Done()

"""The stage that was asked for is done, and the video is to go no further for now."""

from __future__ import annotations

from shared.assets.models import Asset
from shared.database import Connection, transaction
from shared.lambdas.access import Access
from shared.lambdas.step import step
from shared.videos import piece_queries, production, queries
from shared.videos.ending import announce
from shared.videos.models import StopAfter, state_after
from shared.videos.queries import Video
from shared.videos.tasks import Done, VideoTask

MADE: dict[StopAfter, tuple[str, ...]] = {"frames": ("frame",), "clips": ("segment", "narration")}
"""What every scene has after a stage."""


@step(needs={Access.DATABASE, Access.WEBHOOKS}, memory_mb=256, timeout_seconds=30)
def mark_stopped(task: VideoTask) -> Done:
    """Mark the video stopped; or failed, where one of its scenes could not be made.

    Raises ScenesUnfinished where a scene still waits for something.
    """
    with transaction(task.user_id) as db:
        failed = queries.first_scene_error(db, task.video_id)
        video = queries.find_video(db, task.video_id)
        if failed is None and video is not None:
            _refuse_unfinished(db, video)
        state = state_after(failed) if failed else "stopped"
        finished = queries.finish(db, task.video_id, state, failed, task.execution)
    announce(finished)
    return Done()


def _refuse_unfinished(db: Connection, video: Video) -> None:
    made: dict[str, dict[int, Asset]] = {
        kind: piece_queries.scene_assets(db, video.id, kind)
        for kind in MADE.get(video.request.stop_after, ())
    }
    production.refuse_unfinished(video, queries.scenes(db, video.id), **made)

"""An execution has looked often enough: the next one goes on."""

from __future__ import annotations

from shared.assets.queries import is_in_the_making
from shared.database import transaction
from shared.lambdas.access import Access
from shared.lambdas.step import step
from shared.log import logger
from shared.videos import execution_queries, executions, queries
from shared.videos.ending import announce
from shared.videos.models import VideoError
from shared.videos.tasks import Done, VideoTask

MOST_IDLE_HANDOVERS = 150
"""Well over a week of waiting, at the waits that a line or a task takes that does not move."""

GAVE_UP = VideoError(
    code="gave_up",
    message="This video waited for more than a week, and nothing came of it. Everything made so far is kept:"
    " render it to try again.",
)


@step(needs={Access.DATABASE, Access.START_WORKFLOW, Access.WEBHOOKS}, memory_mb=256, timeout_seconds=30)
def continue_video(task: VideoTask) -> Done:
    """Begin the video's next execution, unless a later one has begun or the video is over.

    A second attempt starts the same one: an execution of a name starts once. A video that was handed over
    again and again while nothing was asked for or made has failed.
    """
    following = task.execution + 1
    with transaction(task.user_id) as db:
        counted = execution_queries.count_execution(db, task.video_id, after=task.execution)
        idle = 0 if counted is None else execution_queries.count_idle_handover(db, task.video_id)
        gave_up = idle > MOST_IDLE_HANDOVERS
        finished = queries.finish(db, task.video_id, "failed", GAVE_UP, following) if gave_up else None
        current = is_in_the_making(db, task.video_id, following)
    announce(finished)
    if current:
        executions.start(task.user_id, task.video_id, following, task.correlation_id)
        logger().info("video continued", extra={"execution": following})
    return Done()

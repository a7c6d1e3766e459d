"""An execution has looked often enough: the next one goes on."""

from __future__ import annotations

from shared.assets.queries import is_in_the_making
from shared.database import transaction
from shared.lambdas.access import Access
from shared.lambdas.step import step
from shared.log import logger
from shared.videos import execution_queries, executions
from shared.videos.tasks import Done, VideoTask


@step(needs={Access.DATABASE, Access.START_WORKFLOW}, memory_mb=256, timeout_seconds=30)
def continue_video(task: VideoTask) -> Done:
    """Begin the video's next execution, unless a later one has begun or the video is over.

    A second attempt starts the same one: an execution of a name starts once.
    """
    following = task.execution + 1
    with transaction(task.user_id) as db:
        execution_queries.count_execution(db, task.video_id, after=task.execution)
        current = is_in_the_making(db, task.video_id, following)
    if current:
        executions.start(task.user_id, task.video_id, following, task.correlation_id)
        logger().info("video continued", extra={"execution": following})
    return Done()

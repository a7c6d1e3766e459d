"""Bring rows, executions and providers' tasks together again."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from uuid import UUID

from shared.accounts.counters import forget_counters
from shared.assets import counting
from shared.database import operator_transaction, transaction
from shared.expiry import delete_expired_rows
from shared.lambdas.access import Access, Layer
from shared.lambdas.operation import Trigger, operation
from shared.lambdas.step import StepModel
from shared.log import logger
from shared.videos import call_queries, collecting, execution_queries, executions, leftovers, queries, service
from shared.videos.call_queries import LeftOver
from shared.videos.ending import announce
from shared.videos.execution_queries import Unfinished
from shared.videos.models import GAVE_UP, VideoError

QUIET_SECONDS = 60
"""A video touched more lately than this is left alone: its execution may just be starting."""

MOST_RESUMES = 20
"""A video that was taken up so often will not be finished by one more try."""

TIMEOUT_SECONDS = 300
LAST_START_SECONDS = 200
"""After so long no further video is begun with: the next run goes on."""


class Look(StepModel):
    """`workers_are_gone`: nothing of an earlier run can be alive, as when a laptop's stack starts."""

    workers_are_gone: bool = False


class Reconciled(StepModel):
    """How many videos were found without an execution and started anew, and how many tasks collected."""

    found: int
    started: int
    collected: int


@operation(
    Trigger.SCHEDULE,
    needs={
        Access.DATABASE,
        Access.DATABASE_OPERATOR,
        Access.FRAMES_READ,
        Access.CLIPS_READ,
        Access.CLIPS_WRITE,
        Access.NARRATION_READ,
        Access.NARRATION_WRITE,
        Access.PROVIDERS,
        Access.START_WORKFLOW,
        Access.STOP_WORKFLOW,
        Access.WEBHOOKS,
    },
    memory_mb=1024,
    timeout_seconds=TIMEOUT_SECONDS,
    layers={Layer.CLIENTS, Layer.IMAGING, Layer.FFMPEG},  # a draft left over is rendered here
)
def reconcile_videos(look: Look) -> Reconciled:
    """Start an execution for every unfinished video that has none, and fetch what was paid for.

    Then what lies in the database only for a while is cleared away.
    """
    give_up_at = time.monotonic() + LAST_START_SECONDS
    with operator_transaction() as db:
        if look.workers_are_gone:
            call_queries.expire_leases(db)
        lost = call_queries.lose_expired(db)
        forget_counters(db)
        found = execution_queries.unfinished(db, 0 if look.workers_are_gone else QUIET_SECONDS)
        left = call_queries.videos_with_tasks(db)
    for end in lost:
        counting.count_loss(end)
    started = sum(_guarded(video.id, partial(_resume, video)) for video in found)
    collected = 0
    for video in left:
        if time.monotonic() > give_up_at:
            break
        collected += _guarded(video.video_id, partial(_collect, video, give_up_at))
    with operator_transaction() as db:
        delete_expired_rows(db)
    return Reconciled(found=len(found), started=started, collected=collected)


def _collect(video: LeftOver, give_up_at: float) -> int:
    """Fetch what providers made. What they have not begun with for a cancelled video is cancelled there."""
    if video.cancelled:
        leftovers.cancel_queued(video.user_id, video.video_id, video.executions, give_up_at)
    return collecting.collect(video.user_id, video.video_id, TIMEOUT_SECONDS)


def _guarded(video_id: UUID, work: Callable[[], int]) -> int:
    """One video's trouble is not the others'."""
    try:
        return work()
    except Exception:  # noqa: BLE001 - whatever it is: it must not keep the others waiting
        logger().exception("video not reconciled", extra={"video_id": str(video_id)})
        return 0


def _resume(video: Unfinished) -> int:
    if executions.is_running(video.id, video.executions):
        return 0
    if video.resumes >= MOST_RESUMES:
        _give_up(video)
        return 0
    with transaction(video.user_id) as db:
        execution_queries.count_resume(db, video.id)
    if not service.start_execution(video.user_id, video.id, after=video.executions):
        return 0
    logger().info("video resumed", extra={"video_id": str(video.id)})
    return 1


def _give_up(video: Unfinished) -> None:
    error = VideoError(
        code=GAVE_UP,
        message=f"Making this video was taken up {video.resumes} times and never came to an end."
        " Everything made so far is kept: render it to try again.",
    )
    with transaction(video.user_id) as db:
        finished = queries.finish(db, video.id, "failed", error, video.executions)
    announce(finished)

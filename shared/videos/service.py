"""What can be done with a video as a whole."""

from __future__ import annotations

import time
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from shared import storage
from shared.assets import make
from shared.assets.budget import MONTH, refuse_unaffordable, spending
from shared.assets.keys import session_prefix, video_mark
from shared.assets.models import Bench, Product
from shared.assets.queries import add_asset
from shared.assets.recipes import UploadRecipe
from shared.base64_text import decode_base64
from shared.database import Connection, reading, transaction
from shared.errors import Conflict, Forbidden, NotFound, OverBudget, RequestError, ServiceUnavailable
from shared.lambdas.idempotency import NEW_REQUEST, Idempotency
from shared.log import correlation_id, logger
from shared.metrics import VIDEOS_STARTED
from shared.paging import decode_cursor, encode_cursor
from shared.retention.queries import note_deletion
from shared.videos import (
    call_queries,
    deletion_queries,
    execution_queries,
    executions,
    leftovers,
    list_queries,
    makers,
    piece_queries,
    queries,
    scene_queries,
    views,
)
from shared.videos.edits import Budget, ChangeBudget, HistoryAnswer, PlanView, RenderVideo
from shared.videos.ending import announce
from shared.videos.execution_queries import NextExecution
from shared.videos.models import ACTIVE_STATES, CreateVideo, Makers, VideoList, VideoRequest, VideoView
from shared.videos.plan import Plan, plan_request, plan_video
from shared.videos.queries import NewVideo, Video
from shared.webhooks.addresses import check_url

FIRST_WAIT_SECONDS = 0.1
WAIT_INTERVAL_SECONDS = 0.5
"""Between two looks: short at first, for what is drawn here in a second."""
MOST_RENDERED = 20
"""So many videos that wait for money go on by themselves when the cap is raised; others with a render."""
ANSWER_SECONDS = 2.0
"""What is left of the time limit when a waiting request gives its answer."""


def quote_video(order: CreateVideo) -> PlanView:
    """What making the video would cost, without making anything."""
    request = order.kept()
    return views.plan_view(plan_request(request, makers.settle(request)))


def create_video(user_id: UUID, order: CreateVideo, idempotency: Idempotency = NEW_REQUEST) -> UUID:
    """Write a video down and start making it; returns its id.

    Once it is written down it is made: where the start fails, the next `reconcile_videos` starts it. Sent
    again after an attempt that died, it finds that one's video.
    Raises InvalidRequest, and OverBudget where a cap leaves too little for the first call.
    """
    if order.webhook_url is not None:
        check_url(order.webhook_url)
    reference = _reference(order.reference_image)
    request = order.kept()
    settled = makers.settle(request)
    video_id = idempotency.new_id("video")
    request_id = order.request_id or str(video_id)
    bench = Bench(user_id, request_id, video_id, None, 0)
    recipe = None if reference is None else UploadRecipe(sha256=make.sha256_of(reference.content))
    with transaction(user_id) as db:  # a video never begins without its reference
        is_new = idempotency.is_new(db)
        if is_new:
            new = NewVideo(
                video_id,
                user_id,
                request_id,
                request,
                settled,
                order.max_cost_usd,
                webhook_url=order.webhook_url,
            )
            queries.add_video(db, new)
            refuse_unaffordable(db, video_id, lambda: plan_request(request, settled).first_call_usd)
            if reference is not None and recipe is not None:  # only now: nobody looks for a refused one's
                stored = make.store(bench, recipe, reference)
                add_asset(db, bench, recipe, stored)
                piece_queries.set_reference(db, video_id, stored.id)
        execution = _execution_to_start(db, video_id, is_new=is_new)
    if is_new:
        VIDEOS_STARTED.record()
    start(user_id, video_id, execution)
    return video_id


def _execution_to_start(db: Connection, video_id: UUID, *, is_new: bool) -> NextExecution | None:
    """The next execution, or the one that an attempt that died has counted and perhaps not begun."""
    return (
        execution_queries.count_execution(db, video_id)
        if is_new
        else execution_queries.open_execution(db, video_id)
    )


def start(user_id: UUID, video_id: UUID, execution: NextExecution | None) -> None:
    """Start an execution that was counted, or leave it to the reconciler. None: there is nothing to start."""
    if execution is None:
        return
    try:
        executions.start(user_id, video_id, execution.number, execution.correlation_id)
    except ServiceUnavailable:
        logger().warning("start left to the reconciler", extra={"video_id": str(video_id)})


def start_execution(user_id: UUID, video_id: UUID, after: int | None = None) -> bool:
    """Start the video's next execution; its number is kept first: whoever knows that can find it.

    False where the video is not to be made, or, with `after`, where another execution has begun since.
    """
    with transaction(user_id) as db:
        execution = execution_queries.count_execution(db, video_id, after)
    if execution is not None:
        executions.start(user_id, video_id, execution.number, execution.correlation_id)
    return execution is not None


def render_video(
    user_id: UUID,
    video_id: UUID,
    order: RenderVideo,
    *,
    dry_run: bool,
    idempotency: Idempotency = NEW_REQUEST,
) -> PlanView:
    """Make on with a video: what is not made yet, and what depends on a change. Returns the plan.

    Sent again after an attempt that died, it says what there is left to make.

    Raises NotFound, Conflict while it is being made, InvalidRequest, and OverBudget where a cap leaves too
    little for any call.
    """
    with transaction(user_id) as db:
        scene_queries.lock_video(db, video_id)
        video = queries.find_video(db, video_id)
        if video is None:
            raise NotFound("There is no such video.")
        is_new = idempotency.is_new(db)
        if is_new and video.state in ACTIVE_STATES:
            raise Conflict("The video is being made already.")
        with db.transaction(force_rollback=dry_run):
            plan = _queue_again(db, video, order) if is_new else plan_video(db, video)
            if is_new and not dry_run:
                refuse_unaffordable(db, video_id, lambda: plan.first_call_usd)
        execution = None if dry_run else _execution_to_start(db, video_id, is_new=is_new)
    if is_new and not dry_run:
        VIDEOS_STARTED.record()
    start(user_id, video_id, execution)
    return views.plan_view(plan)


def take_up(db: Connection, video: Video, max_cost_usd: Decimal | None) -> NextExecution | None:
    """Queue a video that is over once more, as it was ordered, with a new cap or none.

    Raises OverBudget where a cap leaves too little for any call.
    """
    plan = _queue_again(db, video, RenderVideo(max_cost_usd=max_cost_usd))
    refuse_unaffordable(db, video.id, lambda: plan.first_call_usd)
    return execution_queries.count_execution(db, video.id)


def _queue_again(db: Connection, video: Video, order: RenderVideo) -> Plan:
    request, settled = _reordered(video, order)
    if order.draft is not None:
        scene_queries.forget_makers(db, video.id)
    plan = plan_video(db, replace(video, request=request, makers=settled))
    queries.queue_again(db, video.id, request, settled, order.max_cost_usd, correlation_id())
    scene_queries.forget_results(db, video.id)
    return plan


def _reordered(video: Video, order: RenderVideo) -> tuple[VideoRequest, Makers]:
    """The request as it is now. Who makes it changes only where the caller says so: it costs money."""
    if video.piece is not None and (order.stop_after, order.draft) != (None, None):
        raise Conflict("This was asked for alone, and is what was asked for. Ask for another.")
    changes: dict[str, object] = {}
    if order.stop_after is not None:
        changes["stop_after"] = order.stop_after
    if order.draft is not None:
        changes["draft"] = order.draft
    request = VideoRequest.model_validate({**video.request.model_dump(), **changes})
    return request, video.makers if order.draft is None else makers.settle(request, any_voice=True)


def history(user_id: UUID, video_id: UUID, limit: int, cursor: str | None) -> HistoryAnswer:
    """A page of a video's provider calls, and what all of them cost. Raises NotFound."""
    after = None if cursor is None else decode_cursor(cursor)
    with reading(user_id) as read:
        state = read(queries.video_state(video_id))
        found = read(call_queries.calls(video_id, limit + 1, after))
        sums = read(call_queries.totals(video_id))
    calls, totals = found.all, sums.one
    if state.one is None or totals is None:
        raise NotFound("There is no such video.")
    page = calls[:limit]
    more = len(calls) > limit
    return HistoryAnswer(
        items=page,
        next_cursor=encode_cursor((page[-1].intended_at, page[-1].id)) if more else None,
        calls=totals.calls,
        estimated_cost_usd=totals.estimated_cost_usd,
        actual_cost_usd=totals.actual_cost_usd,
        lost=totals.lost,
    )


def budget(user_id: UUID) -> Budget:
    """The user's spending this month."""
    with reading(user_id) as read:
        month = read(MONTH)
    spent, cap = spending(month.one)
    return Budget(spent_usd=spent, monthly_cap_usd=cap)


def change_budget(user_id: UUID, change: ChangeBudget) -> Budget:
    """Set or lift the user's monthly cap, and go on with videos that wait for money, if there is more now.

    Raises Forbidden over what the deployment lets the user spend.
    """
    with transaction(user_id) as db:
        row = db.execute(
            "update users set monthly_cap_usd = %(cap)s where id = app_user_id()"
            " and (spending_limit_usd is null or %(cap)s <= spending_limit_usd)"
            " returning old.monthly_cap_usd as before",
            {"cap": change.monthly_cap_usd},
        ).fetchone()
    if row is None:
        raise Forbidden("Your account has a limit, and this cap is over it. GET /api/auth/me tells which.")
    before, now = row["before"], change.monthly_cap_usd
    if before is not None and (now is None or now > before):
        _render_waiting(user_id)
    return budget(user_id)


def _render_waiting(user_id: UUID) -> None:
    """Go on with the videos that wait for money, the longest waiting first, as far as the caps allow."""
    with transaction(user_id) as db:
        waiting = queries.waiting_for_budget(db, MOST_RENDERED)
    for video_id in waiting:
        try:
            render_video(user_id, video_id, RenderVideo(), dry_run=False)
        except (OverBudget, RequestError) as error:  # it waits on, and says for what
            logger().info("video waits on", extra={"video_id": str(video_id), "code": error.code})


def view_video(user_id: UUID, video_id: UUID) -> VideoView:
    """A video, whole. Raises NotFound."""
    return views.find_view(user_id, video_id)


def wait_for_video(user_id: UUID, video_id: UUID, seconds: float, deadline: float) -> VideoView:
    """A video once it is in a final state, or as it is when the time is up. Raises NotFound."""
    wait_until_over(user_id, video_id, seconds, deadline)
    return view_video(user_id, video_id)


def wait_until_over(user_id: UUID, video_id: UUID, seconds: float, deadline: float) -> None:
    """Come back when a video is not being made any more, or when the time is up."""
    give_up_at = min(time.monotonic() + seconds, deadline - ANSWER_SECONDS)
    pause = FIRST_WAIT_SECONDS
    while time.monotonic() < give_up_at:
        with reading(user_id) as read:
            state = read(queries.video_state(video_id))
        if state.one not in ACTIVE_STATES:
            return
        time.sleep(min(pause, max(0.0, give_up_at - time.monotonic())))
        pause = min(WAIT_INTERVAL_SECONDS, pause * 1.25)


def list_videos(user_id: UUID, limit: int, cursor: str | None) -> VideoList:
    """A page of the user's videos, newest first."""
    before = None if cursor is None else decode_cursor(cursor)
    with reading(user_id) as read:
        found = read(list_queries.list_videos(limit + 1, before))
    rows = found.all
    page = rows[:limit]
    more = len(rows) > limit
    return VideoList(
        items=[views.summary(row) for row in page],
        next_cursor=encode_cursor((page[-1].created_at, page[-1].id)) if more else None,
    )


def cancel_video(user_id: UUID, video_id: UUID, deadline: float) -> VideoView:
    """Stop making a video; what was made is kept. Raises NotFound, and Conflict when it is over.

    What a provider has not begun with is cancelled there; what it is at work on is paid for, and kept
    when it is done.
    """
    with transaction(user_id) as db:
        video = queries.find_video(db, video_id)
        if video is None:
            raise NotFound("There is no such video.")
        finished = queries.finish(db, video_id, "cancelled")
        if finished is None and video.state != "cancelled":
            raise Conflict(f"The video is {video.state} already.")
    announce(finished)
    try:
        executions.stop(video_id, video.executions, "cancelled by its owner")
    except ServiceUnavailable:  # its steps find out by themselves that they have nothing to make
        logger().warning("execution not stopped", extra={"video_id": str(video_id)})
    leftovers.cancel_queued(user_id, video_id, video.executions, deadline - ANSWER_SECONDS)
    return view_video(user_id, video_id)


def delete_video(user_id: UUID, video_id: UUID) -> int:
    """Delete a video, its rows and its objects; returns how many objects. Raises NotFound, Conflict.

    What a provider has not begun with is cancelled there, as far as it answers in time; what it is at work
    on is paid for, and nobody fetches it.
    """
    with transaction(user_id) as db:
        video = _deletable(db, video_id)
    deadline = time.monotonic() + leftovers.BEFORE_DELETION_SECONDS
    leftovers.cancel_queued(user_id, video_id, video.executions, deadline)
    with transaction(user_id) as db:
        scene_queries.lock_video(db, video_id)
        _deletable(db, video_id)
        deletion_queries.delete_video(db, video_id)
        prefix = session_prefix(user_id, video.request_id)
        last = deletion_queries.delete_empty_session(db, video.request_id)
        # With the last one goes whatever lies there; else only what bears the video's mark.
        marks = [video_mark(video_id)]
        note_deletion(db, prefix, marks)  # whoever names a session so again begins it anew
        # Inside the transaction: where storage fails the rows stay, and the next try finds the video.
        return storage.delete_all(prefix, having=[] if last else marks)


def _deletable(db: Connection, video_id: UUID) -> Video:
    video = queries.find_video(db, video_id)
    if video is None:
        raise NotFound("There is no such video.")
    if video.state in ACTIVE_STATES:
        raise Conflict("The video is being made. Cancel it first.")
    return video


def _reference(image: str | None) -> Product | None:
    if image is None:
        return None
    from shared.media.pictures import read_picture  # noqa: PLC0415 - Pillow, for those who send one

    picture = read_picture(decode_base64(image, "referenceImage"))
    return Product(picture.content, picture.content_type)

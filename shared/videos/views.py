"""A video as the API shows it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from shared import storage
from shared.database import Reading, reading
from shared.errors import Cap, NotFound
from shared.media.formats import FRAMES_PER_SECOND
from shared.providers.prices import prices
from shared.videos import call_queries, list_queries, piece_queries, queries
from shared.videos.edits import PlannedCallView, PlanTotal, PlanView
from shared.videos.list_queries import VideoRow
from shared.videos.models import (
    ACTIVE_STATES,
    Cost,
    FinalView,
    Makers,
    NarrationView,
    Needs,
    PieceState,
    PieceView,
    SceneView,
    Stage,
    VideoError,
    VideoRequest,
    VideoSummary,
    VideoView,
    Waiting,
)
from shared.videos.piece_queries import FinalVideo, SceneProgress, StoryProgress
from shared.videos.plan import Plan, PlannedCall, credits_of
from shared.videos.queries import Video

DRAFT_NOTE = (
    "Made by the draft provider: an animatic of drawn storyboard frames, free of charge."
    " With provider keys in place the same request makes the real video."
)


def find_view(user_id: UUID, video_id: UUID) -> VideoView:
    """A video, whole. Raises NotFound for an unknown one, and for another user's."""
    with reading(user_id) as read:
        asked = WholeVideo(read, video_id)
    return asked.view()


class WholeVideo:
    """All that is known of a video: asked when it is made, there when the reading is over."""

    def __init__(self, read: Reading, video_id: UUID) -> None:
        self.video = read(queries.video_question(video_id))
        self.row = read(list_queries.video_row(video_id))
        self.scenes = read(piece_queries.scene_progress(video_id))
        self.story = read(piece_queries.story_progress(video_id))
        self.final = read(piece_queries.final_video(video_id))
        self.totals = read(call_queries.totals(video_id))
        self.may_raise_cap = read(queries.MAY_RAISE_CAP)

    def view(self) -> VideoView:
        """As the API shows it. Raises NotFound."""
        video, row, final, spent = self.video.one, self.row.one, self.final.one, self.totals.one
        if video is None or row is None or spent is None:
            raise NotFound("There is no such video.")
        return VideoView(
            **dict(summary(row)),
            request=video.request,
            makers=video.makers,
            overview=video.overview,
            note=DRAFT_NOTE if video.makers.draft else None,
            scenes=_scenes(video, self.scenes.all),
            final=_final(final) if final else None,
            error=video.error,
            needs=_needs(video, may_raise_cap=bool(self.may_raise_cap.one)),
            waiting=_story_waiting(video, self.story.one),
            cost_usd=Cost(
                estimated=spent.estimated_cost_usd, actual=spent.actual_cost_usd, cap=video.max_cost_usd
            ),
        )


_HOW: dict[Literal["budget", "credit", "key"], str] = {
    "budget": "Raise the cap that is reached, then POST {render}.",
    "credit": "Add credit to the provider's account, then POST {render}.",
    "key": "Put a valid key for the provider in place, then POST {render}.",
}
_HOW_TO_RAISE: dict[Cap, str] = {
    "video": "The video's own cap is reached. POST {render} with a higher maxCostUsd.",
    "month": "Your cap for this month is reached. Raise it in PUT /api/budget, and the video goes on by"
    " itself; or wait for the next month, and POST {render}.",
    "deployment": "What all users of this deployment can spend in a month is reached. Ask whoever runs it"
    " to raise its cap, or wait for the next month. Then POST {render}.",
}
_AT_THE_LIMIT = (
    "Your cap for this month is reached, and it is as high as your account's limit lets it be. Ask whoever"
    " runs this API to raise that, or wait for the next month. Then POST {render}."
)


def _needs(video: Video, *, may_raise_cap: bool) -> Needs | None:
    what = next((each for each in _HOW if video.state == f"needs_{each}"), None)
    if what is None:
        return None
    cap = video.error.cap if video.error else None
    how = _HOW[what] if cap is None else _HOW_TO_RAISE[cap]
    if cap == "month" and not may_raise_cap:
        how = _AT_THE_LIMIT
    return Needs(what=what, cap=cap, how=how.format(render=f"/api/videos/{video.id}/render"))


def _story_waiting(video: Video, story: StoryProgress | None) -> Waiting | None:
    if video.sheet is not None or video.state not in ACTIVE_STATES or story is None:
        return None
    return None if story.working else _waiting_for(story.turns, story.troubled, "story")


def summary(row: VideoRow) -> VideoSummary:
    """A video as a list shows it."""
    return VideoSummary(
        id=row.id,
        state=row.state,
        stage=_stage(row),
        prompt=VideoRequest.model_validate(row.request, extra="ignore").prompt,
        title=row.title,
        draft=Makers.model_validate(row.makers, extra="ignore").draft,
        poster_url=_url(row.poster_key),
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def _stage(row: VideoRow) -> Stage:
    """Read off what there is, so that it cannot be stale."""
    if row.finished:
        return "done"
    if row.scenes == 0:
        return "story"
    if row.clips == row.scenes:
        return "merge"
    return "clips" if row.frames == row.scenes else "frames"


def _scenes(video: Video, scenes: list[SceneProgress]) -> list[SceneView]:
    views: list[SceneView] = []
    starts_ms = 0
    for scene in scenes:
        views.append(_scene(video, scene, starts_ms))
        starts_ms += scene.duration_ms
    return views


def _scene(video: Video, scene: SceneProgress, starts_ms: int) -> SceneView:
    clip_state = _state(scene, scene.segment_key, "clip")
    if clip_state == "waiting" and scene.frame_key and video.state == "running":
        clip_state = "waiting" if video.request.stop_after in {"story", "frames"} else "working"
    return SceneView(
        number=scene.number,
        title=scene.title,
        description=scene.description,
        prompt=scene.prompt,
        motion=scene.motion,
        starts_at=starts_ms / 1000,
        duration=scene.duration_ms / 1000,
        frame=PieceView(
            state=_state(scene, scene.frame_key, "frame"),
            url=_url(scene.frame_key),
            waiting=_waiting(video, scene, "frame"),
        ),
        clip=PieceView(state=clip_state, url=_url(scene.segment_key), waiting=_waiting(video, scene, "clip")),
        narration=NarrationView(
            state=_state(scene, scene.narration_key, "narration") if video.request.narration else "off",
            url=_url(scene.narration_key),
            waiting=_waiting(video, scene, "narration"),
            text=scene.narration,
        ),
        error=VideoError.model_validate(scene.error, extra="ignore") if scene.error else None,
    )


def _state(scene: SceneProgress, key: str | None, kind: Literal["frame", "clip", "narration"]) -> PieceState:
    if key is not None:
        return "done"
    if kind in scene.working:
        return "working"
    return "failed" if scene.error is not None else "waiting"


def _waiting(video: Video, scene: SceneProgress, kind: str) -> Waiting | None:
    made = {"frame": scene.frame_key, "clip": scene.segment_key, "narration": scene.narration_key}[kind]
    if video.state not in ACTIVE_STATES or made is not None or kind in scene.working:
        return None
    return _waiting_for(scene.turns, scene.troubled, kind)


def _waiting_for(turns: dict[str, str | None], troubled: list[str], kind: str) -> Waiting | None:
    if kind in turns:
        until = turns[kind]
        if until is not None:
            return Waiting(reason="daily_limit", until=datetime.fromisoformat(until))
        return Waiting(reason="turn")
    return Waiting(reason="provider") if kind in troubled else None


def _final(final: FinalVideo) -> FinalView:
    return FinalView(
        video_url=storage.presigned_url(final.cut_key),
        poster_url=_url(final.poster_key),
        preview_url=_url(final.preview_key),
        captions_url=_url(final.captions_key),
        width=final.width,
        height=final.height,
        duration=round(final.frames / FRAMES_PER_SECOND, 3),
        size_bytes=final.size_bytes,
        expires_in=storage.URL_SECONDS,
    )


def _url(key: str | None) -> str | None:
    return None if key is None else storage.presigned_url(key)


def plan_view(plan: Plan) -> PlanView:
    """A plan as the API shows it."""
    by_kind: dict[str, list[PlannedCall]] = {}
    for call in plan.calls:
        by_kind.setdefault(call.kind, []).append(call)
    return PlanView(
        calls=[
            PlannedCallView(
                kind=call.kind,
                scene=call.scene,
                maker=call.maker,
                cost_usd=call.cost_usd,
                credits=credits_of(call),
            )
            for call in plan.calls
        ],
        by_kind={
            kind: PlanTotal(
                count=len(calls),
                cost_usd=sum((call.cost_usd for call in calls), Decimal(0)),
                credits=sum((credits_of(call) for call in calls), Decimal(0)),
            )
            for kind, calls in by_kind.items()
        },
        cost_usd=plan.cost_usd,
        credits=sum((credits_of(call) for call in plan.calls), Decimal(0)),
        price_list_date=prices().as_of,
    )

"""Pieces: what is asked for alone is a small video of a session, made by the same workflow and ledger.

A story is a video that stops after its story. A frame and a clip are videos of one scene whose words, and
for a clip its picture too, are the caller's: no story is written for them. A cut is a video of clips that
there are. The same request again in the same session finds its piece, and nothing is made or paid again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from shared.assets.models import Bench
from shared.database import Connection, transaction
from shared.errors import Conflict, Forbidden, InvalidRequest
from shared.lambdas.endpoint import Call
from shared.metrics import VIDEOS_STARTED
from shared.pieces import queries, sources
from shared.pieces.models import (
    GenerateClip,
    GenerateImage,
    GenerateStory,
    MergeClips,
    PieceRequest,
    PublicRequest,
)
from shared.pieces.sources import ClipIngredient, Ingredient
from shared.providers import catalog
from shared.stories.models import Sheet, Story, StoryScene
from shared.videos import makers, piece_queries, queries as video_queries, scene_queries, service
from shared.videos.edits import RenderVideo
from shared.videos.models import (
    ACTIVE_STATES,
    MAX_CUT_SECONDS,
    Makers,
    PieceKind,
    VideoRequest,
)
from shared.videos.production import work_dir
from shared.videos.queries import NewVideo
from shared.webhooks.addresses import check_url

_MADE = frozenset({"stopped", "succeeded"})
_EMPTY_SHEET = Sheet(characters=(), setting="", palette="")


@dataclass(frozen=True, slots=True)
class _Shot:
    """A scene whose words are the caller's."""

    scene: StoryScene
    duration_ms: int
    frame: Ingredient | None = None
    last_frame: Ingredient | None = None
    clip: Ingredient | None = None


@dataclass(frozen=True, slots=True)
class _Order:
    """A piece as it is to be made. `identity` is all that determines it, beside its session."""

    piece: PieceKind
    body: PieceRequest
    request: VideoRequest
    makers: Makers
    identity: dict[str, object]
    index: int | None = None
    total: int | None = None
    title: str = ""
    shots: list[_Shot] = field(default_factory=list)
    reference: Ingredient | None = None
    like_the_session: bool = False
    """Whether a frame is to look like the session's first one, and its people like those of its story."""


def story(call: Call, body: GenerateStory) -> UUID:
    """Have a story written; returns its job. Raises Forbidden and InvalidRequest."""
    _check_user(call, body.user_id)
    request = VideoRequest(
        prompt=body.prompt,
        frame_count=body.frame_count,
        duration=body.duration,
        style=body.style,
        mood=body.mood,
        narration=False,
        stop_after="story",
        draft=body.draft,
    )
    chosen = makers.settle(request, makes_clips=False)
    identity = {**_words(request), "maker": chosen.story}
    return _begin(call, _Order("story", body, request, chosen, identity))


def image(call: Call, body: GenerateImage) -> UUID:
    """Have a frame drawn; returns its job. Raises what a picture raises that cannot be used."""
    _check_user(call, body.user_id)
    request = VideoRequest(
        prompt=body.prompt,
        frame_count=1,
        style=body.style,
        mood=body.mood,
        aspect_ratio=body.frame_aspect_ratio,
        narration=False,
        stop_after="frames",
        draft=body.draft,
    )
    chosen = makers.settle(request, makes_clips=False)
    with work_dir() as directory:
        reference = sources.picture(call.user_id, body.image, "image", directory) if body.image else None
        order = _Order(
            "frame",
            body,
            request,
            chosen,
            {
                **_words(request),
                "maker": chosen.frame,
                "index": body.frame_index,
                "reference": reference.sha256 if reference else None,
            },
            index=body.frame_index,
            total=body.total_frames,
            shots=[_Shot(_scene(body.prompt), request.duration * 1000)],
            reference=reference,
            like_the_session=reference is None and not body.is_first_frame,
        )
        return _begin(call, order)


def clip(call: Call, body: GenerateClip) -> UUID:
    """Have a picture set in motion; returns its job. Errors as `image`."""
    _check_user(call, body.user_id)
    request = VideoRequest(
        prompt=body.prompt,
        frame_count=1,
        duration=body.duration,
        mood=body.mood,
        aspect_ratio=body.frame_aspect_ratio,
        narration=False,
        stop_after="clips",
        draft=body.draft,
    )
    chosen = makers.settle(request)
    if body.end_image is not None and not catalog.clip_limits(*makers.split(chosen.clip)).last_frame:
        raise InvalidRequest(
            f"{chosen.clip} cannot make a clip end with a picture: leave endImage out."
            " Models that can are veo3.1 and veo3.1_fast of runway."
        )
    with work_dir() as directory:
        first = sources.picture(call.user_id, body.start_image, "startImage", directory)
        last = (
            sources.picture(call.user_id, body.end_image, "endImage", directory) if body.end_image else None
        )
        order = _Order(
            "clip",
            body,
            request,
            chosen,
            {
                **_words(request),
                "maker": chosen.clip,
                "index": body.clip_index,
                "frame": first.sha256,
                "lastFrame": last.sha256 if last else None,
            },
            index=body.clip_index,
            total=body.total_clips,
            shots=[_Shot(_scene(body.prompt), body.duration * 1000, frame=first, last_frame=last)],
        )
        return _begin(call, order)


def cut(call: Call, body: MergeClips) -> UUID:
    """Have clips merged; returns the job. Raises NotFound where there is no clip, and as `image`."""
    _check_user(call, body.user_id)
    with work_dir() as directory:
        if body.places:
            found = sources.clips(call.user_id, body.places, directory)
        else:
            found = sources.session_clips(call.user_id, _merged_session(call, body))
        return _begin(call, _cut_order(body, found))


def _merged_session(call: Call, body: MergeClips) -> str:
    session = call.session(body)
    if session is None:
        raise InvalidRequest("Name the clips, or the requestId whose clips are to be merged.")
    return session


def _cut_order(body: MergeClips, clips: list[ClipIngredient]) -> _Order:
    words = list(body.narrations) or [""] * len(clips)
    if len(words) != len(clips):
        raise InvalidRequest(
            f"There are {len(clips)} clips and {len(words)} narrations. Send '' for nothing."
        )
    seconds = sum(clip.duration_ms for clip in clips) / 1000
    if seconds > MAX_CUT_SECONDS:
        raise InvalidRequest(
            f"These clips last {seconds:.0f} s; a cut lasts {MAX_CUT_SECONDS} s at the most."
        )
    request = VideoRequest(
        prompt=body.title or f"{len(clips)} clips, merged",
        frame_count=len(clips),
        duration=max(1, round(seconds)),
        aspect_ratio=body.frame_aspect_ratio or clips[0].ratio,
        narration=any(words),
        voice=body.voice,
        captions=body.captions,
        draft=body.draft,
    )
    chosen = makers.settle(request, makes_clips=False)
    return _Order(
        "cut",
        body,
        request,
        chosen,
        {
            **_words(request),
            "maker": chosen.narration if request.narration else None,
            "title": body.title,
            "voice": body.voice,
            "captions": body.captions,
            "clips": [[each.file.sha256, each.duration_ms] for each in clips],
            "narrations": words,
        },
        title=body.title,
        shots=[
            _Shot(_scene("", narration=said), each.duration_ms, clip=each.file)
            for each, said in zip(clips, words, strict=True)
        ],
    )


def video(call: Call, body: PublicRequest) -> UUID:
    """Have a whole video made, as far as the request says; returns its job. Errors as `image`."""
    _check_user(call, body.user_id)
    order = body.order().model_copy(update={"request_id": call.session(body)})
    if not body.images:
        return service.create_video(call.user_id, order, idempotency=call.idempotency, begun_as_job=True)
    with work_dir() as directory:
        reference = sources.picture(call.user_id, body.images[0], "images.0", directory).product()
        return service.create_video(call.user_id, order, reference, call.idempotency, begun_as_job=True)


def _check_user(call: Call, named: str | None) -> None:
    if named and named != str(call.user_id):
        raise Forbidden("userId is another's. Leave it out, or send your own.")


def _words(request: VideoRequest) -> dict[str, object]:
    """What a piece's request says in words and numbers."""
    said = {"prompt", "frame_count", "duration", "style", "mood", "aspect_ratio", "stop_after"}
    return request.model_dump(include=said)


def _scene(prompt: str, narration: str = "") -> StoryScene:
    return StoryScene(title="", description="", prompt=prompt, motion=prompt, narration=narration)


def _identity(order: _Order) -> str:
    """64 hexadecimal digits that stand for what was asked for."""
    asked = {"piece": order.piece, "take": order.body.take, **order.identity}
    canonical = json.dumps(asked, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _begin(call: Call, order: _Order) -> UUID:
    """The piece of this identity: found, found and taken up again, or written down and started."""
    if order.body.webhook_url is not None:
        check_url(order.body.webhook_url)
    new = NewVideo(
        id=uuid4(),
        user_id=call.user_id,
        request_id=call.session(order.body) or str(call.idempotency.new_id("session")),
        request=order.request,
        makers=order.makers,
        max_cost_usd=order.body.max_cost_usd,
        piece=order.piece,
        piece_index=order.index,
        piece_total=order.total,
        piece_identity=_identity(order),
        webhook_url=order.body.webhook_url,
        begun_as_job=True,
    )
    with transaction(new.user_id) as db:
        # Whoever comes second waits here for the first one's transaction, and finds its piece.
        added = video_queries.add_video(db, new)
        if added:
            _write(db, new, order)
        found = queries.find_piece(db, new.request_id, new.piece_identity or "")
    if added or found is None:
        VIDEOS_STARTED.record()
        service.start_soon(new.user_id, new.id)
        return new.id
    piece_id, state = found
    if state not in ACTIVE_STATES | _MADE:
        _take_up(new.user_id, piece_id, order)
    return piece_id


def _take_up(user_id: UUID, piece_id: UUID, order: _Order) -> None:
    """Go on with a piece that failed, was cancelled or ran out of money. What was made is kept."""
    try:
        again = RenderVideo(max_cost_usd=order.body.max_cost_usd)
        service.render_video(user_id, piece_id, again, dry_run=False)
    except Conflict:
        return  # somebody else has just done it


def _write(db: Connection, new: NewVideo, order: _Order) -> None:
    """What the piece is made of. Its story is there already, unless that is the piece."""
    bench = Bench(new.user_id, new.request_id, new.id, None, 0, piece_index=new.piece_index)
    reference, sheet = order.reference, _EMPTY_SHEET
    if order.like_the_session:
        sheet = queries.session_sheet(db, new.request_id) or sheet
        reference = _first_frame(db, new)
    if reference is not None:
        piece_queries.set_reference(db, new.id, reference.keep(db, bench))
    if not order.shots:
        return
    scenes = tuple(shot.scene for shot in order.shots)
    told = Story(title=order.title, overview="", sheet=sheet, scenes=scenes)
    durations = [shot.duration_ms for shot in order.shots]
    video_queries.keep_story(db, new.user_id, new.id, told, durations)
    for scene, shot in zip(video_queries.scenes(db, new.id), order.shots, strict=True):
        if shot.frame is not None:
            scene_queries.pin(db, new.user_id, scene.id, "frame", shot.frame.keep(db, bench))
        if shot.clip is not None:
            scene_queries.pin(db, new.user_id, scene.id, "clip", shot.clip.keep(db, bench))
        if shot.last_frame is not None:
            scene_queries.set_last_frame(db, scene.id, shot.last_frame.keep(db, bench))


def _first_frame(db: Connection, new: NewVideo) -> Ingredient | None:
    """What a frame is kept alike to. The draft keeps to its words alone."""
    if makers.split(new.makers.frame)[0] == catalog.DRAFT:
        return None
    first = queries.first_frame(db, new.request_id, new.makers.frame)
    return None if first is None else Ingredient.of_asset(first)

"""Where a piece begins: it is found, found and gone on with, or written down and started.

What it is made of is stored before it is written down, by keys that follow from its id: no row is locked
while storage copies. Nothing begins that a cap keeps from its first call.
"""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import NamedTuple
from uuid import UUID, uuid4

from shared import storage
from shared.assets.budget import refuse_unaffordable
from shared.assets.models import Asset, Bench
from shared.assets.queries import add_asset
from shared.aws import client
from shared.database import Connection, transaction
from shared.errors import (
    Conflict,
    NotFound,
    OverBudget,
    ServiceUnavailable,
    StoryreelError,
    WorkInProgress,
    error_of,
)
from shared.lambdas.endpoint import Call
from shared.log import logger
from shared.metrics import VIDEOS_STARTED
from shared.pieces import queries
from shared.pieces.models import PieceRequest
from shared.pieces.sources import Ingredient
from shared.providers import catalog
from shared.stories.models import Sheet, Story, StoryScene
from shared.videos import (
    execution_queries,
    makers,
    piece_queries,
    queries as video_queries,
    scene_queries,
    service,
)
from shared.videos.execution_queries import NextExecution
from shared.videos.models import ACTIVE_STATES, Makers, PieceKind, VideoRequest
from shared.videos.plan import plan_video
from shared.videos.queries import NewVideo, Video
from shared.webhooks.addresses import check_url

_MADE = frozenset({"stopped", "succeeded"})
_EMPTY_SHEET = Sheet(characters=(), setting="", palette="")
_COPIES_AT_ONCE = 5
"""Each takes two of the ten connections that a client keeps."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A scene whose words are the caller's."""

    scene: StoryScene
    duration_ms: int
    frame: Ingredient | None = None
    last_frame: Ingredient | None = None
    clip: Ingredient | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A piece as it is to be made. `identity` is all that determines it, beside its session and take."""

    piece: PieceKind | None
    """None: a whole video."""
    body: PieceRequest
    request: VideoRequest
    makers: Makers
    identity: dict[str, object]
    index: int | None = None
    total: int | None = None
    title: str = ""
    shots: list[Shot] = field(default_factory=list)
    references: tuple[Ingredient, ...] = ()
    """What all frames are kept alike to."""
    frames: tuple[Ingredient, ...] = ()
    """What is there of the frames of a story that is still to be written."""
    like_the_session: bool = False
    """Whether a frame is to look like the session's first one, and its people like those of its story."""
    sheet: Sheet = _EMPTY_SHEET

    @property
    def ingredients(self) -> dict[str, Ingredient]:
        """All that it is made of, by content: what is there twice is stored once."""
        shown = [each for shot in self.shots for each in (shot.frame, shot.last_frame, shot.clip)]
        return {each.sha256: each for each in (*self.references, *self.frames, *shown) if each is not None}


class _Begun(NamedTuple):
    """A piece, and the execution that may have to be started for it."""

    id: UUID
    execution: NextExecution | None


def begin(call: Call, order: Order) -> UUID:
    """The piece of this identity: found, found and taken up again, or written down and started.

    Raises AddressRefused, Conflict where the session is full, and OverBudget where a cap leaves too little
    for the first call.
    """
    if order.body.webhook_url is not None:
        check_url(order.body.webhook_url)
    new = NewVideo(
        id=uuid4(),
        user_id=call.user_id,
        request_id=order.body.request_id or str(call.idempotency.new_id("session")),
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
    # Whoever comes second waits in `_add` for the first one's transaction, and then finds its piece.
    begun = _find(new) or _add(new, order) or _find(new)
    if begun is None:
        raise WorkInProgress("This was deleted a moment ago. Ask for it again.", retry_after_seconds=1)
    service.start(new.user_id, begun.id, begun.execution)
    return begun.id


def _identity(order: Order) -> str:
    """64 hexadecimal digits that stand for what was asked for."""
    asked = {"piece": order.piece, "take": order.body.take, **order.identity}
    canonical = json.dumps(asked, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _find(new: NewVideo) -> _Begun | None:
    """The piece that is there already. One that can go on does so; who is told of its end is the latest."""
    with transaction(new.user_id) as db:
        video = _locked(db, new)
        if video is None:
            return None
        goes_on = _goes_on(video)
        if goes_on:
            execution = service.take_up(db, video, new.max_cost_usd)
        else:  # counted, and perhaps not begun: whoever wrote it down may have died
            execution = execution_queries.open_execution(db, video.id) if video.state == "queued" else None
        if goes_on or video.state in ACTIVE_STATES:
            queries.set_webhook_url(db, video.id, new.webhook_url)
    if goes_on:
        VIDEOS_STARTED.record()
    return _Begun(video.id, execution)


def _locked(db: Connection, new: NewVideo) -> Video | None:
    video_id = queries.lock_piece(db, new.request_id, new.piece_identity or "")
    return None if video_id is None else video_queries.find_video(db, video_id)


def _goes_on(video: Video) -> bool:
    """Whether the same request has more made of a piece that is over. What was made is kept.

    What a provider has failed at is answered as a failure again: to ask once more may cost once more, and
    that takes a word of the caller's, another take. Our own faults and what passes by itself cost nothing.
    """
    if video.state in ACTIVE_STATES | _MADE:
        return False
    if video.state != "failed" or video.error is None:
        return True
    error = error_of(video.error.code, video.error.message)
    return error.retryable or error.code == StoryreelError.code


def _add(new: NewVideo, order: Order) -> _Begun | None:
    """Write the piece down; None where another request has just done it."""
    if order.like_the_session:
        order = _alike(new, order)
    bench = Bench(new.user_id, new.request_id, new.id, None, 0, piece_index=new.piece_index)
    stored = _store(bench, order.ingredients)
    try:
        with transaction(new.user_id) as db:
            added = video_queries.add_video(db, new)
            if added:
                _write(db, bench, order, stored)
                refuse_unaffordable(db, new.id, lambda: plan_video(db, _written(db, new)).first_call_usd)
                execution = execution_queries.count_execution(db, new.id)
    except (OverBudget, Conflict):
        _discard(stored)
        raise
    if not added:
        _discard(stored)
        return None
    VIDEOS_STARTED.record()
    return _Begun(new.id, execution)


def _written(db: Connection, new: NewVideo) -> Video:
    video = video_queries.find_video(db, new.id)
    if video is None:
        raise NotFound("There is no such video.")
    return video


def _alike(new: NewVideo, order: Order) -> Order:
    """A frame that is kept alike to what its session has. The draft keeps to its words alone."""
    drawn_here = makers.split(new.makers.frame)[0] == catalog.DRAFT
    with transaction(new.user_id) as db:
        sheet = queries.session_sheet(db, new.request_id) or order.sheet
        first = None if drawn_here else queries.first_frame(db, new.request_id, new.makers.frame)
    return replace(order, sheet=sheet, references=() if first is None else (Ingredient.of_asset(first),))


def _store(bench: Bench, ingredients: dict[str, Ingredient]) -> dict[str, Asset]:
    """Store the ingredients with the piece, several at once; returns them by content."""
    if not ingredients:
        return {}
    client("s3")  # made here: threads must not make it all at once
    with ThreadPoolExecutor(_COPIES_AT_ONCE, thread_name_prefix="copy") as pool:
        stored = pool.map(lambda each: each.store(bench), ingredients.values())
        return dict(zip(ingredients, stored, strict=True))


def _discard(stored: dict[str, Asset]) -> None:
    """Delete what was stored for a piece that is not to be. Only where that is certain.

    No commit has named these keys. Where storage fails they stay until their session is deleted.
    """
    try:
        for asset in stored.values():
            storage.delete(asset.storage_key)
    except ServiceUnavailable:
        logger().warning("what no piece is made of was not deleted")


def _write(db: Connection, bench: Bench, order: Order, stored: dict[str, Asset]) -> None:
    """What the piece is made of. Its story is there already, unless that is still to be written."""
    kept = {
        sha256: add_asset(db, bench, each.recipe, stored[sha256]).id
        for sha256, each in order.ingredients.items()
    }
    references, frames = (
        {number: kept[each.sha256] for number, each in enumerate(brought, start=1)}
        for brought in (order.references, order.frames)
    )
    if references:
        piece_queries.set_reference(db, bench.video_id, references.pop(1))
    piece_queries.add_pictures(db, bench.user_id, bench.video_id, "reference", references)
    piece_queries.add_pictures(db, bench.user_id, bench.video_id, "frame", frames)
    if not order.shots:
        return
    scenes = tuple(shot.scene for shot in order.shots)
    told = Story(title=order.title, overview="", sheet=order.sheet, scenes=scenes)
    durations = [shot.duration_ms for shot in order.shots]
    video_queries.keep_story(db, bench.user_id, bench.video_id, told, durations)
    for scene, shot in zip(video_queries.scenes(db, bench.video_id), order.shots, strict=True):
        if shot.frame is not None:
            scene_queries.pin(db, bench.user_id, scene.id, "frame", kept[shot.frame.sha256])
        if shot.clip is not None:
            scene_queries.pin(db, bench.user_id, scene.id, "clip", kept[shot.clip.sha256])
        if shot.last_frame is not None:
            scene_queries.set_last_frame(db, scene.id, kept[shot.last_frame.sha256])

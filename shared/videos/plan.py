"""What a render would make, and what that costs, before anything is paid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from shared.assets.models import Asset
from shared.assets.recipes import PaidRecipe
from shared.database import Connection
from shared.providers.catalog import refuse_ended
from shared.providers.ports import ClipTerms, ImageTerms, NarratorTerms
from shared.stories.models import Character, Sheet
from shared.videos import makers, piece_queries, production, queries, recipes
from shared.videos.makers import split
from shared.videos.models import Makers, StopAfter, VideoRequest
from shared.videos.piece_queries import Known
from shared.videos.queries import Scene, Video

_ORDER: tuple[StopAfter, ...] = ("story", "frames", "clips", "final")
_UNKNOWN = "0" * 64
"""Stands for the content of what is not made yet: its price does not depend on it."""


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """One call that a render would pay for, at its estimate in US$."""

    kind: str
    scene: int | None
    maker: str
    cost_usd: Decimal


@dataclass(frozen=True, slots=True)
class Plan:
    """The calls that a render would make. What is made already, or on its way, is not among them."""

    calls: tuple[PlannedCall, ...]

    @property
    def cost_usd(self) -> Decimal:
        """The sum of the estimates."""
        return sum((call.cost_usd for call in self.calls), Decimal(0))

    @property
    def first_call_usd(self) -> Decimal:
        """The least that must be left of a budget for anything to begin: 0 where something costs nothing.

        Without a story there is nothing else to begin with.
        """
        costs = {call.kind: call.cost_usd for call in self.calls if call.kind == "story"}
        return min(costs.values() or (call.cost_usd for call in self.calls), default=Decimal(0))


@dataclass(frozen=True, slots=True)
class Brought:
    """The pictures that a video was ordered with: references in order, and frames' content by scene."""

    references: Sequence[Asset] = ()
    frames: Mapping[int, str] = field(default_factory=dict)


NOTHING_BROUGHT = Brought()


@dataclass(frozen=True, slots=True)
class _Crew:
    """What is known of who would make it. No key is needed for that."""

    images: ImageTerms
    clips: ClipTerms
    narrator: NarratorTerms

    @classmethod
    def of(cls, chosen: Makers, scene: Scene) -> _Crew:
        return cls(
            makers.image_terms(chosen, scene),
            makers.clip_terms(chosen, scene),
            makers.narrator_terms(chosen, scene),
        )


def plan_request(request: VideoRequest, chosen: Makers, brought: Brought = NOTHING_BROUGHT) -> Plan:
    """The plan of a video that has no story yet: typical texts stand for it."""
    video = _imagined(request, chosen)
    writer = makers.story_terms(chosen)
    recipe = recipes.story_recipe(video)
    story = PlannedCall("story", None, chosen.story, writer.price(recipe))
    if request.stop_after == "story":
        return Plan((story,))
    scenes = _typical_scenes(request)
    pinned = {
        (each.id, "frame"): brought.frames[each.number] for each in scenes if each.number in brought.frames
    }
    known = Known(assets={}, submitted=frozenset(), pinned=pinned)
    return Plan((story, *_scene_calls(video, scenes, known, brought.references)))


def plan_video(db: Connection, video: Video) -> Plan:
    """The plan of the next render of a video, up to its `stop_after`."""
    references = tuple(piece_queries.references(db, video.id))
    if video.sheet is None:
        brought = Brought(references, piece_queries.brought_frames(db, video.id))
        return plan_request(video.request, video.makers, brought)
    if video.request.stop_after == "story":
        return Plan(())
    known = piece_queries.known(db, video.id)
    return Plan(tuple(_scene_calls(video, queries.scenes(db, video.id), known, references)))


def _scene_calls(
    video: Video, scenes: list[Scene], known: Known, references: Sequence[Asset]
) -> Iterator[PlannedCall]:
    steps = _ORDER.index(video.request.stop_after)
    first_frame: str | None = None
    for scene in scenes:
        crew = _Crew.of(video.makers, scene)
        alike_to = _references(crew.images, scene, references, first_frame)
        frame, call = _frame(video, scene, crew.images, known, alike_to)
        first_frame = first_frame or frame
        yield from call
        if steps >= _ORDER.index("clips"):
            yield from _clip(video, scene, crew.clips, known, frame)
            if video.request.narration:
                yield from _narration(video, scene, crew.narrator, known)


def _references(
    images: ImageTerms, scene: Scene, references: Sequence[Asset], first_frame: str | None
) -> tuple[str, ...]:
    """The content that the frame is kept alike to, as `draw_frame` will find it."""
    if not images.takes_references:
        return ()
    if references:
        return tuple(each.sha256 for each in references if each.scene_id != scene.id)
    return () if scene.number == 1 else (first_frame or _UNKNOWN,)


def _frame(
    video: Video, scene: Scene, images: ImageTerms, known: Known, references: tuple[str, ...]
) -> tuple[str, list[PlannedCall]]:
    """The frame's content, or what stands for it, and the call that would make it."""
    if video.piece == "cut":
        return _UNKNOWN, []
    pinned = known.pinned.get((scene.id, "frame"))
    if pinned is not None:
        return pinned, []
    recipe = recipes.frame_recipe(video, scene, images, references)
    found = known.assets.get(recipe.identity)
    if found is not None:
        return found, []
    return _UNKNOWN, [_call(scene.frame_maker or video.makers.frame, scene, recipe, images.price(recipe))]


def _clip(video: Video, scene: Scene, clips: ClipTerms, known: Known, frame: str) -> Iterator[PlannedCall]:
    if (scene.id, "clip") in known.pinned:
        return
    recipe = recipes.clip_recipe(video, scene, clips, frame)
    if not known.has(recipe.identity):
        yield _call(scene.clip_maker or video.makers.clip, scene, recipe, clips.price(recipe))


def _narration(video: Video, scene: Scene, narrator: NarratorTerms, known: Known) -> Iterator[PlannedCall]:
    if (scene.id, "narration") in known.pinned or not scene.narration:
        return
    recipe = recipes.narration_recipe(video, scene, narrator)
    if not known.has(recipe.identity):
        yield _call(scene.narration_maker or video.makers.narration, scene, recipe, narrator.price(recipe))


def _call(maker: str, scene: Scene, recipe: PaidRecipe, cost_usd: Decimal) -> PlannedCall:
    refuse_ended(recipe.provider, recipe.model)
    return PlannedCall(recipe.kind, scene.number, maker, cost_usd)


def credits_of(call: PlannedCall) -> Decimal:
    """Runway's credits, at US$ 0.01 each; other providers have none."""
    return call.cost_usd * 100 if split(call.maker)[0] == "runway" else Decimal(0)


# What a writer of ours typically writes, in length: for prices that depend on length.
_WORDS_PER_SECOND = 2.2
_TEXT = "a quiet harbour at dawn, boats at anchor, gulls above the pier, soft light from the left " * 4


def _imagined(request: VideoRequest, chosen: Makers) -> Video:
    people = tuple(Character(name=name, appearance=_TEXT[:160]) for name in ("First", "Second"))
    return Video(
        id=UUID(int=0),
        user_id=UUID(int=0),
        request=request,
        makers=chosen,
        state="queued",
        title=None,
        overview=None,
        sheet=Sheet(characters=people, setting=_TEXT[:160], palette=_TEXT[:60]),
        error=None,
        reference_asset_id=None,
        max_cost_usd=None,
        executions=0,
        story_take=1,
        request_id="",
        piece=None,
        piece_index=None,
        piece_total=None,
        begun_as_job=False,
        created_at=datetime.now(UTC),
        finished_at=None,
    )


def _typical_scenes(request: VideoRequest) -> list[Scene]:
    durations = production.scene_durations_ms(request.duration, request.frame_count)
    return [
        Scene(
            id=UUID(int=number),
            number=number,
            title="A quiet beginning",
            description=_TEXT[:140],
            prompt=_TEXT,
            motion=_TEXT[:120],
            narration="moment " * max(1, round(duration_ms / 1000 * _WORDS_PER_SECOND)),
            duration_ms=duration_ms,
            style=None,
            frame_take=1,
            clip_take=1,
            narration_take=1,
            frame_maker=None,
            clip_maker=None,
            narration_maker=None,
            last_frame_asset_id=None,
            last_frame_sha256=None,
        )
        for number, duration_ms in enumerate(durations, start=1)
    ]

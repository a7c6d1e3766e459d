"""Pieces: what is asked for alone is a small video of a session, made by the same workflow and ledger.

A story is a video that stops after its story. A frame and a clip are videos of one scene whose words, and
for a clip its picture too, are the caller's: no story is written for them. A cut is a video of clips that
there are. The same request again in the same session finds its piece, and nothing is made or paid again.

The same means: the same words and numbers, and pictures and clips of the same content. An address stands
for no content, since another may lie there tomorrow: what it leads to is fetched before the piece is found.
"""

from __future__ import annotations

from uuid import UUID

from shared.errors import Forbidden, InvalidRequest
from shared.lambdas.endpoint import Call
from shared.pieces import sources
from shared.pieces.beginning import Order, Shot, begin
from shared.pieces.models import (
    GenerateClip,
    GenerateImage,
    GenerateStory,
    MergeClips,
    PublicRequest,
)
from shared.pieces.sources import ClipIngredient, Ingredient
from shared.providers import catalog
from shared.stories.models import StoryScene
from shared.videos import makers
from shared.videos.models import MAX_CUT_SECONDS, VideoRequest
from shared.videos.production import work_dir


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
    return begin(call, Order("story", body, request, chosen, identity))


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
        order = Order(
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
            shots=[Shot(_scene(body.prompt), request.duration * 1000)],
            references=(reference,) if reference else (),
            like_the_session=reference is None and not body.is_first_frame,
        )
        return begin(call, order)


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
    if body.end_image is not None:
        _check_last_frame(chosen.clip)
    with work_dir() as directory:
        first = sources.picture(call.user_id, body.start_image, "startImage", directory)
        last = (
            sources.picture(call.user_id, body.end_image, "endImage", directory) if body.end_image else None
        )
        order = Order(
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
            shots=[Shot(_scene(body.prompt), body.duration * 1000, frame=first, last_frame=last)],
        )
        return begin(call, order)


def _check_last_frame(maker: str) -> None:
    """Refuse a picture to end with for a maker that takes none."""
    limits = catalog.CLIP_LIMITS
    if not limits[makers.split(maker)].last_frame:
        able = ", ".join("/".join(each) for each in sorted(limits) if limits[each].last_frame)
        raise InvalidRequest(
            f"{maker} cannot make a clip end with a picture: leave endImage out. Those that can: {able}."
        )


def cut(call: Call, body: MergeClips) -> UUID:
    """Have clips merged; returns the job. Raises NotFound where there is no clip, and as `image`."""
    _check_user(call, body.user_id)
    with work_dir() as directory:
        if body.places:
            found = sources.clips(call.user_id, body.places, directory)
        else:
            found = sources.session_clips(call.user_id, _merged_session(body))
        return begin(call, _cut_order(body, found))


def _merged_session(body: MergeClips) -> str:
    if body.request_id is None:
        raise InvalidRequest("Name the clips, or the requestId whose clips are to be merged.")
    return body.request_id


def _cut_order(body: MergeClips, clips: list[ClipIngredient]) -> Order:
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
    return Order(
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
            Shot(_scene("", narration=said), each.duration_ms, clip=each.file)
            for each, said in zip(clips, words, strict=True)
        ],
    )


def video(call: Call, body: PublicRequest) -> UUID:
    """Have a whole video made, as far as the request says; returns its job. Errors as `image`."""
    _check_user(call, body.user_id)
    request = body.order().kept()
    chosen = makers.settle(request)
    with work_dir() as directory:
        brought = sources.pictures(call.user_id, body.images, "images", directory)
        as_frames = body.image_role == "frame"
        frames = tuple(brought) if as_frames else ()
        references = () if as_frames else tuple({each.sha256: each for each in brought}.values())
        identity = {
            **_words(request),
            **request.model_dump(include={"narration", "voice", "captions"}),
            "makers": chosen.model_dump(include={"story", "frame", "clip", "narration"}),
            "reference": references[0].sha256 if references else None,
            # Left out where there are none: what was asked for before they could be is still itself.
            **_named("references", references[1:]),
            **_named("frames", frames),
        }
        return begin(call, Order(None, body, request, chosen, identity, references=references, frames=frames))


def _named(name: str, pictures: tuple[Ingredient, ...]) -> dict[str, list[str]]:
    return {name: [each.sha256 for each in pictures]} if pictures else {}


def _check_user(call: Call, named: str | None) -> None:
    if named and named != str(call.user_id):
        raise Forbidden("userId is another's. Leave it out, or send your own.")


def _words(request: VideoRequest) -> dict[str, object]:
    """What a piece's request says in words and numbers."""
    said = {"prompt", "frame_count", "duration", "style", "mood", "aspect_ratio", "stop_after"}
    return request.model_dump(include=said)


def _scene(prompt: str, narration: str = "") -> StoryScene:
    return StoryScene(title="", description="", prompt=prompt, motion=prompt, narration=narration)

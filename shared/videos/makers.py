"""Who makes what for a video: settled once, when it is created."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import cast

from shared.assets.recipes import ClipRecipe, NarrationRecipe
from shared.aws import secret
from shared.errors import InvalidRequest
from shared.providers import catalog
from shared.providers.ports import (
    ClipMaker,
    ClipTerms,
    ImageMaker,
    ImageTerms,
    Narrator,
    NarratorTerms,
    StoryTerms,
    StoryWriter,
)
from shared.providers.provider import Kind
from shared.settings import ProviderSettings, settings
from shared.videos.models import Makers, VideoRequest
from shared.videos.queries import Scene


def provider_keys() -> dict[str, str]:
    """The providers' keys, as far as they were put in place."""
    return secret(settings(ProviderSettings).secret_arn)


def settle(request: VideoRequest, *, any_voice: bool = False, makes_clips: bool = True) -> Makers:
    """The makers of a video, checked against what it asks for. Raises InvalidRequest.

    `any_voice`: a voice that the new narrator lacks is no mistake, its default speaks instead.
    `makes_clips`: what the maker of clips takes does not matter where none are made.
    """
    chosen = settings(ProviderSettings)
    keys = {} if request.draft else provider_keys()
    wanted = {kind: catalog.DRAFT if request.draft else str(getattr(chosen, kind)) for kind in catalog.KINDS}
    makers = Makers(
        **{kind: "/".join(catalog.choose(kind, setting, keys)) for kind, setting in wanted.items()},
        fallbacks={} if request.draft else _fallbacks(chosen, keys),
    )
    if makes_clips:
        _check_clips(request, makers)
    if not any_voice:
        _check_voice(request, makers)
    return makers


def _fallbacks(chosen: ProviderSettings, keys: dict[str, str]) -> dict[str, str]:
    """Those that are set, checked like the makers themselves. A story has none: it would be another one."""
    wanted: dict[Kind, str] = {
        "frame": chosen.fallback_frame,
        "clip": chosen.fallback_clip,
        "narration": chosen.fallback_narration,
    }
    return {
        kind: "/".join(catalog.choose(kind, setting, keys)) for kind, setting in wanted.items() if setting
    }


def _check_clips(request: VideoRequest, makers: Makers) -> None:
    limits = catalog.clip_limits(*split(makers.clip))
    if request.aspect_ratio not in limits.ratios:
        raise InvalidRequest(
            f"{makers.clip} does not make {request.aspect_ratio}."
            f" Choose one of: {', '.join(sorted(limits.ratios))}."
        )
    scene_ms = round(request.duration * 1000 / request.frame_count)
    if limits.duration_for(scene_ms) is None:
        raise InvalidRequest(
            f"{makers.clip} makes no clip of {scene_ms / 1000:.1f} s. Ask for more scenes or a shorter video."
        )


def _check_voice(request: VideoRequest, makers: Makers) -> None:
    voices = catalog.voices(*split(makers.narration))
    if request.voice is not None and request.voice not in voices:
        raise InvalidRequest(
            f"{makers.narration} has no voice {request.voice!r}. Choose one of: {', '.join(voices)}."
        )


def split(maker: str) -> tuple[str, str]:
    """Provider and model of `provider/model`."""
    provider, _, model = maker.partition("/")
    return provider, model


def story_writer(makers: Makers) -> StoryWriter:
    """Whoever writes this video's story."""
    return cast("StoryWriter", _adapter("story", makers.story))


def image_maker(makers: Makers, scene: Scene | None = None) -> ImageMaker:
    """Whoever draws this video's frames, or this scene's."""
    return cast("ImageMaker", _adapter("frame", (scene and scene.frame_maker) or makers.frame))


def clip_maker(makers: Makers, scene: Scene | None = None) -> ClipMaker:
    """Whoever makes this video's clips, or this scene's."""
    return cast("ClipMaker", _adapter("clip", (scene and scene.clip_maker) or makers.clip))


def narrator(makers: Makers, scene: Scene | None = None) -> Narrator:
    """Whoever speaks in this video, or in this scene."""
    return cast("Narrator", _adapter("narration", (scene and scene.narration_maker) or makers.narration))


def story_terms(makers: Makers) -> StoryTerms:
    """What can be said without a key of who writes this video's story."""
    return catalog.story_terms(*split(makers.story))


def image_terms(makers: Makers, scene: Scene | None = None) -> ImageTerms:
    """The same of who draws this video's frames, or this scene's."""
    return catalog.image_terms(*split((scene and scene.frame_maker) or makers.frame))


def clip_terms(makers: Makers, scene: Scene | None = None) -> ClipTerms:
    """The same of who makes this video's clips, or this scene's."""
    return catalog.clip_terms(*split((scene and scene.clip_maker) or makers.clip))


def narrator_terms(makers: Makers, scene: Scene | None = None) -> NarratorTerms:
    """The same of who speaks in this video, or in this scene."""
    return catalog.narrator_terms(*split((scene and scene.narration_maker) or makers.narration))


def clip_maker_of(recipe: ClipRecipe) -> ClipMaker:
    """Whoever a clip was asked of, to follow it: even if the model has ended since."""
    return cast("ClipMaker", _adapter("clip", f"{recipe.provider}/{recipe.model}", collecting=True))


def narrator_of(recipe: NarrationRecipe) -> Narrator:
    """Whoever a narration was asked of, to follow it: even if the model has ended since."""
    return cast("Narrator", _adapter("narration", f"{recipe.provider}/{recipe.model}", collecting=True))


def _adapter(kind: Kind, maker: str, *, collecting: bool = False) -> object:
    provider, model = split(maker)
    keys = tuple(sorted(provider_keys().items())) if provider in catalog.KEY_NAMES else ()
    return _built(kind, provider, model, keys, collecting=collecting)


@lru_cache(maxsize=8)
def _built(
    kind: Kind, provider: str, model: str, keys: tuple[tuple[str, str], ...], *, collecting: bool
) -> object:
    """An adapter for the life of the process: building one takes as long as many a step."""
    factories: dict[Kind, Callable[..., object]] = {
        "story": catalog.story_writer,
        "frame": catalog.image_maker,
        "clip": catalog.clip_maker,
        "narration": catalog.narrator,
    }
    options = {"collecting": True} if collecting else {}
    return factories[kind](provider, model, dict(keys), **options)

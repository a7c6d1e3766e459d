"""What can be chosen: read off the data and the models that the rest of the product uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel

from shared.errors import StoryreelError
from shared.lambdas.http import MAX_BODY_BYTES
from shared.options.models import (
    Choice,
    Choices,
    ClipOptions,
    KindOptions,
    Limits,
    ModelOptions,
    Options,
    PriceLine,
    ProviderOptions,
    Span,
)
from shared.providers import catalog
from shared.providers.ports import ClipLimits
from shared.providers.prices import prices
from shared.providers.provider import Kind, Provider
from shared.settings import ProviderSettings, settings
from shared.stories.looks import moods, styles
from shared.uploads.models import MAX_IMAGE_BYTES, MAX_VIDEO_BYTES
from shared.uploads.parts import PART_BYTES
from shared.videos.makers import provider_keys
from shared.videos.models import (
    LONGEST_SCENE_SECONDS,
    MAX_CUT_CLIPS,
    MAX_CUT_SECONDS,
    MAX_REFERENCES,
    MAX_SESSION_JOBS,
    SHORTEST_SCENE_SECONDS,
    STANDARD_RATIOS,
    Captions,
    CreateVideo,
    ListQuery,
    StopAfter,
    WaitQuery,
)

_FEW = 20
"""Durations are named one by one where there are no more."""


def options() -> Options:
    """Everything that can be chosen in this deployment."""
    return build(provider_keys(), settings(ProviderSettings))


def build(keys: Mapping[str, str], chosen: ProviderSettings) -> Options:
    """Everything that can be chosen with these keys, where the deployment has chosen these makers."""
    return Options(
        styles=_choices("style", {name: each.label for name, each in styles().items()}),
        moods=_choices("mood", {name: each.label for name, each in moods().items()}),
        ratios=_choices("aspect_ratio", {ratio: name for name, ratio in STANDARD_RATIOS.items()}),
        captions=_choices("captions", {each: each.capitalize() for each in get_args(Captions)}),
        stop_after=_choices("stop_after", {each: each.capitalize() for each in get_args(StopAfter)}),
        providers=[_provider(each, keys) for each in catalog.PROVIDERS],
        **{kind: _kind(kind, keys, chosen) for kind in catalog.KINDS},
        limits=_limits(),
        price_list_date=prices().as_of,
    )


def _choices(field: str, labels: Mapping[str, str]) -> Choices:
    return Choices(
        default=CreateVideo.model_fields[field].default,
        values=[Choice(value=value, label=label) for value, label in labels.items()],
    )


def _provider(provider: Provider, keys: Mapping[str, str]) -> ProviderOptions:
    return ProviderOptions(
        name=provider.name, label=provider.label, available=catalog.has_key(provider.name, keys)
    )


def _kind(kind: Kind, keys: Mapping[str, str], chosen: ProviderSettings) -> KindOptions:
    made = [
        _model(kind, provider, model, keys)
        for provider in catalog.PROVIDERS
        for model in provider.models.get(kind, ())
    ]
    return KindOptions(
        default=_default(kind, keys, str(getattr(chosen, kind))),
        draft="/".join(catalog.choose(kind, catalog.DRAFT, {})),
        models=made,
    )


def _default(kind: Kind, keys: Mapping[str, str], setting: str) -> str | None:
    try:
        return "/".join(catalog.choose(kind, setting, keys))
    except StoryreelError:
        return None  # the settings name somebody who has ended, or whose key is missing: an order is refused


def _model(kind: Kind, provider: Provider, model: str, keys: Mapping[str, str]) -> ModelOptions:
    sunset = provider.sunsets.get(model)
    limits = provider.clip_limits.get(model) if kind == "clip" else None
    return ModelOptions(
        maker=f"{provider.name}/{model}",
        provider=provider.name,
        available=catalog.has_key(provider.name, keys),
        ends_on=sunset.ends if sunset else None,
        prices=[
            PriceLine(usd=each.usd, per=each.per, quality=each.quality)
            for each in provider.prices(kind, model)
        ],
        clips=_clips(limits) if limits else None,
        voices=list(provider.voices) if kind == "narration" else None,
    )


def _clips(limits: ClipLimits) -> ClipOptions:
    seconds = [each / 1000 for each in limits.durations_ms] if len(limits.durations_ms) <= _FEW else None
    return ClipOptions(
        ratios=sorted(limits.ratios),
        durations=Span(min=min(limits.durations_ms) / 1000, max=max(limits.durations_ms) / 1000),
        exact_durations=seconds,
        prompt_characters=limits.prompt_utf16_units,
        last_frame=limits.last_frame,
    )


def _limits() -> Limits:
    return Limits(
        frame_count=_span(CreateVideo, "frame_count"),
        duration=_span(CreateVideo, "duration"),
        scene_duration=Span(min=SHORTEST_SCENE_SECONDS, max=LONGEST_SCENE_SECONDS),
        wait=_span(WaitQuery, "wait"),
        prompt_characters=_bound(CreateVideo, "prompt", "max_length"),
        reference_image_base64_characters=_bound(CreateVideo, "reference_image", "max_length"),
        reference_images=MAX_REFERENCES,
        body_bytes=MAX_BODY_BYTES,
        upload_image_bytes=MAX_IMAGE_BYTES,
        upload_video_bytes=MAX_VIDEO_BYTES,
        upload_part_bytes=PART_BYTES,
        merge_clips=MAX_CUT_CLIPS,
        merge_seconds=MAX_CUT_SECONDS,
        session_jobs=MAX_SESSION_JOBS,
        videos_per_page=_span(ListQuery, "limit"),
    )


def _span(model: type[BaseModel], field: str) -> Span:
    return Span(
        min=_bound(model, field, "ge"),
        max=_bound(model, field, "le"),
        default=model.model_fields[field].default,
    )


def _bound(model: type[BaseModel], field: str, name: str) -> Any:
    """A bound of a field, where the model itself declares it."""
    return next(
        getattr(each, name)
        for each in model.model_fields[field].metadata
        if getattr(each, name, None) is not None
    )

"""Which providers and models there are, what they take, and when they end.

This module is light: it imports no SDK, no PIL and no av, so that the API can validate with it. The
factories at its end import an adapter when one is needed. An adapter of a model that has ended can be had:
it finds and collects what was paid for. Nothing new is asked of it, since `make` refuses.

A new provider is its folder, whose `provider.py` says what it makes, and one entry in `PROVIDERS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from importlib import import_module
from typing import cast, get_args

from shared.errors import InvalidRequest, ProviderKeyMissing
from shared.providers.draft import provider as draft
from shared.providers.openai import provider as openai
from shared.providers.ports import (
    ClipLimits,
    ClipMaker,
    ClipTerms,
    ImageMaker,
    ImageTerms,
    Narrator,
    NarratorTerms,
    StoryTerms,
    StoryWriter,
)
from shared.providers.provider import Kind, Provider, Sunset
from shared.providers.runway import provider as runway

PROVIDERS: tuple[Provider, ...] = (runway.PROVIDER, openai.PROVIDER, draft.PROVIDER)
"""Every provider. `auto` takes the first one whose key is there, and its first model."""

DRAFT = draft.PROVIDER.name
KINDS: tuple[Kind, ...] = get_args(Kind)

KEY_NAMES: dict[str, str] = {each.name: each.key_name for each in PROVIDERS if each.key_name}
"""The variable that holds a provider's key. A provider that is not here needs none."""

BASE_URL_NAMES: dict[str, str] = {each.name: each.base_url_name for each in PROVIDERS if each.base_url_name}
"""The variable that points a provider's SDK somewhere else."""

MODELS: dict[Kind, dict[str, tuple[str, ...]]] = {
    kind: {each.name: each.models[kind] for each in PROVIDERS if kind in each.models} for kind in KINDS
}
"""Models by kind and provider."""

# Of providers that are not here any more, or never were, and whom settings may still name.
_ENDED_ELSEWHERE: dict[tuple[str, str], Sunset] = {
    ("stability", "image-to-video"): Sunset(date(2025, 7, 24), "runway/gen4_turbo"),
    ("amazon", "nova-reel"): Sunset(date(2026, 9, 30), "runway/gen4_turbo"),
    ("amazon", "nova-canvas"): Sunset(date(2026, 9, 30), "openai/gpt-image-2.5-flare"),
}

SUNSETS: dict[tuple[str, str], Sunset] = _ENDED_ELSEWHERE | {
    (each.name, model): sunset for each in PROVIDERS for model, sunset in each.sunsets.items()
}

CLIP_LIMITS: dict[tuple[str, str], ClipLimits] = {
    (each.name, model): limits for each in PROVIDERS for model, limits in each.clip_limits.items()
}

VOICES: dict[str, tuple[str, ...]] = {each.name: each.voices for each in PROVIDERS}

_ADAPTERS: dict[tuple[Kind, str], str] = {
    (kind, each.name): path for each in PROVIDERS for kind, path in each.adapters.items()
}

_TERMS: dict[tuple[Kind, str], str] = {
    (kind, each.name): path for each in PROVIDERS for kind, path in each.terms.items()
}


def choose(
    kind: Kind, setting: str, keys: Mapping[str, str], *, today: date | None = None
) -> tuple[str, str]:
    """The provider and model that a setting means.

    `setting` is `auto`, `<provider>` or `<provider>/<model>`. `auto` is the first provider whose key is in
    `keys`, else the draft.

    Raises:
        InvalidRequest: There is no such provider or model, it has ended, or its key is missing.

    """
    today = today or datetime.now(UTC).date()
    if setting == "auto":
        return _automatic(kind, keys, today)
    provider, _, model = setting.partition("/")
    models = MODELS[kind].get(provider)
    if models is None:
        if model:
            check_model(provider, model, today)  # names the date, if this is one that has ended
        raise InvalidRequest(
            f"No provider {provider!r} makes a {kind}. There are: {', '.join(MODELS[kind])}."
        )
    model = model or models[0]
    check_model(provider, model, today)
    if model not in models:
        raise InvalidRequest(f"{provider}/{model} makes no {kind}. There are: {', '.join(models)}.")
    if not has_key(provider, keys):
        raise InvalidRequest(f"{provider} needs a key: {KEY_NAMES[provider]} is not set.")
    return provider, model


def refuse_ended(provider: str, model: str, today: date | None = None) -> None:
    """Refuse a model that has ended, with the date and the model to use instead.

    For whoever is about to ask a model for something new. What it made or is at work on outlives it.

    Raises:
        InvalidRequest: As said.

    """
    sunset = SUNSETS.get((provider, model))
    if sunset and (today or datetime.now(UTC).date()) >= sunset.ends:
        raise InvalidRequest(
            f"{provider}/{model} ended on {sunset.ends.isoformat()}. Use {sunset.instead} instead.",
            details={"ended": sunset.ends.isoformat(), "instead": sunset.instead},
        )


def check_model(provider: str, model: str, today: date) -> None:
    """Refuse a model that has ended, with the date and the model to use instead, or that never was.

    Raises:
        InvalidRequest: As said.

    """
    sunset = SUNSETS.get((provider, model))
    refuse_ended(provider, model, today)
    known = {name for models in MODELS.values() for name in models.get(provider, ())}
    if not known:
        providers = sorted({name for models in MODELS.values() for name in models})
        raise InvalidRequest(f"There is no provider {provider!r}. There are: {', '.join(providers)}.")
    if model not in known:
        instead = f" Use {sunset.instead} instead." if sunset else f" There are: {', '.join(sorted(known))}."
        raise InvalidRequest(f"{provider} has no model {model!r} that can be used here.{instead}")


def clip_limits(provider: str, model: str) -> ClipLimits:
    """What a clip model takes.

    Raises:
        InvalidRequest: There is no such clip model.

    """
    try:
        return CLIP_LIMITS[provider, model]
    except KeyError as exc:
        raise InvalidRequest(f"There is no clip model {provider}/{model}.") from exc


def voices(provider: str, model: str) -> tuple[str, ...]:
    """The voices of a narrator; the first is the default.

    Raises:
        InvalidRequest: There is no such narrator.

    """
    if model not in MODELS["narration"].get(provider, ()):
        raise InvalidRequest(f"There is no narrator {provider}/{model}.")
    return VOICES[provider]


def story_terms(provider: str, model: str) -> StoryTerms:
    """What can be said without a key of who writes stories with this model."""
    return cast("StoryTerms", _terms("story", provider, model))


def image_terms(provider: str, model: str) -> ImageTerms:
    """The same of who draws frames, in the default quality."""
    return cast("ImageTerms", _terms("frame", provider, model))


def clip_terms(provider: str, model: str) -> ClipTerms:
    """The same of who makes clips."""
    return cast("ClipTerms", _terms("clip", provider, model))


def narrator_terms(provider: str, model: str) -> NarratorTerms:
    """The same of who speaks."""
    return cast("NarratorTerms", _terms("narration", provider, model))


def _terms(kind: Kind, provider: str, model: str) -> object:
    if model not in MODELS[kind].get(provider, ()):
        raise InvalidRequest(f"{provider}/{model} makes no {kind}.")
    module, _, name = _TERMS[kind, provider].partition(":")
    terms = getattr(import_module(module), name)
    return terms(model) if provider in KEY_NAMES else terms()


def story_writer(provider: str, model: str, keys: Mapping[str, str]) -> StoryWriter:
    """The adapter that writes stories with this model."""
    return cast("StoryWriter", _make("story", provider, model, keys))


def image_maker(provider: str, model: str, keys: Mapping[str, str], *, quality: str = "") -> ImageMaker:
    """The adapter that draws frames with this model; without a quality, in the adapter's own default."""
    return cast("ImageMaker", _make("frame", provider, model, keys, quality=quality))


def clip_maker(provider: str, model: str, keys: Mapping[str, str], *, collecting: bool = False) -> ClipMaker:
    """The adapter that makes clips with this model.

    For `collecting` what it has made already, the model need not be one of ours any more.
    """
    return cast("ClipMaker", _make("clip", provider, model, keys, collecting=collecting))


def narrator(provider: str, model: str, keys: Mapping[str, str], *, collecting: bool = False) -> Narrator:
    """The adapter that speaks with this model; `collecting` as for clips."""
    return cast("Narrator", _make("narration", provider, model, keys, collecting=collecting))


def _make(
    kind: Kind,
    provider: str,
    model: str,
    keys: Mapping[str, str],
    *,
    collecting: bool = False,
    quality: str = "",
) -> object:
    known = (kind, provider) in _ADAPTERS if collecting else model in MODELS[kind].get(provider, ())
    if not known:
        raise InvalidRequest(f"{provider}/{model} makes no {kind}.")
    module, _, name = _ADAPTERS[kind, provider].partition(":")
    adapter = getattr(import_module(module), name)
    if provider not in KEY_NAMES:
        return adapter()
    if not has_key(provider, keys):
        raise ProviderKeyMissing(
            f"{provider} needs a key: {KEY_NAMES[provider]} is not set.", provider=provider
        )
    base_url = keys.get(BASE_URL_NAMES[provider]) or None
    options = {"quality": quality} if quality else {}
    return adapter(api_key=keys[KEY_NAMES[provider]], base_url=base_url, model=model, **options)


def _automatic(kind: Kind, keys: Mapping[str, str], today: date) -> tuple[str, str]:
    for provider, models in MODELS[kind].items():
        sunset = SUNSETS.get((provider, models[0]))
        if has_key(provider, keys) and not (sunset and today >= sunset.ends):
            return provider, models[0]
    raise InvalidRequest(f"No provider can make a {kind}.")  # never: the draft needs no key and never ends


def has_key(provider: str, keys: Mapping[str, str]) -> bool:
    """Whether a provider can be asked: its key is there, or it needs none."""
    return provider not in KEY_NAMES or bool(keys.get(KEY_NAMES[provider], "").strip())

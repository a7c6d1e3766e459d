"""Which providers and models there are, what they take, and when they end.

This module is light: it imports no SDK, no PIL and no av, so that the API can validate with it. The
factories at its end import an adapter when one is needed. An adapter of a model that has ended can be had:
it finds and collects what was paid for. Nothing new is asked of it, since `make` refuses.

A new provider is its adapter, its models and limits in the tables here, and one line in `_ADAPTERS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import import_module
from typing import Any, Literal, TypeAlias, cast

from shared.errors import InvalidRequest, ProviderKeyMissing
from shared.media.formats import CUT_FORMATS
from shared.providers.ports import ClipLimits, ClipMaker, ImageMaker, Narrator, StoryWriter

Kind: TypeAlias = Literal["story", "frame", "clip", "narration"]

DRAFT = "draft"
KEY_NAMES: dict[str, str] = {"openai": "OPENAI_API_KEY", "runway": "RUNWAYML_API_SECRET"}
"""The variable that holds a provider's key. A provider that is not here needs none."""

BASE_URL_NAMES: dict[str, str] = {"openai": "OPENAI_BASE_URL", "runway": "RUNWAYML_BASE_URL"}
"""The variable that points a provider's SDK somewhere else."""

MODELS: dict[Kind, dict[str, tuple[str, ...]]] = {
    "story": {
        "openai": ("gpt-6-luna", "gpt-6-sol", "gpt-6-astra", "gpt-5.6-luna", "gpt-5.6-terra", "gpt-5.6-sol"),
        DRAFT: ("outline-1",),
    },
    "frame": {
        "openai": (
            "gpt-image-2.5-flare",
            "gpt-image-2.5-sunburst",
            "gpt-image-2.6-flare",
            "gpt-image-2.6-sunburst",
            "gpt-image-2",
            "gpt-image-2-2026-04-21",
        ),
        DRAFT: ("storyboard-1",),
    },
    "clip": {
        "runway": ("gen4_turbo", "gen4.5", "veo3.1_fast", "veo3.1"),
        DRAFT: ("camera-1",),
    },
    "narration": {
        "runway": ("eleven_multilingual_v2", "eleven_v3", "eleven_v4"),
        "openai": ("gpt-4o-mini-tts",),
        DRAFT: ("voice-1",),
    },
}
"""Models by kind and provider. `auto` takes the first provider whose key is there, and its first model."""


@dataclass(frozen=True, slots=True)
class Sunset:
    """The end of a model: from `ends` on it is refused. `instead` is `<provider>/<model>`."""

    ends: date
    instead: str


_IMAGE = "openai/gpt-image-2.5-flare"
_TEXT = "openai/gpt-6-luna"
_CLIP = "runway/gen4_turbo"
_SPEECH = "runway/eleven_multilingual_v2"


def _sunsets(provider: str, ends: date, instead: str, *models: str) -> dict[tuple[str, str], Sunset]:
    return {(provider, model): Sunset(ends, instead) for model in models}


# As the providers announce them in their SDKs and on their deprecation pages. Runway gives no day for the two
# models that it took out of its SDK: the day given here is the one on which they were found gone.
SUNSETS: dict[tuple[str, str], Sunset] = {
    **_sunsets("openai", date(2026, 5, 12), _IMAGE, "dall-e-2", "dall-e-3"),
    **_sunsets("openai", date(2026, 10, 23), _IMAGE, "gpt-image-1"),
    **_sunsets(
        "openai", date(2026, 12, 1), _IMAGE, "gpt-image-1.5", "gpt-image-1-mini", "chatgpt-image-latest"
    ),
    **_sunsets("openai", date(2026, 9, 24), _CLIP, "sora-2", "sora-2-pro"),
    **_sunsets("openai", date(2027, 1, 6), _SPEECH, "gpt-4o-mini-tts", "tts-1", "tts-1-hd"),
    **_sunsets(
        "openai", date(2026, 10, 23), _TEXT, "gpt-4.1-nano", "o4-mini", "o3-mini", "o1", "gpt-4-turbo"
    ),
    **_sunsets("openai", date(2026, 12, 11), _TEXT, "gpt-5", "gpt-5-mini", "gpt-5-nano", "o3"),
    **_sunsets("openai", date(2027, 1, 14), _TEXT, "gpt-4.1", "gpt-4.1-mini", "gpt-4o", "gpt-4o-mini"),
    **_sunsets("openai", date(2027, 4, 1), _TEXT, "gpt-5.1", "gpt-5.4-nano"),
    **_sunsets("runway", date(2026, 11, 20), _CLIP, "gen3a_turbo"),
    **_sunsets("runway", date(2026, 11, 20), "runway/veo3.1", "veo3"),
    **_sunsets("stability", date(2025, 7, 24), _CLIP, "image-to-video"),
    **_sunsets("amazon", date(2026, 9, 30), _CLIP, "nova-reel"),
    **_sunsets("amazon", date(2026, 9, 30), _IMAGE, "nova-canvas"),
}

_GEN4_RATIOS = frozenset({"1280:720", "720:1280", "1104:832", "832:1104", "960:960", "1584:672"})
_VEO_RATIOS = frozenset({"1280:720", "720:1280", "1920:1080", "1080:1920"})
_GEN4 = ClipLimits(_GEN4_RATIOS, durations_ms=range(2_000, 10_001, 1_000), prompt_utf16_units=1000)
_VEO = ClipLimits(_VEO_RATIOS, durations_ms=(4_000, 6_000, 8_000), prompt_utf16_units=1000, last_frame=True)

CLIP_LIMITS: dict[tuple[str, str], ClipLimits] = {
    ("runway", "gen4_turbo"): _GEN4,
    ("runway", "gen4.5"): _GEN4,
    ("runway", "veo3.1"): _VEO,
    ("runway", "veo3.1_fast"): _VEO,
    # The draft moves its own pictures: any ratio of ours, any length to the millisecond.
    (DRAFT, "camera-1"): ClipLimits(frozenset(CUT_FORMATS), range(500, 20_001), prompt_utf16_units=1000),
}

# The first of each is the default: a calm narrator.
# fmt: off
_RUNWAY_VOICES = (
    "Leslie", "Maya", "Arjun", "Serene", "Bernard", "Billy", "Mark", "Clint", "Mabel", "Chad",
    "Eleanor", "Elias", "Elliot", "Grungle", "Brodie", "Sandra", "Kirk", "Kylie", "Lara", "Lisa",
    "Malachi", "Marlene", "Martin", "Miriam", "Monster", "Paula", "Pip", "Rusty", "Ragnar", "Xylar",
    "Maggie", "Jack", "Katie", "Noah", "James", "Rina", "Ella", "Mariah", "Frank", "Claudia", "Niki",
    "Vincent", "Kendrick", "Myrna", "Tom", "Wanda", "Benjamin", "Kiana", "Rachel",
)
_OPENAI_VOICES = (
    "sage", "alloy", "ash", "ballad", "coral", "echo", "fable", "marin", "cedar", "nova", "onyx",
    "shimmer", "verse",
)
# fmt: on
_DRAFT_VOICES = ("storyteller", "companion", "elder", "presenter", "child")

VOICES: dict[str, tuple[str, ...]] = {
    "runway": _RUNWAY_VOICES,
    "openai": _OPENAI_VOICES,
    DRAFT: _DRAFT_VOICES,
}

_ADAPTERS: dict[tuple[Kind, str], str] = {
    ("story", "openai"): "shared.providers.openai.stories:OpenAIStoryWriter",
    ("frame", "openai"): "shared.providers.openai.images:OpenAIImageMaker",
    ("narration", "openai"): "shared.providers.openai.speech:OpenAINarrator",
    ("clip", "runway"): "shared.providers.runway.clips:RunwayClipMaker",
    ("narration", "runway"): "shared.providers.runway.speech:RunwayNarrator",
    ("story", DRAFT): "shared.providers.draft.stories:DraftStoryWriter",
    ("frame", DRAFT): "shared.providers.draft.images:DraftImageMaker",
    ("clip", DRAFT): "shared.providers.draft.clips:DraftClipMaker",
    ("narration", DRAFT): "shared.providers.draft.speech:DraftNarrator",
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
    if not _has_key(provider, keys):
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


def story_writer(provider: str, model: str, keys: Mapping[str, str]) -> StoryWriter:
    """The adapter that writes stories with this model."""
    return cast("StoryWriter", _make("story", provider, model, keys))


def image_maker(provider: str, model: str, keys: Mapping[str, str], *, quality: str = "") -> ImageMaker:
    """The adapter that draws frames with this model; without a quality, in the adapter's own default."""
    options: dict[str, Any] = {"quality": quality} if quality and provider != DRAFT else {}
    return cast("ImageMaker", _make("frame", provider, model, keys, **options))


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
    **options: Any,
) -> object:
    known = (kind, provider) in _ADAPTERS if collecting else model in MODELS[kind].get(provider, ())
    if not known:
        raise InvalidRequest(f"{provider}/{model} makes no {kind}.")
    module, _, name = _ADAPTERS[kind, provider].partition(":")
    adapter = getattr(import_module(module), name)
    if provider not in KEY_NAMES:
        return adapter(**options)
    if not _has_key(provider, keys):
        raise ProviderKeyMissing(
            f"{provider} needs a key: {KEY_NAMES[provider]} is not set.", provider=provider
        )
    base_url = keys.get(BASE_URL_NAMES[provider]) or None
    return adapter(api_key=keys[KEY_NAMES[provider]], base_url=base_url, model=model, **options)


def _automatic(kind: Kind, keys: Mapping[str, str], today: date) -> tuple[str, str]:
    for provider, models in MODELS[kind].items():
        sunset = SUNSETS.get((provider, models[0]))
        if _has_key(provider, keys) and not (sunset and today >= sunset.ends):
            return provider, models[0]
    raise InvalidRequest(f"No provider can make a {kind}.")  # never: the draft needs no key and never ends


def _has_key(provider: str, keys: Mapping[str, str]) -> bool:
    return provider not in KEY_NAMES or bool(keys.get(KEY_NAMES[provider], "").strip())

from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest

from shared.errors import InvalidRequest, ProviderKeyMissing
from shared.media.formats import CUT_FORMATS
from shared.providers import catalog
from shared.providers.ports import ClipMaker, ImageMaker, Narrator, StoryWriter
from shared.providers.provider import Kind

TODAY = date(2026, 11, 20)
BOTH = {"OPENAI_API_KEY": "sk-x", "RUNWAYML_API_SECRET": "key_x"}


@pytest.mark.parametrize(
    ("kind", "keys", "chosen"),
    [
        ("story", BOTH, ("openai", "gpt-6-luna")),
        ("frame", BOTH, ("openai", "gpt-image-2.5-flare")),
        ("clip", BOTH, ("runway", "gen4_turbo")),
        ("narration", BOTH, ("runway", "eleven_multilingual_v2")),
        ("narration", {"OPENAI_API_KEY": "sk-x"}, ("openai", "gpt-4o-mini-tts")),
    ],
)
def test_auto_takes_a_live_provider_whose_key_is_there(
    kind: Kind, keys: dict[str, str], chosen: tuple[str, str]
) -> None:
    assert catalog.choose(kind, "auto", keys, today=TODAY) == chosen


@pytest.mark.parametrize("kind", ["story", "frame", "clip", "narration"])
@pytest.mark.parametrize("keys", [{}, {"OPENAI_API_KEY": " ", "RUNWAYML_API_SECRET": ""}])
def test_auto_without_keys_is_the_draft(kind: Kind, keys: dict[str, str]) -> None:
    assert catalog.choose(kind, "auto", keys, today=TODAY)[0] == "draft"


def test_auto_passes_over_a_narrator_that_has_ended() -> None:
    provider, _ = catalog.choose("narration", "auto", {"OPENAI_API_KEY": "sk-x"}, today=date(2027, 1, 6))

    assert provider == "draft"


def test_a_provider_alone_means_its_first_model() -> None:
    assert catalog.choose("clip", "runway", BOTH, today=TODAY) == ("runway", "gen4_turbo")
    assert catalog.choose("clip", "runway/veo3.1", BOTH, today=TODAY) == ("runway", "veo3.1")


def test_a_provider_without_its_key_is_refused_by_the_keys_name() -> None:
    with pytest.raises(InvalidRequest, match="RUNWAYML_API_SECRET is not set"):
        catalog.choose("clip", "runway", {}, today=TODAY)


@pytest.mark.parametrize(
    ("kind", "setting", "words"),
    [
        ("clip", "openai/sora-2", "ended on 2026-09-24. Use runway/gen4_turbo"),
        ("frame", "openai/dall-e-3", "ended on 2026-05-12. Use openai/gpt-image-2.5-flare"),
        ("frame", "openai/gpt-image-1", "ended on 2026-10-23"),
        ("clip", "runway/gen3a_turbo", "Use runway/gen4_turbo"),
        ("clip", "runway/veo3", "Use runway/veo3.1"),
        ("clip", "amazon/nova-reel", "ended on 2026-09-30"),
        ("clip", "stability/image-to-video", "ended on 2025-07-24"),
        ("clip", "runway/gen99", "has no model 'gen99'"),
        ("clip", "pika/1", "There is no provider 'pika'"),
        ("clip", "pika", "No provider 'pika'"),
        ("story", "openai/gpt-image-2", "makes no story"),
    ],
)
def test_what_has_ended_or_never_was_is_refused_with_what_to_use(
    kind: Kind, setting: str, words: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        catalog.choose(kind, setting, BOTH, today=TODAY)

    assert words in caught.value.message


@pytest.mark.parametrize(("provider", "model"), catalog.SUNSETS)
def test_a_model_is_refused_from_the_day_of_its_end(provider: str, model: str) -> None:
    sunset = catalog.SUNSETS[provider, model]

    with pytest.raises(InvalidRequest) as caught:
        catalog.check_model(provider, model, sunset.ends)

    assert sunset.ends.isoformat() in caught.value.message
    assert caught.value.details == {"ended": sunset.ends.isoformat(), "instead": sunset.instead}


@pytest.mark.parametrize("sunset", {s.instead for s in catalog.SUNSETS.values()})
def test_what_is_recommended_instead_can_be_used_and_does_not_end(sunset: str) -> None:
    provider, _, model = sunset.partition("/")

    catalog.check_model(provider, model, TODAY)

    assert (provider, model) not in catalog.SUNSETS


def test_a_model_is_taken_until_the_day_before_its_end() -> None:
    setting = "openai/gpt-4o-mini-tts"

    chosen = catalog.choose("narration", setting, BOTH, today=date(2027, 1, 5))

    assert "/".join(chosen) == setting
    with pytest.raises(InvalidRequest, match="Use runway/eleven_multilingual_v2"):
        catalog.choose("narration", setting, BOTH, today=date(2027, 1, 6))


@pytest.mark.parametrize("model", ["gen3a_turbo", "gen2_of_long_ago"])
def test_a_clip_of_a_model_that_has_ended_can_still_be_collected(model: str) -> None:
    with pytest.raises(InvalidRequest):
        catalog.clip_maker("runway", model, BOTH)

    maker = catalog.clip_maker("runway", model, BOTH, collecting=True)

    assert (maker.provider, maker.model) == ("runway", model)


def test_a_narration_of_a_model_that_has_ended_can_still_be_collected() -> None:
    with pytest.raises(InvalidRequest):
        catalog.narrator("runway", "eleven_v1", BOTH)

    assert catalog.narrator("runway", "eleven_v1", BOTH, collecting=True).model == "eleven_v1"


def test_collecting_needs_an_adapter_and_its_key_all_the_same() -> None:
    with pytest.raises(InvalidRequest, match="makes no clip"):
        catalog.clip_maker("pika", "1", BOTH, collecting=True)
    with pytest.raises(ProviderKeyMissing, match="RUNWAYML_API_SECRET"):
        catalog.clip_maker("runway", "gen3a_turbo", {}, collecting=True)


def test_no_default_is_a_model_that_ends() -> None:
    defaults = [catalog.choose(kind, "auto", BOTH, today=TODAY) for kind in catalog.MODELS]

    assert not catalog.SUNSETS.keys() & set(defaults)


def test_every_clip_model_has_limits_and_every_narrator_voices() -> None:
    for provider, models in catalog.MODELS["clip"].items():
        for model in models:
            assert catalog.clip_limits(provider, model).ratios
    for provider, models in catalog.MODELS["narration"].items():
        for model in models:
            assert catalog.voices(provider, model)


def test_runway_limits_are_those_of_its_documentation() -> None:
    gen4, veo = catalog.clip_limits("runway", "gen4_turbo"), catalog.clip_limits("runway", "veo3.1")

    assert gen4.ratios == set(CUT_FORMATS)
    assert [gen4.duration_for(ms) for ms in (1, 2_000, 4_200, 10_000, 10_001)] == [
        2_000,
        2_000,
        5_000,
        10_000,
        None,
    ]
    assert veo.ratios == {"1280:720", "720:1280", "1920:1080", "1080:1920"}
    assert [veo.duration_for(ms) for ms in (1, 5_000, 8_000, 8_001)] == [4_000, 6_000, 8_000, None]
    assert gen4.prompt_utf16_units == veo.prompt_utf16_units == 1000


@pytest.mark.parametrize(
    ("provider", "model"), [("runway", "eleven_multilingual_v2"), ("pika", "1"), ("draft", "x")]
)
def test_limits_of_what_is_no_clip_model_are_refused(provider: str, model: str) -> None:
    with pytest.raises(InvalidRequest):
        catalog.clip_limits(provider, model)


def test_voices_of_what_is_no_narrator_are_refused() -> None:
    with pytest.raises(InvalidRequest):
        catalog.voices("runway", "gen4_turbo")


def test_the_factories_refuse_a_wrong_kind_and_a_missing_key() -> None:
    with pytest.raises(InvalidRequest, match="makes no clip"):
        catalog.clip_maker("openai", "gpt-6-luna", BOTH)
    with pytest.raises(ProviderKeyMissing, match="OPENAI_API_KEY"):
        catalog.story_writer("openai", "gpt-6-luna", {})


def test_importing_the_catalogue_imports_no_heavy_library() -> None:
    heavy = ["openai", "runwayml", "PIL", "av", "boto3", "imageio_ffmpeg", "httpx", "httpx2"]
    program = (
        "import sys, shared.providers.catalog, shared.stories.prompts, shared.providers.prices;"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env={})

    assert done.stdout.strip() == "[]"


def test_the_catalogue_says_of_the_draft_what_its_adapters_say() -> None:
    names = {kind: models["draft"][0] for kind, models in catalog.MODELS.items()}
    writer = catalog.story_writer("draft", names["story"], {})
    painter = catalog.image_maker("draft", names["frame"], {}, quality="high")
    camera = catalog.clip_maker("draft", names["clip"], {})
    voice = catalog.narrator("draft", names["narration"], {})

    assert [made.provider for made in (writer, painter, camera, voice)] == ["draft"] * 4
    assert [made.model for made in (writer, painter, camera, voice)] == list(names.values())
    assert catalog.clip_limits("draft", camera.model) == camera.limits
    assert catalog.voices("draft", voice.model) == voice.voices


def test_the_live_factories_give_the_adapter_its_key_model_and_address() -> None:
    keys = BOTH | {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "RUNWAYML_BASE_URL": "http://127.0.0.1:9"}

    made: list[StoryWriter | ImageMaker | Narrator | ClipMaker] = [
        catalog.story_writer("openai", "gpt-6-sol", keys),
        catalog.image_maker("openai", "gpt-image-2", keys, quality="high"),
        catalog.narrator("openai", "gpt-4o-mini-tts", keys),
        catalog.clip_maker("runway", "veo3.1", keys),
        catalog.narrator("runway", "eleven_v3", keys),
    ]

    assert [f"{type(adapter).__name__} {adapter.model}" for adapter in made] == [
        "OpenAIStoryWriter gpt-6-sol",
        "OpenAIImageMaker gpt-image-2",
        "OpenAINarrator gpt-4o-mini-tts",
        "RunwayClipMaker veo3.1",
        "RunwayNarrator eleven_v3",
    ]

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from infra import ROOT
from shared.options.service import build
from shared.pieces.models import GenerateImages, MergeClips
from shared.providers import catalog
from shared.providers.provider import Kind
from shared.settings import ProviderSettings
from shared.stories import looks
from shared.uploads.models import UploadImage, UploadVideo
from shared.uploads.parts import part_sizes
from shared.videos.models import CreateVideo, VideoRequest

KEYS = {"OPENAI_API_KEY": "sk-x"}
CHOSEN = ProviderSettings(secret_arn="arn")


def test_every_choice_that_is_offered_is_taken() -> None:
    found = build(KEYS, CHOSEN)
    for field, choices in {
        "style": found.styles,
        "mood": found.moods,
        "aspectRatio": found.ratios,
        "captions": found.captions,
        "stopAfter": found.stop_after,
    }.items():
        assert choices.default in {each.value for each in choices.values}
        for each in choices.values:
            CreateVideo.model_validate({"prompt": "p", field: each.value})
    assert [each.value for each in found.styles.values] == list(looks.styles())


def test_the_limits_are_those_that_requests_are_held_to() -> None:
    limits = build(KEYS, CHOSEN).limits
    pictures = ["x"] * limits.reference_images
    GenerateImages.model_validate({"prompt": "x", "images": pictures})
    with pytest.raises(ValueError, match="reference"):
        GenerateImages.model_validate({"prompt": "x", "images": [*pictures, "x"]})
    assert (limits.frame_count.min, limits.frame_count.max, limits.frame_count.default) == (1, 20, 6)
    assert (limits.duration.min, limits.duration.max, limits.duration.default) == (2, 120, 30)
    assert (limits.scene_duration.min, limits.scene_duration.max, limits.wait.max) == (2, 10, 25)
    CreateVideo.model_validate({"prompt": "x" * limits.prompt_characters})
    with pytest.raises(ValueError, match="at most"):
        CreateVideo.model_validate({"prompt": "x" * (limits.prompt_characters + 1)})


def test_the_limits_of_uploads_and_merges_are_those_that_requests_are_held_to() -> None:
    limits = build(KEYS, CHOSEN).limits
    for model, type_, largest in (
        (UploadImage, "image/png", limits.upload_image_bytes),
        (UploadVideo, "video/mp4", limits.upload_video_bytes),
    ):
        model.model_validate({"contentType": type_, "sizeBytes": largest})
        with pytest.raises(ValueError, match="less than or equal"):
            model.model_validate({"contentType": type_, "sizeBytes": largest + 1})
    assert part_sizes(limits.upload_part_bytes + 1) == [limits.upload_part_bytes, 1]
    most = limits.merge_clips
    MergeClips.model_validate({"clipUrls": ["k"] * most})
    with pytest.raises(ValueError, match=f"at most {most}"):
        MergeClips.model_validate({"clipUrls": ["k"] * (most + 1)})
    assert (most, limits.merge_seconds) == (60, 600)


def test_who_makes_a_video_here_follows_from_the_keys() -> None:
    found = build(KEYS, CHOSEN)
    assert {each.name: each.available for each in found.providers} == {
        "runway": False,
        "openai": True,
        "draft": True,
    }
    assert found.story.default == "openai/gpt-6-luna"
    assert (found.clip.default, found.clip.draft) == ("draft/camera-1", "draft/camera-1")
    assert build(KEYS, ProviderSettings(secret_arn="arn", clip="runway")).clip.default is None


def test_every_model_is_there_with_its_price_and_what_it_takes() -> None:
    found = build(KEYS, CHOSEN)
    for kind in get_args(Kind):
        models = getattr(found, kind).models
        assert {each.maker for each in models} == {
            f"{provider}/{model}" for provider, names in catalog.MODELS[kind].items() for model in names
        }
        for each in models:
            assert bool(each.prices) is (each.provider != "draft")
            assert all(line.usd > 0 for line in each.prices)
    clips = {each.maker: each for each in found.clip.models}
    turbo, veo = clips["runway/gen4_turbo"], clips["runway/veo3.1"]
    assert [(str(line.usd), line.per) for line in turbo.prices] == [("0.050000", "second")]
    assert turbo.clips is not None
    assert veo.clips is not None
    assert (turbo.clips.durations.min, turbo.clips.durations.max) == (2, 10)
    assert (veo.clips.exact_durations, veo.clips.last_frame) == ([4, 6, 8], True)
    narrators = {each.maker: each for each in found.narration.models}
    assert (narrators["runway/eleven_v3"].voices or [""])[0] == "Leslie"
    assert str(narrators["openai/gpt-4o-mini-tts"].ends_on) == "2027-01-06"
    assert found.price_list_date.isoformat() >= "2026-11-20"


@pytest.fixture
def with_another_style(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The data with one table more."""
    for name in ("styles.toml", "moods.toml"):
        (tmp_path / name).write_text((looks._HERE / name).read_text(encoding="utf-8"), encoding="utf-8")
    with (tmp_path / "styles.toml").open("a", encoding="utf-8") as file:
        file.write('\n[linocut]\nlabel = "Linocut"\nprompt = "p"\ntechnical = "t"\nlighting = "l"\n')
    monkeypatch.setattr(looks, "_HERE", tmp_path)
    looks.styles.cache_clear()
    yield
    looks.styles.cache_clear()


@pytest.mark.usefixtures("with_another_style")
def test_a_style_that_is_added_to_the_data_is_offered_and_taken() -> None:
    assert ("linocut", "Linocut") in {(each.value, each.label) for each in build({}, CHOSEN).styles.values}
    assert VideoRequest.model_validate({"prompt": "p", "style": "Linocut"}).style == "linocut"


def test_a_provider_is_named_in_its_own_folder_and_once_in_the_catalogue() -> None:
    text = (ROOT / "shared/providers/catalog.py").read_text(encoding="utf-8")
    code = re.sub(r'"""[\s\S]*?"""|_ENDED_ELSEWHERE[\s\S]*?\n}', "", text)
    for provider in catalog.PROVIDERS:
        if provider.name == catalog.DRAFT:
            continue  # the one that there always is
        lines = [line for line in code.splitlines() if re.search(rf"\b{provider.name}\b", line)]
        assert [line.split()[0] for line in lines] == ["from", "PROVIDERS:"]
        folder = ROOT / "shared/providers" / provider.name
        for adapter in provider.adapters.values():
            assert adapter.startswith(f"shared.providers.{provider.name}.")
        assert (folder / "provider.py").exists()

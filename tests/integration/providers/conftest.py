from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from shared.assets.recipes import ClipRecipe, FrameRecipe, NarrationRecipe, StoryRecipe
from shared.media.models import Picture
from shared.providers.openai.images import OpenAIImageMaker
from shared.providers.openai.speech import OpenAINarrator
from shared.providers.openai.stories import OpenAIStoryWriter
from shared.providers.runway.clips import RunwayClipMaker
from shared.providers.runway.speech import RunwayNarrator
from tests.fakes.providers import FakeProviders, ManualClock, Settings, media


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--runway-openapi", help="Runway's OpenAPI document: check every request against it")


@pytest.fixture(scope="session")
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(scope="session")
def server(clock: ManualClock) -> Iterator[FakeProviders]:
    """One server for all tests, because making the SDKs' TLS contexts takes longer than most tests."""
    with FakeProviders(clock=clock) as running:
        yield running


@pytest.fixture(autouse=True)
def fake(server: FakeProviders) -> FakeProviders:
    """The server as if it were new."""
    server.reset()
    vars(server.settings).update(vars(Settings()))
    return server


@pytest.fixture(scope="session")
def writer(server: FakeProviders) -> Iterator[OpenAIStoryWriter]:
    with closing(OpenAIStoryWriter("sk-test", server.openai_url)) as adapter:
        yield adapter


@pytest.fixture(scope="session")
def painter(server: FakeProviders) -> Iterator[OpenAIImageMaker]:
    with closing(OpenAIImageMaker("sk-test", server.openai_url)) as adapter:
        yield adapter


@pytest.fixture(scope="session")
def speaker(server: FakeProviders) -> Iterator[OpenAINarrator]:
    with closing(OpenAINarrator("sk-test", server.openai_url)) as adapter:
        yield adapter


@pytest.fixture(scope="session")
def clips(server: FakeProviders) -> Iterator[RunwayClipMaker]:
    with closing(RunwayClipMaker("key_test", server.runway_url, pause=lambda _: None)) as adapter:
        yield adapter


@pytest.fixture(scope="session")
def narrator(server: FakeProviders) -> Iterator[RunwayNarrator]:
    with closing(RunwayNarrator("key_test", server.runway_url, pause=lambda _: None)) as adapter:
        yield adapter


@pytest.fixture(scope="session")
def frame() -> Picture:
    return Picture(media.picture("a lighthouse", 128, 72), "image/png")


@pytest.fixture
def story_recipe() -> StoryRecipe:
    return StoryRecipe(
        provider="openai",
        model="gpt-6-luna",
        prompt="A lighthouse keeper finds a star",
        scene_count=3,
        duration_ms=15_000,
        style="cinematic",
        mood="warm",
    )


@pytest.fixture
def frame_recipe() -> FrameRecipe:
    return FrameRecipe(
        provider="openai",
        model="gpt-image-2.5-flare",
        prompt="A lighthouse at dusk.",
        ratio="1280:720",
        quality="low",
        seed=1,
    )


@pytest.fixture
def clip_recipe() -> ClipRecipe:
    return ClipRecipe(
        provider="runway",
        model="gen4_turbo",
        prompt="Slow push in. The lamp turns.",
        frame="0" * 64,
        ratio="1280:720",
        duration_ms=2_000,
        seed=7,
    )


@pytest.fixture
def narration_recipe() -> NarrationRecipe:
    return NarrationRecipe(
        provider="runway",
        model="eleven_multilingual_v2",
        text="It begins quietly.",
        voice="Leslie",
        window_ms=5_000,
    )

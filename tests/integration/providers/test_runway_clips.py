from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from shared.assets.recipes import ClipRecipe
from shared.errors import (
    InputRefused,
    InvalidRequest,
    OutOfCredit,
    ProviderAnswerLost,
    ProviderBroken,
    ProviderBusy,
    ProviderError,
    ProviderKeyRefused,
    ProviderUnavailable,
)
from shared.media.models import Picture
from shared.providers.ports import TaskStatus
from shared.providers.runway.clips import RunwayClipMaker
from tests.fakes.providers import FakeProviders, ManualClock, media


@pytest.fixture
def veo(fake: FakeProviders) -> Iterator[RunwayClipMaker]:
    with closing(RunwayClipMaker("key_test", fake.runway_url, "veo3.1_fast")) as adapter:
        yield adapter


def test_a_clip_is_queued_then_runs_then_is_there(
    fake: FakeProviders,
    clock: ManualClock,
    clips: RunwayClipMaker,
    clip_recipe: ClipRecipe,
    frame: Picture,
    tmp_path: Path,
) -> None:
    fake.settings.pending_seconds = 1.0
    fake.settings.latencies["image_to_video"] = 8.0

    task_id = clips.submit(clip_recipe, frame).task_id
    seen = [clips.check(task_id)]
    clock.advance(3.0)
    seen.append(clips.check(task_id))
    clock.advance(6.0)
    seen.append(clips.check(task_id))
    clips.collect(task_id, clip_recipe, lambda _: frame, tmp_path / "clip.mp4")

    assert seen == [
        TaskStatus("queued"),
        TaskStatus("running", progress=0.25),
        TaskStatus("succeeded", progress=1.0, cost_usd=Decimal("0.10")),
    ]
    assert seen[2].cost_usd == clips.price(clip_recipe)
    assert (tmp_path / "clip.mp4").read_bytes()[4:8] == b"ftyp"
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


def test_the_request_is_what_the_model_takes(
    fake: FakeProviders, clips: RunwayClipMaker, clip_recipe: ClipRecipe, frame: Picture
) -> None:
    clips.submit(clip_recipe, frame)

    (entry,) = fake.ledger
    (request,) = fake.requests
    assert entry.body == {
        "duration": 2,
        "model": "gen4_turbo",
        "promptImage": f"data:image/png;base64,{base64.b64encode(frame.content).decode()}",
        "promptText": "Slow push in. The lamp turns.",
        "ratio": "1280:720",
        "seed": 7,
    }
    assert (request.method, request.path) == ("POST", "/v1/image_to_video")
    assert request.headers["authorization"] == "Bearer key_test"
    assert request.headers["x-runway-version"] == "2024-11-06"
    assert request.headers["x-stainless-retry-count"] == "0"


def test_veo_gets_the_first_and_the_last_picture(
    fake: FakeProviders, veo: RunwayClipMaker, clip_recipe: ClipRecipe, frame: Picture
) -> None:
    recipe = clip_recipe.model_copy(
        update={"model": "veo3.1_fast", "duration_ms": 4_000, "last_frame": "b" * 64}
    )

    veo.submit(recipe, frame, frame)

    (entry,) = fake.ledger
    assert [each["position"] for each in entry.body["promptImage"]] == ["first", "last"]
    assert all(each["uri"].startswith("data:image/png;base64,") for each in entry.body["promptImage"])


def test_a_model_that_takes_no_last_picture_is_not_asked_for_one(
    fake: FakeProviders, clips: RunwayClipMaker, clip_recipe: ClipRecipe, frame: Picture
) -> None:
    with pytest.raises(InvalidRequest):
        clips.submit(clip_recipe.model_copy(update={"last_frame": "b" * 64}), frame, frame)
    assert list(fake.ledger) == []


def test_veo_is_told_to_be_silent(
    fake: FakeProviders, veo: RunwayClipMaker, clip_recipe: ClipRecipe, frame: Picture
) -> None:
    recipe = clip_recipe.model_copy(update={"model": "veo3.1_fast", "duration_ms": 4_000})

    veo.submit(recipe, frame)

    (entry,) = fake.ledger
    assert entry.body.keys() == {
        "audio",
        "duration",
        "model",
        "promptImage",
        "promptText",
        "ratio",
        "seed",
    }
    assert (entry.body["audio"], entry.body["duration"], entry.credits) == (False, 4, 40)
    assert veo.price(recipe) == Decimal("0.40")


@pytest.mark.parametrize(
    "changes",
    [
        {"ratio": "1920:1080"},
        {"duration_ms": 1_000},
        {"duration_ms": 11_000},
        {"duration_ms": 2_500},
        {"prompt": ""},
        {"prompt": "x" * 1001},
        {"prompt": "🦊" * 501},
    ],
)
def test_what_the_model_does_not_take_is_refused_before_it_is_paid(
    fake: FakeProviders,
    clips: RunwayClipMaker,
    clip_recipe: ClipRecipe,
    frame: Picture,
    changes: dict[str, object],
) -> None:
    with pytest.raises(InvalidRequest):
        clips.submit(clip_recipe.model_copy(update=changes), frame)

    assert fake.requests == []


def test_a_prompt_at_the_limit_is_taken(
    fake: FakeProviders, clips: RunwayClipMaker, clip_recipe: ClipRecipe, frame: Picture
) -> None:
    clips.submit(clip_recipe.model_copy(update={"prompt": "🦊" * 500}), frame)

    assert len(fake.ledger) == 1


def test_a_frame_too_long_for_a_data_uri_is_uploaded(
    fake: FakeProviders, clips: RunwayClipMaker, clip_recipe: ClipRecipe, tmp_path: Path
) -> None:
    image = media.picture("large", 128, 72)
    large = Picture(image + bytes(4_000_000), "image/png")  # readers stop at the end of the picture

    task_id = clips.submit(clip_recipe, large).task_id
    clips.collect(task_id, clip_recipe, lambda _: large, tmp_path / "clip.mp4")

    (entry,) = fake.ledger
    assert entry.body["promptImage"].startswith("runway://")
    assert fake.seen("uploads")[0].json() == {"filename": "frame.png", "type": "ephemeral"}
    (upload,) = fake.seen("upload")
    file = next(part for part in upload.form() if part.name == "file")
    assert (file.filename, file.content_type, file.content) == ("frame.png", "image/png", large.content)


@pytest.mark.parametrize(
    ("route", "fault", "meaning"),
    [
        ("uploads", "status_500", ProviderUnavailable),
        ("uploads", "status_429", ProviderBusy),
        ("uploads", "malformed", ProviderBroken),
        ("uploads", "html", ProviderBroken),
        ("upload", "status_503", ProviderUnavailable),
        ("upload", "cut_before_accept", ProviderUnavailable),
    ],
)
def test_a_failed_upload_costs_nothing_and_starts_nothing(
    fake: FakeProviders,
    clips: RunwayClipMaker,
    clip_recipe: ClipRecipe,
    route: str,
    fault: str,
    meaning: type[ProviderError],
) -> None:
    fake.fail(route, fault)
    large = Picture(media.picture("large", 128, 72) + bytes(4_000_000), "image/png")

    with pytest.raises(ProviderError) as caught:
        clips.submit(clip_recipe, large)

    assert type(caught.value) is meaning
    assert fake.seen("image_to_video") == []


@pytest.mark.parametrize(
    ("fault", "meaning", "accepted"),
    [
        ("cut_before_accept", ProviderAnswerLost, 0),
        ("cut_after_accept", ProviderAnswerLost, 1),
        ("status_500", ProviderAnswerLost, 0),
        ("status_504_after_accept", ProviderAnswerLost, 1),
        ("status_503", ProviderUnavailable, 0),
        ("status_429", ProviderBusy, 0),
        ("status_400", InputRefused, 0),
        ("malformed", ProviderAnswerLost, 1),
        ("html", ProviderAnswerLost, 1),
    ],
)
def test_each_failure_has_its_meaning_and_is_sent_once(
    fake: FakeProviders,
    clips: RunwayClipMaker,
    clip_recipe: ClipRecipe,
    frame: Picture,
    fault: str,
    meaning: type[ProviderError],
    accepted: int,
) -> None:
    fake.fail("image_to_video", fault)

    with pytest.raises(ProviderError) as caught:
        clips.submit(clip_recipe, frame)

    assert type(caught.value) is meaning
    assert len(fake.seen("image_to_video")) == 1
    assert len(fake.ledger) == accepted


def test_silence_after_a_paid_request_is_a_lost_answer_and_not_a_second_request(
    fake: FakeProviders,
    clips: RunwayClipMaker,
    clip_recipe: ClipRecipe,
    frame: Picture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clips._tasks.client, "timeout", httpx.Timeout(0.3))
    fake.fail("image_to_video", "hang")

    with pytest.raises(ProviderAnswerLost):
        clips.submit(clip_recipe, frame)

    assert len(fake.ledger) == 1


def test_an_empty_account_is_known_by_its_balance(
    fake: FakeProviders, clips: RunwayClipMaker, clip_recipe: ClipRecipe, frame: Picture
) -> None:
    fake.settings.credit_balance = 9

    with pytest.raises(OutOfCredit):
        clips.submit(clip_recipe, frame)

    assert len(fake.ledger) == 0


def test_a_refusal_stands_when_the_balance_cannot_be_read(
    fake: FakeProviders, clips: RunwayClipMaker, clip_recipe: ClipRecipe, frame: Picture
) -> None:
    fake.settings.credit_balance = 9
    fake.fail("organization", "status_500")

    with pytest.raises(InputRefused):
        clips.submit(clip_recipe, frame)


def test_a_picture_that_runway_cannot_read_is_the_callers(
    clips: RunwayClipMaker, clip_recipe: ClipRecipe
) -> None:
    with pytest.raises(InputRefused) as caught:
        clips.submit(clip_recipe, Picture(b"not a picture", "image/png"))

    assert caught.value.details == {"fields": ["promptImage"]}


def test_a_refused_key_is_told_without_the_key(
    fake: FakeProviders, clip_recipe: ClipRecipe, frame: Picture
) -> None:
    with (
        closing(RunwayClipMaker("key_refused", fake.runway_url)) as clips,
        pytest.raises(ProviderKeyRefused) as caught,
    ):
        clips.submit(clip_recipe, frame)

    assert "key_refused" not in f"{caught.value.message}{caught.value.details}"


def test_nobody_listening_means_that_nothing_was_accepted(clip_recipe: ClipRecipe, frame: Picture) -> None:
    with (
        closing(RunwayClipMaker("key_test", "http://127.0.0.1:9")) as clips,
        pytest.raises(ProviderUnavailable),
    ):
        clips.submit(clip_recipe, frame)

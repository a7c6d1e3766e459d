from __future__ import annotations

from pathlib import Path

import pytest

from shared.assets.recipes import ClipRecipe
from shared.errors import ProviderBroken, ProviderBusy, ProviderError, ProviderUnavailable
from shared.media.models import Picture
from shared.providers.runway.clips import RunwayClipMaker
from tests.fakes.providers import FakeProviders, ManualClock


@pytest.mark.parametrize(
    "fault",
    [
        "expired_url",
        "truncated_download",
        "html_download",
        "empty_download",
        "cut_before_accept",
        "status_500",
    ],
)
def test_a_failed_download_is_tried_again_and_the_clip_is_not_made_again(
    fake: FakeProviders,
    clips: RunwayClipMaker,
    clip_recipe: ClipRecipe,
    frame: Picture,
    tmp_path: Path,
    fault: str,
) -> None:
    task_id = clips.submit(clip_recipe, frame).task_id
    fake.fail("download", fault, times=2)

    clips.collect(task_id, clip_recipe, lambda _: frame, tmp_path / "clip.mp4")

    assert (tmp_path / "clip.mp4").read_bytes()[4:8] == b"ftyp"
    assert len(fake.seen("download")) == 3
    assert len(fake.ledger) == 1


@pytest.mark.parametrize(
    ("fault", "meaning"),
    [
        ("expired_url", ProviderUnavailable),
        ("truncated_download", ProviderUnavailable),
        ("empty_download", ProviderUnavailable),
        ("html_download", ProviderBroken),
    ],
)
def test_a_download_that_never_works_leaves_no_file(
    fake: FakeProviders,
    clips: RunwayClipMaker,
    clip_recipe: ClipRecipe,
    frame: Picture,
    tmp_path: Path,
    fault: str,
    meaning: type[ProviderError],
) -> None:
    task_id = clips.submit(clip_recipe, frame).task_id
    fake.fail("download", fault, times=99)

    with pytest.raises(ProviderError) as caught:
        clips.collect(task_id, clip_recipe, lambda _: frame, tmp_path / "clip.mp4")

    assert type(caught.value) is meaning
    assert list(tmp_path.iterdir()) == []
    assert len(fake.seen("download")) == 4


def test_an_address_is_asked_for_anew_each_time(
    fake: FakeProviders,
    clock: ManualClock,
    clips: RunwayClipMaker,
    clip_recipe: ClipRecipe,
    frame: Picture,
    tmp_path: Path,
) -> None:
    task_id = clips.submit(clip_recipe, frame).task_id
    clips.check(task_id)
    clock.advance(fake.settings.url_lifetime_seconds + 1)

    clips.collect(task_id, clip_recipe, lambda _: frame, tmp_path / "clip.mp4")
    clips.collect(task_id, clip_recipe, lambda _: frame, tmp_path / "again.mp4")

    assert (tmp_path / "clip.mp4").read_bytes() == (tmp_path / "again.mp4").read_bytes()
    assert len({request.path for request in fake.seen("download")}) == 2


def test_what_is_not_finished_cannot_be_collected(
    fake: FakeProviders,
    clips: RunwayClipMaker,
    clip_recipe: ClipRecipe,
    frame: Picture,
    tmp_path: Path,
) -> None:
    fake.settings.latencies["image_to_video"] = 8.0
    task_id = clips.submit(clip_recipe, frame).task_id

    with pytest.raises(ProviderBusy):
        clips.collect(task_id, clip_recipe, lambda _: frame, tmp_path / "clip.mp4")


def test_what_runway_has_forgotten_cannot_be_collected(
    clips: RunwayClipMaker, clip_recipe: ClipRecipe, frame: Picture, tmp_path: Path
) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"

    with pytest.raises(ProviderBroken):
        clips.collect(unknown, clip_recipe, lambda _: frame, tmp_path / "clip.mp4")


def test_a_collected_download_replaces_what_a_crash_left_behind(
    clips: RunwayClipMaker, clip_recipe: ClipRecipe, frame: Picture, tmp_path: Path
) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"half")
    (tmp_path / "clip.mp4.part").write_bytes(b"half of a half")
    task_id = clips.submit(clip_recipe, frame).task_id

    clips.collect(task_id, clip_recipe, lambda _: frame, tmp_path / "clip.mp4")

    assert (tmp_path / "clip.mp4").read_bytes()[4:8] == b"ftyp"
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]

"""What ends an execution without ending its video: a full history, a missing key."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from functions.make_video.check_clip import check_clip
from functions.make_video.continue_video import continue_video
from functions.make_video.draw_frame import draw_frame
from functions.make_video.keep_clip import keep_clip
from functions.make_video.mark_failed import mark_failed
from functions.make_video.mark_stopped import mark_stopped
from shared.accounts.service import NewKey
from shared.assets.make import keep
from shared.assets.models import Bench, Product
from shared.assets.recipes import UploadRecipe
from shared.database import admin_transaction, transaction
from shared.errors import ProviderKeyMissing, ScenesUnfinished, ServiceUnavailable
from shared.videos import editing, executions, makers, piece_queries, queries, scene_queries, service
from shared.videos.edits import ChangeScene, RenderVideo
from shared.videos.tasks import Failure, SceneTask, VideoTask
from tests.integration.conftest import add_video
from tests.integration.videos.test_one_execution import task_of, with_story


@pytest.fixture
def task(user: NewKey) -> VideoTask:
    return task_of(user.user_id, add_video(user.user_id, stop_after="frames"))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the executions that were started. The first start fails."""
    tries: list[int] = []
    numbers: list[int] = []

    def start(_user: UUID, _video: UUID, number: int, _correlation: str) -> None:
        tries.append(number)
        if len(tries) == 1:
            raise ServiceUnavailable("Step Functions does not answer.")
        numbers.append(number)

    monkeypatch.setattr(executions, "start", start)
    return numbers


def test_the_next_execution_begins_once_however_often_that_is_tried(
    task: VideoTask, started: list[int]
) -> None:
    with pytest.raises(ServiceUnavailable):
        continue_video.code(task)
    continue_video.code(task)
    assert started == [task.execution + 1]
    continue_video.code(task)
    assert set(started) == {task.execution + 1}  # the same: Step Functions starts a name once
    later = task.model_copy(update={"execution": task.execution + 1})
    continue_video.code(later)
    continue_video.code(task)  # an answer that was lost on the way
    assert started[-1] == task.execution + 2


def test_a_video_that_is_handed_over_for_ever_and_gets_nowhere_has_failed(
    task: VideoTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executions, "start", lambda *_: None)
    monkeypatch.setattr("functions.make_video.continue_video.MOST_IDLE_HANDOVERS", 2)
    bench = Bench(task.user_id, str(task.video_id), task.video_id, None, 60)

    def hand_over() -> str:
        with transaction(task.user_id) as db:
            video = queries.find_video(db, task.video_id)
        assert video is not None
        continue_video.code(task.model_copy(update={"execution": video.executions}))
        return service.view_video(task.user_id, task.video_id).state

    assert [hand_over() for _ in range(3)] == ["queued"] * 3
    keep(bench, UploadRecipe(sha256="3" * 64), Product(b"made", "image/png"))
    assert [hand_over() for _ in range(3)] == ["queued"] * 3
    assert hand_over() == "failed"
    error = service.view_video(task.user_id, task.video_id).error
    assert (error and error.code) == "gave_up"


def test_a_cancelled_video_is_not_continued(task: VideoTask, started: list[int]) -> None:
    with transaction(task.user_id) as db:
        queries.finish(db, task.video_id, "cancelled")
    continue_video.code(task)
    assert started == []


def test_a_video_whose_scenes_still_wait_is_not_called_done(task: VideoTask) -> None:
    with_story(task.user_id, task.video_id)
    with pytest.raises(ScenesUnfinished):
        mark_stopped.code(task)
    with transaction(task.user_id) as db:
        assert queries.video_state(task.video_id).one(db) == "queued"


def test_a_clip_that_was_written_off_meanwhile_is_asked_for_again(task: VideoTask) -> None:
    scenes = with_story(task.user_id, task.video_id)
    bench = Bench(task.user_id, str(task.video_id), task.video_id, scenes[0].ref, 60, task.execution)
    frame = keep(bench, UploadRecipe(sha256="2" * 64), Product(b"frame", "image/png"))
    with transaction(task.user_id) as db:
        piece_queries.set_frame(db, task.user_id, scenes[0].id, frame.id)
        scene_queries.set_maker(db, scenes[0].id, "clip", "draft/camera-1")
    scene = SceneTask(**dict(task), scene=1)
    checked = check_clip.code(scene)
    assert (checked.ready, checked.submitted, checked.wait_seconds) == (False, False, 0)
    kept = keep_clip.code(scene)
    assert (kept.ready, kept.looks_left) == (False, 0)  # the next execution asks


def test_a_paid_video_that_is_found_without_keys_waits_and_says_what_for(
    task: VideoTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_story(task.user_id, task.video_id)
    with admin_transaction() as db:
        db.execute(
            "update video_sessions set makers = makers || %s where id = %s",
            [Jsonb({"frame": "openai/gpt-image-2.5-flare"}), task.video_id],
        )
    monkeypatch.setattr(makers, "provider_keys", dict)
    with pytest.raises(ProviderKeyMissing, match="OPENAI_API_KEY is not set") as missing:
        draw_frame.code(SceneTask(**dict(task), scene=1))
    cause = json.dumps({"errorMessage": missing.value.message})
    error = {"Error": type(missing.value).__name__, "Cause": cause}
    for scene in (1, None):
        mark_failed.code(Failure(**dict(task), scene=scene, error=error))
    video = service.view_video(task.user_id, task.video_id)
    assert (video.state, video.error and video.error.code) == ("needs_key", "provider_key_missing")
    assert video.needs is not None
    assert (video.needs.what, str(task.video_id) in video.needs.how) == ("key", True)
    assert service.history(task.user_id, task.video_id, 10, None).calls == 0


def test_a_video_whose_providers_have_no_key_can_be_edited_and_quoted_all_the_same(
    task: VideoTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_story(task.user_id, task.video_id)
    paid = {
        "frame": "openai/gpt-image-2.5-flare",
        "clip": "runway/gen4_turbo",
        "narration": "runway/eleven_multilingual_v2",
    }
    with admin_transaction() as db:
        db.execute(
            "update video_sessions set state = 'needs_key', makers = makers || %s where id = %s",
            [Jsonb(paid), task.video_id],
        )
    monkeypatch.setattr(makers, "provider_keys", dict)
    quoted = service.render_video(task.user_id, task.video_id, RenderVideo(stop_after="final"), dry_run=True)
    assert {call.maker for call in quoted.calls} == set(paid.values())
    assert quoted.cost_usd > 0
    edited = editing.change_scene(task.user_id, task.video_id, 1, ChangeScene(prompt="A heron in the mist"))
    assert edited.cost_usd > 0

"""Only the latest execution of a video spends and settles; what an older one still does changes nothing."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from PIL import Image

from shared import storage
from shared.accounts.service import NewKey
from shared.assets.make import make, store
from shared.assets.models import Asset, Bench, Product, ProviderCall, SceneRef
from shared.assets.queries import add_asset
from shared.assets.recipes import NarrationRecipe, UploadRecipe
from shared.database import admin_transaction, transaction
from shared.errors import NotInTheMaking, OverBudget, PoorOutput, StorageUnavailable
from shared.providers.ports import Capacity, Submitted
from shared.stories.models import Sheet, Story, StoryScene
from shared.videos import (
    call_queries,
    execution_queries,
    list_queries,
    piece_queries,
    production,
    queries,
    retries,
    scene_queries,
    service,
)
from shared.videos.edits import RenderVideo
from shared.videos.models import CreateVideo
from shared.videos.queries import Scene
from shared.videos.tasks import VideoTask
from tests.integration.conftest import add_video, video_bench

PRICE = Decimal("0.25")


def recipe(text: str = "Once.", model: str = "m") -> NarrationRecipe:
    return NarrationRecipe(provider="acme", model=model, text=text, voice="v", window_ms=5000)


def task_of(user_id: UUID, video_id: UUID) -> VideoTask:
    """The video's first execution, as if it had just begun."""
    with transaction(user_id) as db:
        execution = execution_queries.count_execution(db, video_id)
    assert execution is not None
    return VideoTask(user_id=user_id, video_id=video_id, execution=execution.number)


def with_story(user_id: UUID, video_id: UUID) -> list[Scene]:
    scene = StoryScene(title="t", description="d", prompt="p", motion="m", narration="n")
    sheet = Sheet(characters=(), setting="s", palette="p")
    story = Story(title="t", overview="o", sheet=sheet, scenes=(scene, scene))
    with transaction(user_id) as db:
        queries.keep_story(db, user_id, video_id, story, [3000, 3000])
        return queries.scenes(db, video_id)


@pytest.fixture
def task(user: NewKey) -> VideoTask:
    return task_of(user.user_id, add_video(user.user_id))


def bench_of(task: VideoTask, scene: SceneRef | None = None) -> Bench:
    return Bench(task.user_id, str(task.video_id), task.video_id, scene, 60, task.execution)


def never_asked() -> Submitted:
    raise AssertionError("The provider was asked.")


def test_a_cancelled_video_asks_nobody_for_money(task: VideoTask) -> None:
    with transaction(task.user_id) as db:
        queries.finish(db, task.video_id, "cancelled")
    with pytest.raises(NotInTheMaking):
        make(bench_of(task), recipe(), PRICE, never_asked)


def test_an_older_execution_asks_nobody_and_ends_nothing(task: VideoTask) -> None:
    later = task_of(task.user_id, task.video_id)
    assert later.execution == task.execution + 1
    with pytest.raises(NotInTheMaking):
        make(bench_of(task), recipe(), PRICE, never_asked)
    with transaction(task.user_id) as db:
        assert not queries.finish(db, task.video_id, "succeeded", execution=task.execution)
        assert not execution_queries.begin(db, task.video_id, task.execution)
        assert execution_queries.begin(db, task.video_id, later.execution)


def test_an_older_execution_does_not_overwrite_what_the_user_chose(task: VideoTask) -> None:
    (scene, _) = with_story(task.user_id, task.video_id)
    own = store(bench_of(task), UploadRecipe(sha256="1" * 64), Product(b"own", "video/mp4"))
    with transaction(task.user_id) as db:
        add_asset(db, bench_of(task), UploadRecipe(sha256="1" * 64), own)
        queries.finish(db, task.video_id, "cancelled")
        scene_queries.pin(db, task.user_id, scene.id, "clip", own.id)
    with pytest.raises(NotInTheMaking), production.settling(task) as db:
        piece_queries.set_clip(db, task.user_id, scene.id, own.id, own.id)


def test_a_second_start_after_another_one_starts_nothing(task: VideoTask) -> None:
    with transaction(task.user_id) as db:
        execution = execution_queries.count_execution(db, task.video_id, after=task.execution)
        assert execution is not None
        assert execution.number == task.execution + 1
        assert execution_queries.count_execution(db, task.video_id, after=task.execution) is None


def test_a_scenes_piece_is_in_the_making_until_the_scene_has_it(task: VideoTask) -> None:
    (scene, _) = with_story(task.user_id, task.video_id)
    with transaction(task.user_id) as db:
        assert execution_queries.begin(db, task.video_id, task.execution)
    asset = make(bench_of(task, scene.ref), recipe(), PRICE, lambda: Product(b"voice", "audio/wav"))
    assert isinstance(asset, Asset)

    def state() -> str:
        return service.view_video(task.user_id, task.video_id).scenes[0].narration.state

    assert state() == "working"
    with production.settling(task) as db:
        piece_queries.set_narration(db, task.user_id, scene.id, asset.id)
    assert state() == "done"


def test_a_deleted_video_gives_its_place_at_the_provider_back_and_counts_as_paid(
    task: VideoTask, new_user: Callable[[], NewKey]
) -> None:
    one, model = Capacity(max_concurrent=1), f"m-{uuid4()}"
    call = make(bench_of(task), recipe(model=model), PRICE, lambda: Submitted("task-1"), one)
    assert isinstance(call, ProviderCall)
    with transaction(task.user_id) as db:
        queries.finish(db, task.video_id, "cancelled")
    service.delete_video(task.user_id, task.video_id)
    other = new_user().user_id
    next_one = video_bench(other)
    made = make(next_one, recipe(model=model), PRICE, lambda: Submitted("task-2"), one)
    assert isinstance(made, ProviderCall)
    assert service.budget(task.user_id).spent_usd == PRICE


def test_a_stored_result_is_found_after_its_scene_has_moved(
    task: VideoTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    (scene, _) = with_story(task.user_id, task.video_id)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("shared.assets.queries.add_asset", _die)
        make(bench_of(task, scene.ref), recipe(), PRICE, lambda: Product(b"paid", "audio/wav"))
    moved = replace(scene.ref, number=2)
    made = make(bench_of(task, moved), recipe(), PRICE, never_asked)
    assert isinstance(made, Asset)
    assert storage.read(made.storage_key) == b"paid"


def test_a_stored_result_is_found_after_its_call_was_written_off(
    task: VideoTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = replace(bench_of(task), lease_seconds=-1)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("shared.assets.queries.add_asset", _die)
        make(dead, recipe(), PRICE, lambda: Product(b"paid", "audio/wav"))
    with admin_transaction() as db:
        db.execute("update video_sessions set state = 'failed' where id = %s", [task.video_id])
        call_queries.lose_expired(db)
        db.execute("update video_sessions set state = 'running' where id = %s", [task.video_id])
    assert isinstance(make(bench_of(task), recipe(), PRICE, never_asked), Asset)


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_two_who_saw_the_same_unusable_take_order_one_other(task: VideoTask) -> None:
    (scene, _) = with_story(task.user_id, task.video_id)
    for _ in range(2):
        retries.again(bench_of(task, scene.ref), recipe(), PoorOutput("Bad.", provider="acme"))
    with transaction(task.user_id) as db:
        assert queries.scenes(db, task.video_id)[0].narration_take == 2


def test_a_video_whose_reference_cannot_be_stored_is_not_begun(
    user: NewKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.storage.put", _away)
    with pytest.raises(StorageUnavailable):
        service.create_video(user.user_id, order(reference_image=_image()))
    with transaction(user.user_id) as db:
        assert list_queries.list_videos(10, None).all(db) == []


def test_a_refused_order_leaves_no_object(user: NewKey) -> None:
    with pytest.raises(OverBudget):
        service.create_video(
            user.user_id, order(reference_image=_image(), draft=False, max_cost_usd=Decimal(0))
        )
    assert storage.find(f"{user.user_id}/", "") is None


def _away(*_: object) -> None:
    raise StorageUnavailable("Away.")


def test_a_video_is_accepted_even_when_the_workflow_cannot_be_started_just_now(
    user: NewKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.videos.executions.start", _away)
    video_id = service.create_video(user.user_id, order())
    assert service.view_video(user.user_id, video_id).state == "queued"


def test_a_draft_render_forgets_who_stepped_in_for_money_and_a_quote_changes_nothing(user: NewKey) -> None:
    video_id = add_video(user.user_id)
    (scene, _) = with_story(user.user_id, video_id)
    with transaction(user.user_id) as db:
        scene_queries.set_maker(db, scene.id, "clip", "runway/veo3.1")
        queries.finish(db, video_id, "stopped")
    plan = service.render_video(user.user_id, video_id, RenderVideo(draft=True), dry_run=True)
    assert {call.maker.partition("/")[0] for call in plan.calls} == {"draft"}
    with transaction(user.user_id) as db:
        assert queries.scenes(db, video_id)[0].clip_maker == "runway/veo3.1"
        assert queries.video_state(video_id).one(db) == "stopped"


def order(**fields: object) -> CreateVideo:
    return CreateVideo.model_validate(
        {"prompt": "A lamp", "frame_count": 1, "duration": 3, "draft": True, **fields}
    )


def _image() -> str:
    content = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(content, "PNG")
    return base64.b64encode(content.getvalue()).decode()

"""What follows when a provider could not: counted on a real ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from functions.make_video.write_story import write_story
from shared.assets.make import find_or_call, keep, make
from shared.assets.models import Asset, Bench, Product, ProviderCall, Turn
from shared.assets.queries import add_take
from shared.assets.recipes import NarrationRecipe, StoryRecipe
from shared.database import admin_transaction, transaction
from shared.errors import (
    InvalidRequest,
    PoorOutput,
    ProviderBusy,
    ProviderError,
    ProviderUnavailable,
)
from shared.providers import catalog
from shared.providers.ports import Capacity, Submitted
from shared.providers.provider import Sunset
from shared.videos import makers, polling, queries, retries, scene_queries, service
from shared.videos.queries import Scene
from shared.videos.tasks import Storyboard
from tests.integration.conftest import video_bench
from tests.integration.videos.test_one_execution import task_of, with_story

PRICE = Decimal("0.25")
KEYS = {"OPENAI_API_KEY": "sk-of-nobody", "RUNWAYML_API_SECRET": "key_of_nobody"}
POOR = PoorOutput("Bad.", provider="acme")


def spoken(text: str = "Once.", take: int = 1) -> NarrationRecipe:
    return NarrationRecipe(provider="acme", model="m", text=text, voice="v", window_ms=5000, take=take)


def told(take: int = 1) -> StoryRecipe:
    return StoryRecipe(
        provider="acme",
        model="m",
        prompt="p",
        scene_count=1,
        duration_ms=3000,
        style="noir",
        mood="warm",
        take=take,
    )


def attempt(bench: Bench, recipe: NarrationRecipe | StoryRecipe, error: ProviderError) -> Turn:
    """A call that ends with an error, and what follows."""

    def fail() -> Product:
        raise error

    with pytest.raises(type(error)):
        make(bench, recipe, PRICE, fail)
    return retries.again(bench, recipe, error)


def render_again(bench: Bench) -> None:
    with admin_transaction() as db:
        db.execute("update video_sessions set queued_at = clock_timestamp() where id = %s", [bench.video_id])


@pytest.fixture
def scenes(bench: Bench) -> list[Scene]:
    return with_story(bench.user_id, bench.video_id)


def scene_now(bench: Bench, number: int) -> Scene:
    with transaction(bench.user_id) as db:
        return queries.scenes(db, bench.video_id)[number - 1]


def story_take(bench: Bench) -> int:
    with transaction(bench.user_id) as db:
        video = queries.find_video(db, bench.video_id)
    assert video is not None
    return video.story_take


def test_an_unusable_story_is_written_anew_a_few_times(bench: Bench) -> None:
    assert [attempt(bench, told(take), POOR) for take in (1, 2)] == [Turn(0), Turn(0)]
    with pytest.raises(PoorOutput):
        attempt(bench, told(3), POOR)
    assert story_take(bench) == 4  # which the next render begins with
    render_again(bench)
    assert attempt(bench, told(4), POOR) == Turn(0)


def test_unusable_takes_of_other_words_do_not_count(bench: Bench, scenes: list[Scene]) -> None:
    own = replace(bench, scene=scenes[0].ref)
    for take in (1, 2):
        attempt(own, spoken("Before the change.", take), POOR)
    assert [attempt(own, spoken("After it.", take), POOR) for take in (3, 4)] == [Turn(0), Turn(0)]
    with pytest.raises(PoorOutput):
        attempt(own, spoken("After it.", 5), POOR)
    assert scene_now(bench, 1).narration_take == 6


@pytest.mark.parametrize("kind", [ProviderBusy, ProviderUnavailable])
def test_whoever_is_refused_waits_at_least_as_long_as_the_provider_says(
    bench: Bench, kind: type[ProviderError]
) -> None:
    assert (
        attempt(bench, spoken(), kind("Later.", provider="acme", retry_after_seconds=120)).wait_seconds >= 120
    )
    assert attempt(bench, spoken(), kind("Later.", provider="acme")).wait_seconds < 60


def test_after_two_days_of_refusals_the_piece_fails_until_the_next_render(bench: Bench) -> None:
    busy = ProviderBusy("Later.", provider="acme")
    attempt(bench, spoken(), busy)
    with admin_transaction() as db:
        db.execute(
            "insert into provider_calls (user_id, video_id, identity, kind, provider, model, state, error,"
            " estimated_cost_usd, lease_expires_at)"
            " select user_id, video_id, identity, kind, provider, model, state, error, 0, now()"
            " from provider_calls, generate_series(1, %s) where video_id = %s",
            [retries.MOST_REFUSALS, bench.video_id],
        )
    with pytest.raises(ProviderBusy):
        attempt(bench, spoken(), busy)
    render_again(bench)
    assert attempt(bench, spoken(), busy).wait_seconds > 0


def submitted(bench: Bench) -> ProviderCall:
    call = make(bench, spoken(), PRICE, lambda: Submitted("task-1"))
    assert isinstance(call, ProviderCall)
    return call


def test_a_look_that_is_refused_is_repeated_when_the_provider_says(bench: Bench) -> None:
    busy = ProviderBusy("Later.", provider="acme", retry_after_seconds=90.2)
    assert polling.look_later(spoken(), submitted(bench), busy) == 91


def test_what_an_ended_model_was_paid_for_is_collected_and_nothing_new_is_asked(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = submitted(bench)
    ended = Sunset(datetime.now(UTC).date(), "acme/n")
    monkeypatch.setitem(catalog.SUNSETS, ("acme", "m"), ended)
    again = make(bench, spoken(), PRICE, lambda: pytest.fail("The provider was asked."))
    assert isinstance(again, ProviderCall)
    assert isinstance(keep(bench, spoken(), Product(b"sound", "audio/wav"), call.id), Asset)
    assert isinstance(find_or_call(bench, spoken()), Asset)
    with pytest.raises(InvalidRequest, match="Use acme/n instead"):
        make(bench, spoken("New."), PRICE, lambda: pytest.fail("The provider was asked."))


def test_an_adapter_of_a_model_that_ended_on_the_way_is_still_to_be_had(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = Sunset(datetime.now(UTC).date(), "runway/gen4.5")
    monkeypatch.setitem(catalog.SUNSETS, ("runway", "gen4_turbo"), ended)
    monkeypatch.setattr(makers, "provider_keys", lambda: KEYS)
    with transaction(bench.user_id) as db:
        video = queries.find_video(db, bench.video_id)
    assert video is not None
    maker = makers.clip_maker(video.makers.model_copy(update={"clip": "runway/gen4_turbo"}))
    assert maker.limits.duration_for(3000) == 3000


def test_a_story_waits_for_its_turn_and_says_so(
    task_user: UUID, make_bench: Callable[[], Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = catalog.MODELS["story"]["openai"][0]
    monkeypatch.setattr(makers, "provider_keys", lambda: KEYS)
    busy = [make_bench() for _ in range(8)]
    recipe = told().model_copy(update={"provider": "openai", "model": model})
    for each in busy:
        with pytest.raises(KeyboardInterrupt):
            make(each, recipe, PRICE, _die, Capacity(8))
    video_id = video_bench(task_user).video_id
    with admin_transaction() as db:
        db.execute(
            "update video_sessions set makers = makers || %s where id = %s",
            [Jsonb({"story": f"openai/{model}"}), video_id],
        )
    task = task_of(task_user, video_id)
    board = Storyboard.model_validate(write_story(task.model_dump(mode="json"), _Context()))
    with admin_transaction() as db:
        db.execute("delete from provider_calls where model = %s and provider = 'openai'", [model])
    assert (board.ready, board.looks_left) == (False, task.looks_left - 1)
    assert board.wait_seconds > 0
    waiting = service.view_video(task_user, video_id).waiting
    assert waiting is not None
    assert waiting.reason == "turn"


def _die() -> Product:
    raise KeyboardInterrupt


class _Context:
    """Of an invocation."""

    aws_request_id = "r"
    function_name = "write_story"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:write_story"


@pytest.fixture
def task_user(make_bench: Callable[[], Bench]) -> UUID:
    return make_bench().user_id


def test_a_file_that_two_scenes_share_is_a_take_of_both(bench: Bench, scenes: list[Scene]) -> None:
    shared = keep(replace(bench, scene=scenes[0].ref), spoken(), Product(b"sound", "audio/wav"))
    again = keep(replace(bench, scene=scenes[1].ref), spoken(), Product(b"sound", "audio/wav"))
    assert shared.id == again.id
    with transaction(bench.user_id) as db:
        for scene in scenes:
            add_take(db, scene.id, shared.id)  # once more changes nothing
            (take,) = scene_queries.takes(bench.video_id, scene.number).all(db)
            assert (take.asset_id, take.piece, take.maker) == (shared.id, "narration", "acme/m")


def test_the_history_is_read_by_pages_and_its_sums_are_of_all(bench: Bench) -> None:
    for number in range(5):
        attempt(bench, spoken(str(number)), ProviderBusy("Later.", provider="acme", cost_usd=Decimal("0.01")))
    seen: list[UUID] = []
    cursor = None
    for expected in (2, 2, 1):
        page = service.history(bench.user_id, bench.video_id, 2, cursor)
        assert (len(page.items), page.calls) == (expected, 5)
        assert page.actual_cost_usd == Decimal("0.05")
        seen += [call.id for call in page.items]
        cursor = page.next_cursor
    assert cursor is None
    assert len(set(seen)) == 5

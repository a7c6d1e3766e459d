"""The first step: a story, and with it the scenes."""

from __future__ import annotations

from shared import storage
from shared.assets.make import make
from shared.assets.models import Asset, Product, Turn
from shared.database import transaction
from shared.errors import ProviderError, WorkInProgress
from shared.lambdas.access import Access, Layer
from shared.lambdas.step import step
from shared.providers.ports import StoryWriter
from shared.stories.models import Story
from shared.videos import makers, piece_queries, production, queries, recipes, retries
from shared.videos.capacities import capacity_of
from shared.videos.queries import Video
from shared.videos.tasks import SceneTask, Storyboard, VideoTask, looks_for

TIMEOUT_SECONDS = 180


@step(
    needs={Access.DATABASE, Access.STORIES_READ, Access.STORIES_WRITE, Access.PROVIDERS},
    timeout_seconds=TIMEOUT_SECONDS,
    layers={Layer.CLIENTS},
)
def write_story(task: VideoTask) -> Storyboard:
    """Write the story, and say which scenes there are to make; or say when it is its turn."""
    video = production.load_video(task)
    stop_after = video.request.stop_after
    if video.sheet is None:
        story = _story(video)
        if isinstance(story, Turn):
            return Storyboard.later(task, story.wait_seconds, stop_after=stop_after)
        _keep(task, video, story)
    with transaction(task.user_id) as db:
        scenes = queries.scenes(db, task.video_id)
    looks = {"looks_left": min(task.looks_left, looks_for(len(scenes)))}
    tasks = {each.number: SceneTask(**{**dict(task), **looks}, scene=each.number) for each in scenes}
    spoken = video.request.narration and stop_after in {"clips", "final"}
    return Storyboard(
        **{**dict(task), **looks},
        ready=True,
        stop_after=stop_after,
        scenes=tuple(tasks.values()),
        narrations=tuple(tasks[each.number] for each in scenes if spoken and each.narration),
    )


def _keep(task: VideoTask, video: Video, asset: Asset) -> None:
    """Once a video has a story it stays: approved as a draft, it is what the real providers make."""
    story = Story.model_validate_json(storage.read(asset.storage_key))
    durations = production.scene_durations_ms(video.request.duration, video.request.frame_count)
    with production.settling(task) as db:
        queries.keep_story(db, video.user_id, video.id, story, durations)
        piece_queries.place_frames(db, video.id)


def _story(video: Video) -> Asset | Turn:
    recipe = recipes.story_recipe(video)
    writer: StoryWriter = makers.story_writer(video.makers)

    def write() -> Product:
        written = writer.write(recipe)
        return Product(written.story.model_dump_json().encode(), "application/json", written.cost_usd)

    bench = video.bench(None, TIMEOUT_SECONDS)
    try:
        made = make(bench, recipe, writer.price(recipe), write, capacity_of(video.user_id, writer))
    except ProviderError as error:
        return retries.again(bench, recipe, error)
    if not isinstance(made, Asset | Turn):
        raise WorkInProgress("The story is being written.")
    return made

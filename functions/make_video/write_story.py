"""The first step: a story, and with it the scenes."""

from __future__ import annotations

from shared import storage
from shared.assets.make import make
from shared.assets.models import Asset, Product
from shared.database import transaction
from shared.errors import WorkInProgress
from shared.lambdas.access import Access, Layer
from shared.lambdas.step import step
from shared.providers.ports import StoryWriter
from shared.stories.models import Story
from shared.videos import makers, production, queries, recipes
from shared.videos.queries import Video
from shared.videos.tasks import SceneTask, StoryWritten, VideoTask

TIMEOUT_SECONDS = 180


@step(
    needs={Access.DATABASE, Access.MEDIA_READ, Access.MEDIA_WRITE, Access.PROVIDERS},
    timeout_seconds=TIMEOUT_SECONDS,
    layers={Layer.CLIENTS},
)
def write_story(task: VideoTask) -> StoryWritten:
    """Write the story, and say which scenes there are to make."""
    video = production.load_video(task)
    if video.sheet is None:
        _write(task, video)
    with transaction(task.user_id) as db:
        scenes = queries.scenes(db, task.video_id)
    tasks = {each.number: SceneTask(**dict(task), scene=each.number) for each in scenes}
    spoken = video.request.narration and video.request.stop_after in {"clips", "final"}
    return StoryWritten(
        **dict(task),
        stop_after=video.request.stop_after,
        scenes=list(tasks.values()),
        narrations=[tasks[each.number] for each in scenes if spoken and each.narration],
    )


def _write(task: VideoTask, video: Video) -> None:
    """Once a video has a story it stays: approved as a draft, it is what the real providers make."""
    story = Story.model_validate_json(storage.read(_story_asset(video).storage_key))
    durations = production.scene_durations_ms(video.request.duration, video.request.frame_count)
    with production.settling(task) as db:
        queries.keep_story(db, video.user_id, video.id, story, durations)


def _story_asset(video: Video) -> Asset:
    recipe = recipes.story_recipe(video)
    writer: StoryWriter = makers.story_writer(video.makers)

    def write() -> Product:
        written = writer.write(recipe)
        return Product(written.story.model_dump_json().encode(), "application/json", written.cost_usd)

    made = make(
        video.bench(None, TIMEOUT_SECONDS),
        recipe,
        writer.price(recipe),
        write,
    )
    if not isinstance(made, Asset):
        raise WorkInProgress("The story is being written.")
    return made

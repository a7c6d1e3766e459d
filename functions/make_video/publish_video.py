"""The last step: stills, and the video is finished."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from shared import storage
from shared.assets.make import find, keep
from shared.assets.models import Asset, Bench, Product
from shared.assets.recipes import PosterRecipe, PreviewRecipe
from shared.database import transaction
from shared.errors import NotFound
from shared.lambdas.access import Access, Layer
from shared.lambdas.step import step
from shared.log import logger
from shared.media.stills import poster, preview
from shared.videos import piece_queries, production, queries
from shared.videos.ending import announce
from shared.videos.tasks import Done, VideoTask

TIMEOUT_SECONDS = 120


@step(
    needs={Access.DATABASE, Access.CLIPS_READ, Access.CLIPS_WRITE, Access.WEBHOOKS},
    memory_mb=1769,
    timeout_seconds=TIMEOUT_SECONDS,
    layers={Layer.IMAGING},
)
def publish_video(task: VideoTask) -> Done:
    """Give the video its poster and its preview, and call it finished."""
    with transaction(task.user_id) as db:
        if queries.video_state(task.video_id).one(db) == "succeeded":
            return Done()  # a second attempt, after the first one's answer was lost
    video = production.load_video(task)
    with transaction(task.user_id) as db:
        cut = piece_queries.cut_asset(db, task.video_id)
    if cut is None:
        raise NotFound("The video has no cut yet.")
    bench = video.bench(None, TIMEOUT_SECONDS)
    with production.work_dir() as directory:
        still = _still(bench, PosterRecipe(cut=cut.sha256), cut, directory, "image/jpeg", _poster)
        moving = _still(bench, PreviewRecipe(cut=cut.sha256), cut, directory, "image/webp", preview)
    with production.settling(task) as db:
        piece_queries.set_stills(db, task.video_id, still.id, moving.id)
        finished = queries.finish(db, task.video_id, "succeeded", execution=task.execution)
    if finished:
        logger().info("video finished")
    announce(finished)
    return Done()


def _poster(video: Path, output: Path) -> None:
    poster(video, None, output)


def _still(
    bench: Bench,
    recipe: PosterRecipe | PreviewRecipe,
    cut: Asset,
    directory: Path,
    content_type: str,
    make_still: Callable[[Path, Path], None],
) -> Asset:
    found = find(bench, recipe)
    if found is not None:
        return found
    source = directory / "cut.mp4"
    if not source.exists():
        storage.download(cut.storage_key, source)
    output = directory / recipe.kind
    make_still(source, output)
    return keep(bench, recipe, Product(output, content_type))

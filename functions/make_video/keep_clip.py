"""One scene's clip: fetch it, verify it, conform it to the cut."""

from __future__ import annotations

from pathlib import Path

from shared import storage
from shared.assets.make import find, find_or_call, keep
from shared.assets.models import Asset, Bench, Product, ProviderCall, Turn
from shared.errors import NotFound, ProviderBusy, ProviderUnavailable
from shared.lambdas.access import Access, Layer
from shared.lambdas.step import step
from shared.media.conform import conform
from shared.media.formats import CUT_FORMATS
from shared.videos import clips, delivery, piece_queries, polling, production, recipes
from shared.videos.clips import ClipJob
from shared.videos.tasks import SceneProgressed, SceneTask

TIMEOUT_SECONDS = 600


@step(
    needs={Access.DATABASE, Access.FRAMES_READ, Access.CLIPS_READ, Access.CLIPS_WRITE, Access.PROVIDERS},
    memory_mb=1769,
    timeout_seconds=TIMEOUT_SECONDS,
    layers={Layer.CLIENTS, Layer.IMAGING, Layer.FFMPEG},
)
def keep_clip(task: SceneTask) -> SceneProgressed:
    """Copy the clip to our storage before the provider's address expires, and conform it once.

    Or say when to try again, where the provider is busy or down; or leave it to the next execution.
    """
    job = clips.load(task)
    bench = job.bench(TIMEOUT_SECONDS)
    try:
        made = job.chosen or find_or_call(bench, job.recipe)
    except NotFound:  # an attempt before this one wrote the call off: the next execution asks again
        return SceneProgressed(**{**dict(task), "looks_left": 0}, ready=False)
    with production.work_dir() as directory:
        clip = made if isinstance(made, Asset) else _fetched(job, bench, made, directory / "clip.mp4")
        if isinstance(clip, Turn):
            return SceneProgressed.later(task, clip.wait_seconds)
        segment = _segment(job, bench, clip, directory)
    with production.settling(task) as db:
        piece_queries.set_clip(db, task.user_id, job.scene.id, clip.id, segment.id)
    return SceneProgressed(**dict(task), ready=True)


def _fetched(job: ClipJob, bench: Bench, call: ProviderCall, path: Path) -> Asset | Turn:
    try:
        status = polling.look(bench, call, job.maker)
        if status is None:
            return Turn(polling.wait_seconds(job.recipe, call))
        delivery.fetch_clip(bench, call, job.maker, job.recipe, job.read, path)
    except (ProviderBusy, ProviderUnavailable) as error:
        return Turn(polling.look_later(job.recipe, call, error))
    return keep(bench, job.recipe, Product(path, "video/mp4", status.cost_usd), call.id)


def _segment(job: ClipJob, bench: Bench, clip: Asset, directory: Path) -> Asset:
    recipe = recipes.segment_recipe(job.video, clip, job.frames)
    found = find(bench, recipe)
    if found is not None:
        return found
    source, segment = directory / "clip.mp4", directory / "segment.mp4"
    if not source.exists():
        storage.download(clip.storage_key, source)
    conform(source, segment, CUT_FORMATS[job.video.request.aspect_ratio], job.frames)
    return keep(bench, recipe, Product(segment, "video/mp4"))

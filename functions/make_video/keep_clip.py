"""One scene's clip: fetch it, verify it, conform it to the cut."""

from __future__ import annotations

from pathlib import Path

from shared import storage
from shared.assets.make import find, find_or_call, keep
from shared.assets.models import Asset, Bench, Product
from shared.errors import WorkInProgress
from shared.lambdas.access import Access, Layer
from shared.lambdas.step import step
from shared.media.conform import conform
from shared.media.formats import CUT_FORMATS
from shared.videos import clips, delivery, piece_queries, polling, production, recipes
from shared.videos.clips import ClipJob
from shared.videos.tasks import Done, SceneTask

TIMEOUT_SECONDS = 600


@step(
    needs={Access.DATABASE, Access.MEDIA_READ, Access.MEDIA_WRITE, Access.PROVIDERS},
    memory_mb=1769,
    timeout_seconds=TIMEOUT_SECONDS,
    layers={Layer.CLIENTS, Layer.IMAGING, Layer.FFMPEG},
)
def keep_clip(task: SceneTask) -> Done:
    """Copy the clip to our storage before the provider's address expires, and conform it once."""
    job = clips.load(task)
    bench = job.bench(TIMEOUT_SECONDS)
    with production.work_dir() as directory:
        clip = _clip(job, bench, directory / "clip.mp4")
        segment = _segment(job, bench, clip, directory)
    with production.settling(task) as db:
        piece_queries.set_clip(db, task.user_id, job.scene.id, clip.id, segment.id)
    return Done()


def _clip(job: ClipJob, bench: Bench, path: Path) -> Asset:
    made = job.chosen or find_or_call(bench, job.recipe)
    if isinstance(made, Asset):
        return made
    status = polling.look(bench, made, job.maker)
    if status is None or made.task_id is None:
        raise WorkInProgress("The clip is not ready yet.", retry_after_seconds=5)
    delivery.fetch_clip(
        bench, made, job.maker, job.recipe, lambda: production.read_picture(job.frame), path, status.cost_usd
    )
    return keep(bench, job.recipe, Product(path, "video/mp4", status.cost_usd), made.id)


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

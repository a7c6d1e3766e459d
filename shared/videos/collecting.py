"""Fetching what a provider finished for a video that is not being made any more: it was paid for."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from shared.assets.make import keep, note_uncollected
from shared.assets.models import Asset, Bench, Product
from shared.assets.queries import asset_of_content
from shared.assets.recipes import ClipRecipe
from shared.database import transaction
from shared.errors import AssetMissing, ProviderError
from shared.log import logger
from shared.providers.ports import Picture, TaskStatus
from shared.videos import delivery, makers, polling, production
from shared.videos.call_queries import OpenTask
from shared.videos.leftovers import maker_of, open_tasks


def collect(user_id: UUID, video_id: UUID, lease_seconds: float) -> int:
    """Fetch what the provider has finished, and write off what it gave up; returns how many were fetched."""
    return sum(_collect(task.bench(lease_seconds), task) for task in open_tasks(user_id, video_id))


def _collect(bench: Bench, task: OpenTask) -> int:
    if task.is_given_up:
        return 0
    try:
        status = polling.look(bench, task.call, maker_of(task))
        if status is None:
            return 0
        _fetch(bench, task, status)
    except ProviderError as error:  # nobody waits for it, and the history says why
        logger().info("task not collected", extra={"task_id": task.task_id, "code": error.code})
        note_uncollected(bench, task.call, error)
        return 0
    return 1


def _fetch(bench: Bench, task: OpenTask, status: TaskStatus) -> Asset:
    with production.work_dir() as directory:
        path = directory / "fetched"
        recipe = task.recipe
        if isinstance(recipe, ClipRecipe):
            clips = makers.clip_maker_of(recipe)
            delivery.fetch_clip(bench, task.call, clips, recipe, partial(_picture, bench), path)
            content_type = "video/mp4"
        else:
            narrator = makers.narrator_of(recipe)
            content_type = delivery.fetch_narration(bench, task.call, narrator, recipe, path)
        return keep(bench, recipe, Product(path, content_type, status.cost_usd), task.call.id)


def _picture(bench: Bench, sha256: str) -> Picture:
    with transaction(bench.user_id) as db:
        picture = asset_of_content(db, bench.video_id, sha256)
    if picture is None:
        raise AssetMissing("The picture of this clip is gone.")
    return production.read_picture(picture)

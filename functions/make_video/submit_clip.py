"""One scene's clip: ask the provider for it."""

from __future__ import annotations

import time

from shared.assets.make import make
from shared.assets.models import Asset, Turn
from shared.errors import ProviderError
from shared.lambdas.access import Access, Layer
from shared.lambdas.step import step
from shared.providers.ports import Submitted
from shared.videos import clips, leftovers, polling, retries
from shared.videos.capacities import capacity_of
from shared.videos.tasks import SceneProgressed, SceneTask

TIMEOUT_SECONDS = 120
CANCEL_SECONDS = 30
"""How long a task is tried to be cancelled whose video was cancelled as it was submitted."""


@step(
    needs={Access.DATABASE, Access.FRAMES_READ, Access.PROVIDERS},
    memory_mb=1024,
    timeout_seconds=TIMEOUT_SECONDS,
    layers={Layer.CLIENTS, Layer.IMAGING},
)
def submit_clip(task: SceneTask) -> SceneProgressed:
    """Ask for the scene's clip, unless somebody did already, or say when it is its turn."""
    job = clips.load(task)
    if job.chosen is not None:
        return SceneProgressed(**dict(task), ready=True)

    def start() -> Submitted:
        last = job.recipe.last_frame
        ending = None if last is None else job.read(last)
        return job.maker.submit(job.recipe, job.read(job.recipe.frame), ending)

    bench = job.bench(TIMEOUT_SECONDS)
    capacity = capacity_of(task.user_id, job.maker)
    try:
        price = job.maker.price(job.recipe)
        made = make(bench, job.recipe, price, start, capacity, cancel=job.maker.cancel)
    except ProviderError as error:
        made = retries.again(bench, job.recipe, error, fallback=job.video.makers.fallbacks.get("clip"))
    if isinstance(made, Turn):
        return SceneProgressed.later(task, made.wait_seconds, submitted=False)
    if isinstance(made, Asset):
        return SceneProgressed(**dict(task), ready=True)
    leftovers.cancel_if_over(bench, time.monotonic() + CANCEL_SECONDS)
    return SceneProgressed.later(task, polling.first_wait_seconds(job.recipe))

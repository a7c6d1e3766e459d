"""One scene's clip: look whether the provider has made it."""

from __future__ import annotations

from shared.assets.make import find_or_call
from shared.assets.models import Asset
from shared.errors import NotFound, ProviderBusy, ProviderError, ProviderUnavailable
from shared.lambdas.access import Access, Layer
from shared.lambdas.step import step
from shared.videos import clips, polling, retries
from shared.videos.tasks import SceneProgressed, SceneTask

TIMEOUT_SECONDS = 60


@step(
    needs={Access.DATABASE, Access.PROVIDERS},
    timeout_seconds=TIMEOUT_SECONDS,
    layers={Layer.CLIENTS, Layer.IMAGING},
)
def check_clip(task: SceneTask) -> SceneProgressed:
    """Look where the provider's task is. Raises what made it fail for good."""
    job = clips.load(task)
    bench = job.bench(TIMEOUT_SECONDS)
    try:
        made = find_or_call(bench, job.recipe)
    except NotFound:  # an attempt before this one saw the task fail, and went down itself
        return SceneProgressed.later(task, 0, submitted=False)
    if isinstance(made, Asset):
        return SceneProgressed(**dict(task), ready=True)
    try:
        ready = polling.look(bench, made, job.maker) is not None
    except (ProviderBusy, ProviderUnavailable) as error:
        return SceneProgressed.later(task, polling.look_later(job.recipe, made, error))
    except ProviderError as error:
        again = retries.again(bench, job.recipe, error)
        return SceneProgressed.later(task, again.wait_seconds, submitted=False)
    if ready:
        return SceneProgressed(**dict(task), ready=True)
    return SceneProgressed.later(task, polling.wait_seconds(job.recipe, made))

"""One scene's clip: look whether the provider has made it."""

from __future__ import annotations

from shared.assets.make import find_or_call
from shared.assets.models import Asset
from shared.errors import NotFound, PoorOutput, TaskFailed
from shared.lambdas.access import Access, Layer
from shared.lambdas.step import step
from shared.videos import clips, polling
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
        ready = isinstance(made, Asset) or polling.look(bench, made, job.maker) is not None
    except NotFound:  # an attempt before this one saw the task fail, and went down itself
        return SceneProgressed(**dict(task), ready=False, submitted=False)
    except TaskFailed as error:
        again = polling.ask_again(bench, job.recipe, error)
        return SceneProgressed(**dict(task), ready=False, submitted=False, wait_seconds=again.wait_seconds)
    except PoorOutput as error:
        again = polling.take_again(bench, job.recipe, error)
        return SceneProgressed(**dict(task), ready=False, submitted=False, wait_seconds=again.wait_seconds)
    call = None if isinstance(made, Asset) else made
    return SceneProgressed(**dict(task), ready=ready, wait_seconds=polling.wait_seconds(job.recipe, call))

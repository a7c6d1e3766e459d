"""One scene's narration: ask for it, look where it is, keep it."""

from __future__ import annotations

from shared.assets.make import keep, make
from shared.assets.models import Asset, Bench, Product, ProviderCall, Turn
from shared.assets.recipes import NarrationRecipe
from shared.database import transaction
from shared.errors import ProviderBusy, ProviderError, ProviderUnavailable
from shared.lambdas.access import Access, Layer
from shared.lambdas.step import step
from shared.providers.ports import Narrator, Submitted
from shared.videos import delivery, makers, piece_queries, polling, production, recipes, retries
from shared.videos.capacities import capacity_of
from shared.videos.tasks import SceneProgressed, SceneTask

TIMEOUT_SECONDS = 120


@step(
    needs={Access.DATABASE, Access.NARRATION_READ, Access.NARRATION_WRITE, Access.PROVIDERS},
    timeout_seconds=TIMEOUT_SECONDS,
    layers={Layer.CLIENTS, Layer.IMAGING},
)
def narrate(task: SceneTask) -> SceneProgressed:
    """Speak the scene's words. Run again while the provider is at work on them."""
    video, scene = production.load_scene(task, task.scene)
    with transaction(task.user_id) as db:
        if piece_queries.pinned(db, scene.id, "narration") is not None:
            return SceneProgressed(**dict(task), ready=True)
    narrator = makers.narrator(video.makers, scene)
    recipe = recipes.narration_recipe(video, scene, narrator)

    def start() -> Product | Submitted:
        spoken = narrator.submit(recipe)
        if isinstance(spoken, Submitted):
            return spoken
        return Product(spoken.content, spoken.content_type, spoken.cost_usd)

    bench = video.bench(scene, TIMEOUT_SECONDS)
    try:
        capacity = capacity_of(task.user_id, narrator)
        made = make(bench, recipe, narrator.price(recipe), start, capacity, cancel=narrator.cancel)
        asset = _collect(bench, recipe, made, narrator) if isinstance(made, ProviderCall) else made
    except ProviderError as error:
        asset = retries.again(bench, recipe, error, fallback=video.makers.fallbacks.get("narration"))
    if isinstance(asset, Turn):
        return SceneProgressed.later(task, asset.wait_seconds)
    with production.settling(task) as db:
        piece_queries.set_narration(db, task.user_id, scene.id, asset.id)
    return SceneProgressed(**dict(task), ready=True)


def _collect(bench: Bench, recipe: NarrationRecipe, call: ProviderCall, narrator: Narrator) -> Asset | Turn:
    """What the task made, or when to look at it again. Raises what made it fail."""
    with production.work_dir() as directory:
        path = directory / "narration"
        try:
            status = polling.look(bench, call, narrator)
            if status is None:
                return Turn(polling.wait_seconds(recipe, call))
            content_type = delivery.fetch_narration(bench, call, narrator, recipe, path)
        except (ProviderBusy, ProviderUnavailable) as error:
            return Turn(polling.look_later(recipe, call, error))
        return keep(bench, recipe, Product(path, content_type, status.cost_usd), call.id)

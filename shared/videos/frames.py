"""A scene's still picture: chosen, found or drawn."""

from __future__ import annotations

from shared.assets.make import make
from shared.assets.models import Asset, Product, Turn
from shared.database import transaction
from shared.errors import ProviderError, WorkInProgress
from shared.videos import makers, piece_queries, production, recipes, retries
from shared.videos.capacities import capacity_of
from shared.videos.queries import Scene, Video


def draw(video: Video, scene: Scene, lease_seconds: float) -> Asset | Turn:
    """The scene's frame: chosen by the user, found, or made now; or when to come back for it."""
    with transaction(video.user_id) as db:
        chosen = piece_queries.pinned(db, scene.id, "frame")
    if chosen is not None:
        return chosen
    maker = makers.image_maker(video.makers, scene)
    references = _references(video, scene) if maker.takes_references else []
    recipe = recipes.frame_recipe(video, scene, maker, tuple(each.sha256 for each in references))

    def start() -> Product:
        drawn = maker.draw(recipe, [production.read_picture(each) for each in references])
        return Product(drawn.picture.content, drawn.picture.content_type, drawn.cost_usd)

    bench = video.bench(scene, lease_seconds)
    try:
        made = make(bench, recipe, maker.price(recipe), start, capacity_of(video.user_id, maker))
    except ProviderError as error:
        return retries.again(bench, recipe, error, fallback=video.makers.fallbacks.get("frame"))
    if not isinstance(made, Asset | Turn):
        raise WorkInProgress("The frame is being drawn.")
    return made


def _references(video: Video, scene: Scene) -> list[Asset]:
    """The pictures to keep alike to. The scene that one was drawn for is not kept to that one."""
    if video.reference_asset_id is None:
        return []
    with transaction(video.user_id) as db:
        found = piece_queries.references(db, video.id)
    return [each for each in found if each.scene_id != scene.id]

"""A scene's clip on its way from the frame to a segment of the cut."""

from __future__ import annotations

from dataclasses import dataclass

from shared.assets.models import Asset, Bench
from shared.assets.recipes import ClipRecipe
from shared.database import transaction
from shared.errors import NotFound
from shared.providers.ports import ClipMaker
from shared.videos import makers, piece_queries, production, queries, recipes
from shared.videos.queries import Scene, Video
from shared.videos.tasks import SceneTask


@dataclass(frozen=True, slots=True)
class ClipJob:
    """All that the steps of a clip need."""

    video: Video
    scene: Scene
    frame: Asset
    frames: int
    """How many frames of the cut the scene has."""
    chosen: Asset | None
    """The clip that the user chose, whatever the recipe would give."""
    maker: ClipMaker
    recipe: ClipRecipe

    def bench(self, lease_seconds: float) -> Bench:
        """Where the clip is made."""
        return Bench(self.video.user_id, self.video.id, self.scene.ref, lease_seconds, self.video.executions)


def load(task: SceneTask) -> ClipJob:
    """The job of one scene. Raises NotFound where the scene has no frame yet."""
    video = production.load_video(task)
    with transaction(task.user_id) as db:
        scenes = queries.scenes(db, task.video_id)
        frame = piece_queries.scene_assets(db, task.video_id, "frame").get(task.scene)
        scene = next((each for each in scenes if each.number == task.scene), None)
        chosen = piece_queries.pinned(db, scene.id, "clip") if scene else None
    if scene is None or frame is None:
        raise NotFound(f"Scene {task.scene} has no frame yet.")
    maker = makers.clip_maker(video.makers, scene)
    return ClipJob(
        video=video,
        scene=scene,
        frame=frame,
        frames=production.scene_frames(scenes)[scene.number],
        chosen=chosen,
        maker=maker,
        recipe=recipes.clip_recipe(video, scene, maker, frame.sha256),
    )

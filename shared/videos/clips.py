"""A scene's clip on its way from the frame to a segment of the cut."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from shared.assets.models import Asset, Bench
from shared.assets.queries import asset_by_id
from shared.assets.recipes import ClipRecipe
from shared.database import transaction
from shared.errors import NotFound
from shared.providers.ports import ClipMaker, Picture
from shared.videos import makers, piece_queries, production, queries, recipes
from shared.videos.queries import Scene, Video
from shared.videos.tasks import SceneTask


@dataclass(frozen=True)
class ClipJob:
    """All that the steps of a clip need."""

    video: Video
    scene: Scene
    frames: int
    """How many frames of the cut the scene has."""
    chosen: Asset | None
    """The clip that the user chose, whatever the recipe would give."""
    _frame: Asset | None
    _last_frame: Asset | None

    @property
    def frame(self) -> Asset:
        """The frame that is set in motion. Raises NotFound where there is none: a chosen clip needs none."""
        if self._frame is None:
            raise NotFound(f"Scene {self.scene.number} has no frame yet.")
        return self._frame

    def read(self, sha256: str) -> Picture:
        """One of the pictures that the recipe names."""
        shown = [each for each in (self._frame, self._last_frame) if each is not None]
        return production.read_picture(next(each for each in shown if each.sha256 == sha256))

    @cached_property
    def maker(self) -> ClipMaker:
        """Whoever makes it."""
        return makers.clip_maker(self.video.makers, self.scene)

    @cached_property
    def recipe(self) -> ClipRecipe:
        """What determines it."""
        return recipes.clip_recipe(self.video, self.scene, self.maker, self.frame.sha256)

    def bench(self, lease_seconds: float) -> Bench:
        """Where the clip is made."""
        return self.video.bench(self.scene, lease_seconds)


def load(task: SceneTask) -> ClipJob:
    """The job of one scene. Raises NotFound where there is no such scene."""
    video = production.load_video(task)
    with transaction(task.user_id) as db:
        scenes = queries.scenes(db, task.video_id)
        frame = piece_queries.scene_assets(db, task.video_id, "frame").get(task.scene)
        scene = next((each for each in scenes if each.number == task.scene), None)
        if scene is None:
            raise NotFound(f"The video has no scene {task.scene}.")
        chosen = piece_queries.pinned(db, scene.id, "clip")
        last = asset_by_id(db, scene.last_frame_asset_id) if scene.last_frame_asset_id else None
    return ClipJob(
        video=video,
        scene=scene,
        frames=production.scene_frames(scenes)[scene.number],
        chosen=chosen,
        _frame=frame,
        _last_frame=last,
    )

"""One scene's still picture."""

from __future__ import annotations

from shared.assets.models import Turn
from shared.lambdas.access import Access, Layer
from shared.lambdas.step import step
from shared.videos import frames, piece_queries, production
from shared.videos.tasks import FrameDrawn, SceneTask

TIMEOUT_SECONDS = 240


@step(
    needs={Access.DATABASE, Access.FRAMES_READ, Access.FRAMES_WRITE, Access.PROVIDERS},
    memory_mb=1024,  # it mostly waits for the painter's answer, and each MB is paid for all the while
    timeout_seconds=TIMEOUT_SECONDS,
    layers={Layer.CLIENTS, Layer.IMAGING},
)
def draw_frame(task: SceneTask) -> FrameDrawn:
    """Draw the scene's frame, or say when it is its turn."""
    video, scene = production.load_scene(task, task.scene)
    if video.piece == "cut":  # of clips that there are
        return FrameDrawn(**dict(task), ready=True)
    frame = frames.draw(video, scene, TIMEOUT_SECONDS)
    if isinstance(frame, Turn):
        return FrameDrawn.later(task, frame.wait_seconds)
    with production.settling(task) as db:
        piece_queries.set_frame(db, task.user_id, scene.id, frame.id)
    return FrameDrawn(**dict(task), ready=True, stop=video.request.stop_after == "frames")

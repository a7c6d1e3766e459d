"""What the frames are kept alike to: the user's own picture, or the first frame."""

from __future__ import annotations

from shared.assets.models import Turn
from shared.lambdas.access import Access, Layer
from shared.lambdas.step import step
from shared.videos import frames, makers, piece_queries, production
from shared.videos.tasks import Storyboard

TIMEOUT_SECONDS = 240


@step(
    needs={Access.DATABASE, Access.FRAMES_READ, Access.FRAMES_WRITE, Access.PROVIDERS},
    memory_mb=1024,  # it mostly waits for the painter's answer, and each MB is paid for all the while
    timeout_seconds=TIMEOUT_SECONDS,
    layers={Layer.CLIENTS, Layer.IMAGING},
)
def choose_reference(board: Storyboard) -> Storyboard:
    """Draw the first frame, if the others are to be kept alike to it; or say when it is its turn."""
    video, scene = production.load_scene(board, 1)
    if (
        video.piece != "cut"
        and video.reference_asset_id is None
        and makers.image_terms(video.makers).takes_references
    ):
        frame = frames.draw(video, scene, TIMEOUT_SECONDS)
        if isinstance(frame, Turn):
            return Storyboard.later(board, frame.wait_seconds)
        with production.settling(board) as db:
            piece_queries.set_reference(db, board.video_id, frame.id)
    return board.model_copy(update={"ready": True})

"""The cut: every scene's segment, one audio track, captions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from shared import storage
from shared.assets.make import find, keep
from shared.assets.models import Asset, Product
from shared.assets.recipes import CaptionsRecipe, CutPiece, CutRecipe
from shared.database import transaction
from shared.errors import SceneFailed
from shared.lambdas.access import Access, Layer
from shared.lambdas.step import step
from shared.media.captions import webvtt
from shared.media.formats import CUT_FORMATS
from shared.media.merge import CutInput, merge
from shared.metrics import STAGE_SECONDS
from shared.videos import piece_queries, production, queries
from shared.videos.queries import Scene, Video
from shared.videos.tasks import Done, VideoTask

TIMEOUT_SECONDS = 600
DOWNLOADS_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class ScenePieces:
    """One scene, ready for the cut."""

    scene: Scene
    frames: int
    segment: Asset
    narration: Asset | None


@step(
    needs={Access.DATABASE, Access.NARRATION_READ, Access.CLIPS_READ, Access.CLIPS_WRITE},
    memory_mb=3008,
    timeout_seconds=TIMEOUT_SECONDS,
    layers={Layer.IMAGING, Layer.FFMPEG},
)
def merge_clips(task: VideoTask) -> Done:
    """Merge the video. Raises SceneFailed, and ScenesUnfinished where a scene still waits for something."""
    video = production.load_video(task)
    pieces = _pieces(video)
    recipe = _recipe(video, pieces)
    captions_recipe = CaptionsRecipe(cut=recipe.identity)
    bench = video.bench(None, TIMEOUT_SECONDS)
    cut = find(bench, recipe)
    captions = find(bench, captions_recipe)
    if cut is None:
        with production.work_dir() as directory, STAGE_SECONDS.timed(stage="cut"):
            output = directory / "final.mp4"
            vtt = _merge(video, pieces, directory, output)
            if vtt is not None:
                captions = keep(bench, captions_recipe, Product(vtt.encode(), "text/vtt"))
            cut = keep(bench, recipe, Product(output, "video/mp4"))
    with production.settling(task) as db:
        piece_queries.set_final(
            db,
            video,
            cut=cut.id,
            captions=captions.id if captions else None,
            frames=sum(piece.frames for piece in pieces),
        )
    return Done()


def _pieces(video: Video) -> list[ScenePieces]:
    with transaction(video.user_id) as db:
        failed = queries.first_scene_error(db, video.id)
        scenes = queries.scenes(db, video.id)
        segments = piece_queries.scene_assets(db, video.id, "segment")
        narrations = piece_queries.scene_assets(db, video.id, "narration")
    if failed is not None:
        raise SceneFailed(failed.message, details=failed.model_dump(mode="json"))
    production.refuse_unfinished(video, scenes, segment=segments, narration=narrations)
    frames = production.scene_frames(scenes)
    return [
        ScenePieces(scene, frames[scene.number], segments[scene.number], narrations.get(scene.number))
        for scene in scenes
    ]


def _recipe(video: Video, pieces: list[ScenePieces]) -> CutRecipe:
    return CutRecipe(
        title=video.title or "",
        ratio=video.request.aspect_ratio,
        captions=video.request.captions,
        pieces=tuple(
            CutPiece(
                segment=piece.segment.sha256,
                frames=piece.frames,
                narration=piece.narration.sha256 if piece.narration else None,
                caption=piece.scene.narration,
            )
            for piece in pieces
        ),
    )


def _merge(video: Video, pieces: list[ScenePieces], directory: Path, output: Path) -> str | None:
    """Write the cut; returns its captions as WebVTT, if it has any."""

    def fetch(asset: Asset) -> Path:
        # Scenes may share an asset: each content is fetched once, into a file of its own name.
        path = directory / f"{asset.sha256}{Path(asset.storage_key).suffix}"
        return storage.download(asset.storage_key, path)

    assets = {asset.id: asset for piece in pieces for asset in (piece.segment, piece.narration) if asset}
    with ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
        paths = dict(zip(assets, pool.map(fetch, assets.values()), strict=True))
    merged = merge(
        [
            CutInput(
                segment=paths[piece.segment.id],
                frames=piece.frames,
                narration=paths[piece.narration.id] if piece.narration else None,
                caption=piece.scene.narration,
            )
            for piece in pieces
        ],
        output,
        cut=CUT_FORMATS[video.request.aspect_ratio],
        captions=video.request.captions,
        work_dir=directory,
        title=video.title or "",
    )
    return webvtt(merged.captions) if merged.captions else None

"""Changing a video that is not being made: its words, its order, its takes. What a render then makes
again follows from the recipes; nothing that was made is thrown away.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from shared import storage
from shared.assets import make
from shared.assets.models import Asset, Bench, Product
from shared.assets.recipes import UploadRecipe
from shared.base64_text import decode_base64
from shared.database import Connection, reading, transaction
from shared.errors import Conflict, InvalidRequest, NotFound, PayloadTooLarge
from shared.lambdas.idempotency import NEW_REQUEST, Idempotency
from shared.uploads import service as uploads
from shared.videos import queries, scene_queries, views
from shared.videos.edits import (
    ChangeScene,
    NewScene,
    Piece,
    PlanView,
    SceneOrder,
    SceneUpload,
    TakeView,
)
from shared.videos.models import ACTIVE_STATES, MAX_SCENES
from shared.videos.plan import plan_video
from shared.videos.queries import Scene, Video
from shared.videos.scene_queries import Take

MAX_UPLOAD_BYTES = 200_000_000
"""Of a clip, which lasts some seconds."""

_AFTER_CHANGE: dict[str, tuple[Piece, ...]] = {
    "prompt": ("frame", "clip"),
    "style": ("frame", "clip"),
    "motion": ("clip",),
    "narration": ("narration",),
}
"""A change of these words wins over a take that was chosen before."""


def change_scene(user_id: UUID, video_id: UUID, number: int, change: ChangeScene) -> PlanView:
    """Change a scene's words or length; returns what a render would make."""
    with _editing(user_id, video_id) as (db, video):
        scene = _scene(db, video_id, number)
        fields = change.columns()
        scene_queries.update_scene(db, scene.id, fields)
        for piece in {piece for name in fields for piece in _AFTER_CHANGE.get(name, ())}:
            scene_queries.unpin(db, scene.id, piece)
        return _plan(db, video)


def insert_scene(
    user_id: UUID, video_id: UUID, new: NewScene, idempotency: Idempotency = NEW_REQUEST
) -> PlanView:
    """Put a new scene at a place; those behind it move back."""
    with _editing(user_id, video_id) as (db, video):
        if not idempotency.is_new(db):
            return _plan(db, video)
        count = len(queries.scenes(db, video_id))
        if count >= MAX_SCENES:
            raise InvalidRequest(f"A video has {MAX_SCENES} scenes at the most.")
        number = count + 1 if new.number is None else new.number
        if number > count + 1:
            raise InvalidRequest(f"The video has {count} scenes: a new one can be number 1 to {count + 1}.")
        scene_queries.make_room(db, video_id, number)
        scene_queries.add_scene(db, user_id, video_id, number, new)
        return _plan(db, video)


def delete_scene(user_id: UUID, video_id: UUID, number: int) -> PlanView:
    """Take a scene out; those behind it move up."""
    with _editing(user_id, video_id) as (db, video):
        scenes = queries.scenes(db, video_id)
        scene = _scene(db, video_id, number)
        if len(scenes) == 1:
            raise Conflict("A video keeps at least one scene.")
        scene_queries.delete_scene(db, video_id, scene.id, number)
        return _plan(db, video)


def order_scenes(user_id: UUID, video_id: UUID, order: SceneOrder) -> PlanView:
    """Put the scenes in another order."""
    with _editing(user_id, video_id) as (db, video):
        scenes = queries.scenes(db, video_id)
        if sorted(order.order) != [scene.number for scene in scenes]:
            raise InvalidRequest(f"Name each scene from 1 to {len(scenes)} once.")
        by_number = {scene.number: scene.id for scene in scenes}
        scene_queries.renumber(db, [by_number[number] for number in order.order])
        return _plan(db, video)


def retake(
    user_id: UUID, video_id: UUID, number: int, piece: Piece, idempotency: Idempotency = NEW_REQUEST
) -> PlanView:
    """Have a piece of a scene made anew from the same words. The earlier takes stay."""
    with _editing(user_id, video_id) as (db, video):
        if not idempotency.is_new(db):
            return _plan(db, video)
        scene = _scene(db, video_id, number)
        scene_queries.next_take(db, scene.id, piece)
        for each in ("frame", "clip") if piece == "frame" else (piece,):
            scene_queries.unpin(db, scene.id, each)
        return _plan(db, video)


def list_takes(user_id: UUID, video_id: UUID, number: int) -> list[TakeView]:
    """Everything that was ever made or uploaded for a scene, oldest first."""
    with reading(user_id) as read:
        video = read(queries.video_question(video_id))
        scenes = read(queries.scenes_question(video_id))
        takes = read(scene_queries.takes(video_id, number))
    _known(video.one)
    _numbered(scenes.all, number)
    return [_take_view(take) for take in takes.all]


def use_take(user_id: UUID, video_id: UUID, number: int, take: int) -> PlanView:
    """Choose an earlier take. It costs nothing; what depends on it is made by the next render."""
    with _editing(user_id, video_id) as (db, video):
        scene = _scene(db, video_id, number)
        takes = scene_queries.takes(video_id, number).all(db)
        if not 1 <= take <= len(takes):
            raise NotFound(f"Scene {number} has no take {take}.")
        chosen = takes[take - 1]
        scene_queries.pin(db, user_id, scene.id, chosen.piece, chosen.asset_id)
        if chosen.piece == "frame":
            scene_queries.unpin(db, scene.id, "clip")
        return _plan(db, video)


def put_frame(user_id: UUID, video_id: UUID, number: int, upload: SceneUpload) -> PlanView:
    """A picture of the user's takes the place of a scene's frame."""
    from shared.media.pictures import read_picture  # noqa: PLC0415 - Pillow, for those who upload
    from shared.videos.production import work_dir  # noqa: PLC0415 - the same

    bench, scene = _scene_to_edit(user_id, video_id, number)
    with work_dir() as directory:
        path = directory / "frame"
        _write_upload(user_id, upload, {"image"}, path)
        picture = read_picture(path.read_bytes())
    asset = _keep_upload(bench, Product(picture.content, picture.content_type))
    return _pin_upload(user_id, video_id, scene, "frame", asset)


def put_clip(user_id: UUID, video_id: UUID, number: int, upload: SceneUpload) -> PlanView:
    """A clip of the user's takes the place of a scene's. The next render conforms it to the cut."""
    from shared.media.probe import probe_video  # noqa: PLC0415 - PyAV, for those who upload
    from shared.videos.production import work_dir  # noqa: PLC0415 - the same

    bench, scene = _scene_to_edit(user_id, video_id, number)
    with work_dir() as directory:
        path = directory / "clip.mp4"
        _write_upload(user_id, upload, {"video", "final_video"}, path)
        probe_video(path)
        asset = _keep_upload(bench, Product(path, "video/mp4"))
    return _pin_upload(user_id, video_id, scene, "clip", asset)


def _pin_upload(user_id: UUID, video_id: UUID, scene: Scene, piece: Piece, asset: Asset) -> PlanView:
    with _editing(user_id, video_id) as (db, video):
        scene_queries.pin(db, user_id, scene.id, piece, asset.id)
        if piece == "frame":
            scene_queries.unpin(db, scene.id, "clip")
        return _plan(db, video)


def _keep_upload(bench: Bench, product: Product) -> Asset:
    return make.keep(bench, UploadRecipe(sha256=make.sha256_of(product.content)), product)


def _write_upload(user_id: UUID, upload: SceneUpload, kinds: set[str], path: Path) -> None:
    """What the user sent, or has sent before, in a file. Raises NotFound, Conflict, PayloadTooLarge."""
    if upload.upload_id is None:
        path.write_bytes(decode_base64(upload.content or "", "content"))
        return
    stored = uploads.stored(user_id, upload.upload_id)
    if stored.kind not in kinds or stored.storage_key is None:
        raise InvalidRequest(f"The upload is of the kind {stored.kind}. Take one of: {', '.join(kinds)}.")
    if stored.size_bytes > MAX_UPLOAD_BYTES:
        raise PayloadTooLarge("The file is too large for a scene.", details={"maxBytes": MAX_UPLOAD_BYTES})
    storage.download(stored.storage_key, path)


def _scene_to_edit(user_id: UUID, video_id: UUID, number: int) -> tuple[Bench, Scene]:
    """The scene, before a file is looked at for it, and where the file is kept."""
    with _editing(user_id, video_id) as (db, video):
        scene = _scene(db, video_id, number)
        return video.bench(scene, 0), scene


@contextmanager
def _editing(user_id: UUID, video_id: UUID) -> Iterator[tuple[Connection, Video]]:
    """A transaction in which nobody else edits or renders the video. Raises NotFound, Conflict."""
    with transaction(user_id) as db:
        scene_queries.lock_video(db, video_id)
        video = _find(db, video_id)
        if video.state in ACTIVE_STATES:
            raise Conflict("The video is being made. Wait for it, or cancel it first.")
        if video.piece is not None:
            raise Conflict("This was asked for alone, and is what was asked for. Ask for another.")
        if video.sheet is None:
            raise Conflict("The video has no story yet. Render it first.")
        yield db, video


def _find(db: Connection, video_id: UUID) -> Video:
    return _known(queries.find_video(db, video_id))


def _known(video: Video | None) -> Video:
    if video is None:
        raise NotFound("There is no such video.")
    return video


def _scene(db: Connection, video_id: UUID, number: int) -> Scene:
    return _numbered(queries.scenes(db, video_id), number)


def _numbered(scenes: list[Scene], number: int) -> Scene:
    scene = next((each for each in scenes if each.number == number), None)
    if scene is None:
        raise NotFound(f"The video has no scene {number}.")
    return scene


def _plan(db: Connection, video: Video) -> PlanView:
    return views.plan_view(plan_video(db, video))


def _take_view(take: Take) -> TakeView:
    return TakeView(
        take=take.take,
        piece=take.piece,
        maker=take.maker,
        used=take.used,
        url=storage.presigned_url(take.storage_key),
        created_at=take.created_at,
    )

"""What every step of the workflow needs: the video it works on, and the pieces that others made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from shared import storage
from shared.assets import queries as asset_queries
from shared.assets.models import Asset
from shared.database import Connection, transaction
from shared.errors import NotFound, NotInTheMaking, ScenesUnfinished
from shared.media.formats import frames_until
from shared.providers.ports import Picture
from shared.videos import execution_queries, queries
from shared.videos.queries import Scene, Video
from shared.videos.tasks import VideoTask


def load_video(task: VideoTask) -> Video:
    """The video at work. Raises NotFound, and NotInTheMaking where this execution is not to make it."""
    with transaction(task.user_id) as db:
        begun = execution_queries.begin(db, task.video_id, task.execution)
        video = queries.find_video(db, task.video_id)
    if video is None:
        raise NotFound("There is no such video.")
    if not begun:
        raise NotInTheMaking("The video is not being made any more.")
    return video


def load_scene(task: VideoTask, number: int) -> tuple[Video, Scene]:
    """The video at work and one of its scenes."""
    video = load_video(task)
    with transaction(task.user_id) as db:
        found = [scene for scene in queries.scenes(db, task.video_id) if scene.number == number]
    if not found:
        raise NotFound(f"The video has no scene {number}.")
    return video, found[0]


@contextmanager
def settling(task: VideoTask) -> Iterator[Connection]:
    """A transaction that changes the video, if this execution is still the one that makes it.

    A Lambda of a stopped execution goes on to its end: it must not overwrite what a later one made, or
    what the user chose meanwhile. Raises NotInTheMaking.
    """
    with transaction(task.user_id) as db:
        if not asset_queries.is_in_the_making(db, task.video_id, task.execution):
            raise NotInTheMaking("The video is not being made any more.")
        yield db


def refuse_unfinished(video: Video, scenes: list[Scene], **made: Mapping[int, Asset]) -> None:
    """Raise ScenesUnfinished where a scene lacks one of the pieces `made`, which is given by kind."""
    for scene in scenes:
        for kind, assets in made.items():
            wanted = kind != "narration" or (video.request.narration and bool(scene.narration))
            if wanted and scene.number not in assets:
                raise ScenesUnfinished(
                    f"Scene {scene.number} has no {kind} yet.", details={"scene": scene.number}
                )


def scene_durations_ms(duration_seconds: int, count: int) -> list[int]:
    """How long each scene lasts: as even as whole milliseconds allow, and exactly the whole in sum."""
    total = duration_seconds * 1000
    edges = [round(total * number / count) for number in range(count + 1)]
    return [end - start for start, end in pairwise(edges)]


def scene_frames(scenes: list[Scene]) -> dict[int, int]:
    """How many frames each scene has in the cut: counted from the start, so that nothing drifts."""
    frames: dict[int, int] = {}
    elapsed_ms = 0
    for scene in scenes:
        start = frames_until(elapsed_ms)
        elapsed_ms += scene.duration_ms
        frames[scene.number] = frames_until(elapsed_ms) - start
    return frames


def read_picture(asset: Asset) -> Picture:
    """A stored picture. It was checked when it was stored."""
    content_type = asset.content_type
    if content_type not in {"image/png", "image/jpeg", "image/webp"}:
        raise NotFound(f"The asset {asset.id} is no picture.")
    return Picture(storage.read(asset.storage_key), content_type)  # type: ignore[arg-type]


@contextmanager
def work_dir() -> Iterator[Path]:
    """A private directory that is gone afterwards: Lambda keeps /tmp for the next invocation."""
    with TemporaryDirectory(prefix="storyreel-") as name:
        yield Path(name)

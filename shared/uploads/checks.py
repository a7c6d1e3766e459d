"""Looking into what came, by its bytes. What passes is stored where it stays."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from shared import storage
from shared.media import pictures
from shared.media.layout import read_layout
from shared.media.models import Picture
from shared.media.probe import VideoInfo, probe_video
from shared.media.ranged import RangedFile
from shared.media.sample import VideoSample, sample_video
from shared.uploads.keys import incoming_key, upload_key
from shared.uploads.models import MAX_IMAGE_BYTES
from shared.uploads.queries import Found, NewUpload

MOST_BYTES_READ = 96 * 1024**2
"""Of a video too large to be fetched: its index, which may be 32 MiB, thrice."""


def read_image(content: bytes) -> Picture:
    """Decode a picture and encode it anew: nothing but the picture itself is kept.

    Raises MediaError, UnsupportedMedia and PayloadTooLarge.
    """
    return pictures.read_picture(content, max_bytes=MAX_IMAGE_BYTES)


def keep_image(upload: NewUpload, picture: Picture) -> Found:
    """Store a picture that was read."""
    width, height = pictures.size_of(picture)
    key = _key(upload, picture.content_type)
    storage.put(key, picture.content, picture.content_type)
    return Found(key, picture.content_type, len(picture.content), width, height, None)


def keep_small_video(upload: NewUpload) -> Found:
    """Fetch a video, look at every packet of it, and store it. Raises MediaError."""
    with TemporaryDirectory(prefix="storyreel-") as folder:
        path = storage.download(incoming_key(upload), Path(folder) / "video")
        info = probe_video(path)
        content_type = _content_type(path)
        key = _key(upload, content_type)
        storage.put(key, path, content_type)
        return _found(key, content_type, path.stat().st_size, info)


def keep_large_video(upload: NewUpload) -> Found:
    """Look into a video where it lies, and copy it there. Raises MediaError.

    It came in parts: once these are put together, nobody has an address left to change it by.
    """
    source = incoming_key(upload)
    size = storage.describe(source).size_bytes
    far = RangedFile(size, lambda first, last: storage.fetch(source, first, last), most_bytes=MOST_BYTES_READ)
    sample = sample_video(far, size)
    key = _key(upload, sample.content_type)
    storage.copy(source, key, sample.content_type)
    return _found(key, sample.content_type, size, sample)


def _key(upload: NewUpload, content_type: str) -> str:
    return upload_key(upload.user_id, upload.request_id, upload.kind, upload.id, content_type)


def _content_type(path: Path) -> str:
    with path.open("rb") as file:
        return "video/quicktime" if read_layout(file).quicktime else "video/mp4"


def _found(key: str, content_type: str, size: int, video: VideoInfo | VideoSample) -> Found:
    milliseconds = video.duration_ms if isinstance(video, VideoSample) else round(video.duration * 1000)
    return Found(key, content_type, size, video.width, video.height, milliseconds)

"""Where a picture or a clip comes from that a piece is made of: the request, our own storage, or the web.

What we made ourselves was checked when it was stored and is copied as it is. Anything else is read by its
bytes, within limits, before it is kept.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from shared import storage
from shared.assets import make
from shared.assets.keys import storage_prefix, suffix_for
from shared.assets.models import Asset, Bench, Product
from shared.assets.recipes import UploadRecipe
from shared.base64_text import decode_base64
from shared.database import transaction
from shared.errors import (
    AssetMissing,
    InvalidRequest,
    NotFound,
    PayloadTooLarge,
    ProviderError,
    UnsupportedMedia,
)
from shared.library.keys import MediaKey, key_in, own_key
from shared.media.formats import CUT_FORMATS, FRAMES_PER_SECOND
from shared.pieces import queries
from shared.providers.download import Downloader, DownloadLimits, Sniff, sniff_video
from shared.uploads import service as uploads

MAX_PICTURE_BYTES = 20 * 1024 * 1024
PICTURE_SECONDS = 10.0
MAX_CLIP_BYTES = 200_000_000
MAX_CLIPS_BYTES = 400_000_000
"""Of all that are brought from outside for one cut: a Lambda has 512 MB of room."""
MAX_PICTURES_BYTES = 60_000_000
"""Of all that are brought for one video: they are held in memory, and sent to the painter for each frame."""
OUTSIDE_SECONDS = 18.0
"""In which all have to be there and looked at: the request itself has 29."""
SHORTEST_CLIP_MS = 500


@dataclass(frozen=True, slots=True)
class Ingredient:
    """A checked file that a piece is to be made of: its content, or the key of an object of ours."""

    sha256: str
    content_type: str
    size_bytes: int
    content: bytes | Path | None = None
    key: str | None = None

    @classmethod
    def of_content(cls, content: bytes | Path, content_type: str) -> Ingredient:
        """A file from outside."""
        size = len(content) if isinstance(content, bytes) else content.stat().st_size
        return cls(make.sha256_of(content), content_type, size, content=content)

    @classmethod
    def of_asset(cls, asset: Asset) -> Ingredient:
        """Something that we made or checked before."""
        return cls(asset.sha256, asset.content_type, asset.size_bytes, key=asset.storage_key)

    @property
    def recipe(self) -> UploadRecipe:
        """What it is known by in its piece."""
        return UploadRecipe(sha256=self.sha256)

    def store(self, bench: Bench) -> Asset:
        """Store it with the piece, as an asset of its own; whoever calls records that."""
        if self.content is not None:
            return make.store(bench, self.recipe, Product(self.content, self.content_type))
        target = storage_prefix(bench, self.recipe) + suffix_for(self.content_type)
        storage.copy(self.key or "", target, self.content_type)
        return Asset(
            id=uuid4(),
            scene_id=None,
            kind=self.recipe.kind,
            identity=self.recipe.identity,
            sha256=self.sha256,
            storage_key=target,
            content_type=self.content_type,
            size_bytes=self.size_bytes,
        )


@dataclass(frozen=True, slots=True)
class ClipIngredient:
    """A clip for a cut, how long it is, and the ratio of ours that it has or comes nearest to."""

    file: Ingredient
    duration_ms: int
    ratio: str


def picture(
    user_id: UUID, source: str, field: str, directory: Path, *, deadline: float | None = None
) -> Ingredient:
    """A picture by base64, data: URI, address, key or upload. Raises NotFound for what is not the user's.

    And MalformedRequest, InvalidRequest, UnsupportedMedia, PayloadTooLarge, MediaError, and Conflict for an
    upload that is not complete. `deadline`: when it must be there, by `time.monotonic()`, if it is one of
    several.
    """
    key = _own_key(user_id, source)
    if key is not None:
        return _own_picture(user_id, key, field)
    if _is_address(source):
        path = directory / "picture"
        limits = DownloadLimits(MAX_PICTURE_BYTES, PICTURE_SECONDS)
        latest = time.monotonic() + OUTSIDE_SECONDS if deadline is None else deadline
        _fetch(source, path, field, _sniff_picture, limits, latest)
        return _checked_picture(path.read_bytes())
    return _checked_picture(decode_base64(source, field))


def pictures(user_id: UUID, sources: Sequence[str], field: str, directory: Path) -> list[Ingredient]:
    """Several pictures, in their order. Errors as `picture`, of which each names its own."""
    deadline = time.monotonic() + OUTSIDE_SECONDS
    found: list[Ingredient] = []
    for number, source in enumerate(sources):
        _refuse_late(deadline, field)
        found.append(picture(user_id, source, f"{field}.{number}", directory, deadline=deadline))
        if sum(each.size_bytes for each in found) > MAX_PICTURES_BYTES:
            raise PayloadTooLarge(
                f"{field}: these pictures are too large together.", details={"maxBytes": MAX_PICTURES_BYTES}
            )
    return found


def clips(user_id: UUID, sources: list[str], directory: Path) -> list[ClipIngredient]:
    """Clips by address, key or upload, in their order. Errors as `picture`."""
    deadline = time.monotonic() + OUTSIDE_SECONDS
    found: dict[str, ClipIngredient] = {}
    room = MAX_CLIPS_BYTES
    for number, source in enumerate(sources):
        if source in found:
            continue
        _refuse_late(deadline, "clips")
        path, field = directory / f"clip-{number}.mp4", f"clips.{number}"
        key = _own_key(user_id, source)
        if key is None:
            limits = DownloadLimits(_most_bytes(room), OUTSIDE_SECONDS)
            _fetch(source, path, field, sniff_video, limits, deadline)
            found[source] = _checked_clip(path)
        else:
            found[source] = _own_clip(user_id, key, field, path, room, deadline)
        room -= path.stat().st_size if path.exists() else 0
    return [found[source] for source in sources]


def _refuse_late(deadline: float, field: str) -> None:
    if time.monotonic() >= deadline:
        raise InvalidRequest(
            f"{field}: it takes more than {OUTSIDE_SECONDS:.0f} s to fetch all of these and look into them."
            " Send fewer or smaller ones, or upload them first and name them by their s3Key."
        )


def session_clips(user_id: UUID, request_id: str) -> list[ClipIngredient]:
    """The session's clips that were asked for alone, by index; of each the latest. Raises NotFound."""
    with transaction(user_id) as db:
        segments = queries.session_segments(db, request_id)
    if not segments:
        raise NotFound("There are no finished clips in this session.")
    return [_of_segment(each) for each in segments]


def _own_picture(user_id: UUID, key: MediaKey, field: str) -> Ingredient:
    with transaction(user_id) as db:
        asset = queries.asset_at(db, key.text)
    if asset is not None and asset.content_type.startswith("image/"):
        return Ingredient.of_asset(asset)
    with _there():
        _check_own(key, field, "image", MAX_PICTURE_BYTES)
        # Nothing lies there that was not drawn anew: it is not drawn once more, which would cost sharpness.
        return Ingredient.of_content(storage.read(key.text), key.content_type)


def _own_clip(
    user_id: UUID, key: MediaKey, field: str, path: Path, room: int, deadline: float
) -> ClipIngredient:
    with transaction(user_id) as db:
        segment = queries.segment_at(db, key.text)
    if segment is not None:
        return _of_segment(segment)
    with _there():
        _check_own(key, field, "video", _most_bytes(room))
        storage.download(key.text, path, on_progress=lambda _: _refuse_late(deadline, field))
    return _checked_clip(path)


def _check_own(key: MediaKey, field: str, kind: str, most_bytes: int) -> None:
    """Look at an object before it is read. Raises InvalidRequest and PayloadTooLarge."""
    if not key.content_type.startswith(f"{kind}/"):
        raise InvalidRequest(f"{field}: this is {key.content_type}, and no {kind}.")
    if storage.describe(key.text).size_bytes > most_bytes:
        raise PayloadTooLarge(f"{field}: this {kind} is too large.", details={"maxBytes": most_bytes})


@contextmanager
def _there() -> Iterator[None]:
    """Raises NotFound where storage has no such object."""
    try:
        yield
    except AssetMissing as error:
        raise NotFound("There is no such object.") from error


def _most_bytes(room: int) -> int:
    """How large the next clip may be. Raises InvalidRequest where there is no room for one."""
    if room <= 0:
        megabytes = MAX_CLIPS_BYTES // 1_000_000
        raise InvalidRequest(f"These clips have {megabytes} MB together already. Merge some of them first.")
    return min(room, MAX_CLIP_BYTES)


def _of_segment(segment: queries.Segment) -> ClipIngredient:
    duration_ms = segment.frames * 1000 // FRAMES_PER_SECOND
    return ClipIngredient(Ingredient.of_asset(segment.asset), duration_ms, segment.ratio)


def _checked_picture(content: bytes) -> Ingredient:
    from shared.media.pictures import read_picture  # noqa: PLC0415 - Pillow, for those who bring one

    read = read_picture(content)
    return Ingredient.of_content(read.content, read.content_type)


def _checked_clip(path: Path) -> ClipIngredient:
    from shared.media.probe import probe_video  # noqa: PLC0415 - PyAV, for those who bring one

    info = probe_video(path)
    duration_ms = int(info.duration * 1000)
    if duration_ms < SHORTEST_CLIP_MS:
        raise InvalidRequest(f"A clip lasts {SHORTEST_CLIP_MS / 1000} s at least.")
    shape = Fraction(*info.shown_size)
    ratio = min(CUT_FORMATS, key=lambda each: abs(CUT_FORMATS[each].aspect / shape - 1))
    return ClipIngredient(Ingredient.of_content(path, "video/mp4"), duration_ms, ratio)


def _is_address(source: str) -> bool:
    return source[:8].lower().startswith(("http://", "https://"))


def _own_key(user_id: UUID, source: str) -> MediaKey | None:
    """The user's own key that a text is, or leads to as an address or upload of ours; None for anything else.

    Raises NotFound for a key of another's. An address with another's key is any address: it is fetched, and
    opens if its signature does.
    """
    if _is_address(source):
        try:
            key = key_in(source)
        except NotFound:
            return None
        return key if key.user_id == user_id else None
    if _ID.fullmatch(source):
        return own_key(user_id, uploads.stored(user_id, UUID(source)).storage_key or "")
    return own_key(user_id, source) if _KEY.match(source) else None


_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_KEY = re.compile(rf"{_ID.pattern}/", re.IGNORECASE)
"""How every key begins, and no base64 does: that has no hyphens."""


def _sniff_picture(head: bytes) -> str | None:
    from shared.media.pictures import picture_type  # noqa: PLC0415 - Pillow, for those who bring one

    try:
        return picture_type(head)
    except UnsupportedMedia:
        return None


def _fetch(
    address: str, into: Path, field: str, sniff: Sniff, limits: DownloadLimits, deadline: float
) -> None:
    """Fetch a file from a public address, and from no other, within its limits and by the deadline.

    Raises InvalidRequest.
    """
    seconds = min(limits.seconds_at_most, max(0.1, deadline - time.monotonic()))
    try:
        Downloader("address", loopback_allowed=False).download(
            address, into, sniff=sniff, limits=replace(limits, seconds_at_most=seconds)
        )
    except ProviderError as error:
        _refuse_late(deadline, field)
        raise InvalidRequest(
            f"{field}: {_host(address) or 'this address'} did not give a file that can be used. It must be a"
            f" public HTTPS address that answers 200 within {limits.seconds_at_most:g} s, with"
            f" {limits.bytes_at_most // 1_000_000} MB at the most."
        ) from error


def _host(address: str) -> str:
    """The host of an address, to be named; "" where it has none that could be."""
    try:
        return (urlsplit(address).hostname or "")[:100] if address.isascii() else ""
    except ValueError:  # https://[
        return ""

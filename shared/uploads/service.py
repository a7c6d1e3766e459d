"""Uploads: small pictures in the request itself, everything else straight to storage.

    announced      a row, and an address for a form (up to 16 MiB) or for each part (above)
    on its way     whoever asks is told which parts are there, and gets fresh addresses for the others
    complete       the bytes have been looked into, and lie where they stay
    refused        they were not what they have to be, and are deleted

What is never completed expires after a day, whether or not its user returns; the bucket's lifecycle clears
what it left, and a week later nothing says any more that it was begun.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from shared import multipart, storage
from shared.base64_text import decode_base64
from shared.database import Connection, reading, transaction
from shared.errors import (
    AssetMissing,
    Conflict,
    MediaError,
    NotFound,
    PayloadTooLarge,
    ServiceUnavailable,
    TooManyRequests,
    UnsupportedMedia,
)
from shared.lambdas.endpoint import Call
from shared.log import logger
from shared.storage import URL_SECONDS
from shared.uploads import queries, views
from shared.uploads.clearing import close_expired, note_upload_deletion
from shared.uploads.keys import incoming_key
from shared.uploads.models import UploadImage, UploadKind, UploadMethod, UploadVideo, UploadView
from shared.uploads.parts import PART_BYTES, part_sizes
from shared.uploads.queries import Found, NewUpload, Upload

OPEN_HOURS = 24
INLINE_HOURS = 1
"""What came in the request itself is complete at once, or never."""
MAX_OPEN = 20
"""Uploads on their way, of one user."""

_CLEARED_AT_ONCE = 5
_REFUSALS = (MediaError, UnsupportedMedia, PayloadTooLarge)


def upload_image(call: Call, order: UploadImage) -> UploadView:
    """Take a picture, or say where to send it. Raises MediaError, UnsupportedMedia, TooManyRequests."""
    if order.image is None:
        return announce(call, "image", order)
    from shared.uploads import checks  # noqa: PLC0415 - Pillow, for those who send a picture

    content = decode_base64(order.image, "image")
    picture = checks.read_image(content)
    new = _new(call, "image", "inline", order, picture.content_type, len(picture.content))
    with transaction(call.user_id) as db:  # first, so that nothing lies in storage that nobody knows of
        expired = close_expired(db, _CLEARED_AT_ONCE)
        is_new = call.idempotency.is_new(db)
        upload = queries.add(db, new, INLINE_HOURS) if is_new else queries.find(new.id).one(db)
    _forget_all(expired)
    if upload is None:
        raise _no_such_upload()
    if upload.state == "open":
        upload = _settled(upload, checks.keep_image(upload, picture))
    return views.upload_view(call, upload, order.expires_in)


def announce(call: Call, kind: UploadKind, order: UploadImage | UploadVideo) -> UploadView:
    """Begin an upload that goes straight to storage. Raises TooManyRequests over the quota.

    Sent again after an attempt that died, it finds that one's upload.
    """
    size = order.size_bytes or 0
    method: UploadMethod = "post" if kind == "image" or size <= PART_BYTES else "multipart"
    upload = _new(call, kind, method, order, order.content_type or "", size)
    with transaction(call.user_id) as db:
        expired = close_expired(db, _CLEARED_AT_ONCE)
        added = _begun(db, upload) if call.idempotency.is_new(db) else None
    _forget_all(expired)
    return views.upload_view(call, added or _find(call.user_id, upload.id), order.expires_in)


def _begun(db: Connection, upload: NewUpload) -> Upload:
    if queries.count_open(db, upload.user_id) >= MAX_OPEN:
        raise TooManyRequests(
            f"{MAX_OPEN} uploads are on their way. Complete or abort one.", retry_after_seconds=60
        )
    if upload.method == "multipart":  # only now, so that none is begun that nobody knows of
        begun = multipart.begin(incoming_key(upload), upload.content_type)
        upload = replace(upload, multipart_id=begun)
    return queries.add(db, upload, OPEN_HOURS)


def view(call: Call, upload_id: UUID, expires_in: int) -> UploadView:
    """An upload as it is, with what is needed to go on with it. Raises NotFound."""
    return views.upload_view(call, _find(call.user_id, upload_id), expires_in)


def complete(call: Call, upload_id: UUID, expires_in: int) -> UploadView:
    """Look into what has come, and keep or refuse it. Can be asked for again, whatever happened.

    Raises NotFound, Conflict where something is missing or the upload is over, and what is wrong with
    the bytes.
    """
    upload = _find(call.user_id, upload_id)
    if upload.state == "open":
        upload = _looked_into(upload)
    if upload.state != "complete":
        raise Conflict(f"The upload is {upload.state}. Begin a new one.")
    return views.upload_view(call, upload, expires_in)


def _looked_into(upload: Upload) -> Upload:
    """The upload once it has been looked into, here or by another request at the same time."""
    try:
        found = _checked(upload)
    except Conflict:
        now = _find(upload.user_id, upload.id)
        if now.state == "open":
            raise
        return now  # another request was quicker, and has taken away what came in
    return _settled(upload, found)


def _settled(upload: Upload, found: Found) -> Upload:
    """The upload with what was found and stored: it is kept, or deleted where it is not wanted any more.

    Raises NotFound where the upload's session was deleted meanwhile.
    """
    with transaction(upload.user_id) as db:
        kept = queries.complete(db, upload.id, found)
        now = queries.find(upload.id).one(db)
    if kept and upload.method != "inline":
        _forget_incoming(upload)
    if now is None or now.storage_key != found.storage_key:  # given up, or gone with its session
        storage.delete(found.storage_key)
    if now is None:
        raise _no_such_upload()
    return now


def abort(call: Call, upload_id: UUID) -> UploadView:
    """Give an upload up and throw away what has come. Raises NotFound, and Conflict when it is complete."""
    with transaction(call.user_id) as db:
        aborted = queries.abort(db, upload_id)
        upload = queries.find(upload_id).one(db)
        if aborted and upload is not None:
            note_upload_deletion(db, upload)
    if upload is None:
        raise _no_such_upload()
    if upload.state == "complete":
        raise Conflict("The upload is complete.")
    _forget_incoming(upload)
    return views.upload_view(call, upload, URL_SECONDS)


def stored(user_id: UUID, upload_id: UUID) -> Upload:
    """A complete upload. Raises NotFound, and Conflict while it is on its way."""
    upload = _find(user_id, upload_id)
    if upload.state != "complete":
        raise Conflict(f"The upload is {upload.state}. Complete it first.")
    return upload


def _new(
    call: Call,
    kind: UploadKind,
    method: UploadMethod,
    order: UploadImage | UploadVideo,
    content_type: str,
    size_bytes: int,
) -> NewUpload:
    return NewUpload(
        id=call.idempotency.new_id("upload"),
        user_id=call.user_id,
        request_id=order.request_id or str(call.idempotency.new_id("session")),
        kind=kind,
        method=method,
        content_type=content_type,
        size_bytes=size_bytes,
        file_name=order.file_name,
    )


def _find(user_id: UUID, upload_id: UUID) -> Upload:
    with reading(user_id) as read:
        found = read(queries.find(upload_id))
    if found.one is None:
        raise _no_such_upload()
    return found.one


def _no_such_upload() -> NotFound:
    return NotFound("There is no such upload.")


def _checked(upload: Upload) -> Found:
    """What the bytes are, once all are there. Refused ones are deleted. Raises Conflict, and the refusal."""
    from shared.uploads import checks  # noqa: PLC0415 - Pillow and PyAV, for those who complete

    try:
        if upload.method == "multipart":
            _put_together(upload)
            return checks.keep_large_video(upload)
        if upload.kind == "image":
            picture = checks.read_image(storage.read(incoming_key(upload)))
            return checks.keep_image(upload, picture)
        return checks.keep_small_video(upload)
    except AssetMissing as error:
        raise Conflict("Nothing has been uploaded yet.") from error
    except _REFUSALS as error:
        storage.delete(incoming_key(upload))
        refusal = MediaError(error.message, details=error.details)
        with transaction(upload.user_id) as db:
            queries.refuse(db, upload.id, refusal.code, refusal.message)
        raise refusal from error


def _put_together(upload: Upload) -> None:
    """Make one object of the parts, unless that was done before. Raises Conflict where one is missing."""
    key, multipart_id = incoming_key(upload), upload.multipart_id or ""
    try:
        there = multipart.parts(key, multipart_id)
        sizes = {each.number: each.size_bytes for each in there}
        wanted = dict(enumerate(part_sizes(upload.size_bytes), start=1))
        if sizes != wanted:
            missing = [number for number, size in wanted.items() if sizes.get(number) != size]
            raise Conflict("Parts are missing.", details={"missingParts": missing})
        multipart.put_together(key, multipart_id, there)
    except AssetMissing:
        storage.describe(key)  # an earlier attempt came this far; AssetMissing if it did not


def _forget_all(expired: list[Upload]) -> None:
    for each in expired:
        _forget_incoming(each)


def _forget_incoming(upload: Upload) -> None:
    """Throw away what came in. Best effort: the bucket's lifecycle does the same in a day or two."""
    try:
        if upload.multipart_id is not None:
            multipart.give_up(incoming_key(upload), upload.multipart_id)
    except AssetMissing:
        logger().debug("no parts are left", extra={"upload_id": str(upload.id)})
    except ServiceUnavailable:
        logger().warning("parts left to the bucket's lifecycle", extra={"upload_id": str(upload.id)})
    try:
        storage.delete(incoming_key(upload))
    except ServiceUnavailable:
        logger().warning("object left to the bucket's lifecycle", extra={"upload_id": str(upload.id)})

"""Objects in the media bucket. Private: media leaves by presigned, expiring URLs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from shared.aws import client
from shared.errors import AssetMissing, RangeNotSatisfiable, StorageUnavailable
from shared.settings import MediaSettings, settings

URL_SECONDS = 3600
"""How long a presigned URL opens, unless the caller asks otherwise."""

_DELETE_BATCH = 1000
"""The most keys that S3 deletes in one call."""


class _OutOfRange(Exception):
    """A range begins behind the object's end."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What storage says of an object."""

    key: str
    size_bytes: int
    etag: str


def put(key: str, content: bytes | Path, content_type: str) -> None:
    """Store an object, whole or not at all."""
    with translated(key):
        if isinstance(content, Path):
            with content.open("rb") as file:
                client("s3").put_object(Bucket=bucket(), Key=key, Body=file, ContentType=content_type)
        else:
            client("s3").put_object(Bucket=bucket(), Key=key, Body=content, ContentType=content_type)


def read(key: str) -> bytes:
    """An object's content in memory: for stories and pictures. Raises AssetMissing."""
    with translated(key):
        content: bytes = client("s3").get_object(Bucket=bucket(), Key=key)["Body"].read()
        return content


def download(key: str, into: Path, *, on_progress: Callable[[int], None] | None = None) -> Path:
    """An object's content in a file. Raises AssetMissing.

    `on_progress` is told of every few bytes that have come. What it raises ends the download.
    """
    with translated(key):
        client("s3").download_file(bucket(), key, str(into), Callback=on_progress)
    return into


def find(prefix: str, name: str) -> StoredObject | None:
    """The first object whose key begins with `prefix` and has `name` in it."""
    with translated(prefix):
        pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket(), Prefix=prefix)
        for page in pages:
            for each in page.get("Contents", []):
                if name in each["Key"]:
                    return StoredObject(each["Key"], each["Size"], each["ETag"])
    return None


def content_type(key: str) -> str:
    """The type that an object was stored with."""
    with translated(key):
        return str(client("s3").head_object(Bucket=bucket(), Key=key)["ContentType"])


@dataclass(frozen=True, slots=True)
class OpenPart:
    """A range of an object's bytes that storage is about to send."""

    etag: str
    size_bytes: int
    """Of the whole object."""
    first: int
    last: int
    _body: Any

    def read(self) -> bytes:
        """The bytes. Raises StorageUnavailable where the connection breaks."""
        with translated("it"), closing(self._body):
            content: bytes = self._body.read()
        if len(content) != self.last - self.first + 1:
            raise StorageUnavailable("Storage did not send everything. Try again.")
        return content

    def close(self) -> None:
        """Leave the bytes where they are."""
        self._body.close()


def open_part(key: str, first: int, last: int, *, etag: str | None = None) -> OpenPart:
    """Some of an object's bytes, `last` included, as far as there are any.

    With `etag`, of that version alone. Raises AssetMissing and RangeNotSatisfiable.
    """
    condition = {} if etag is None else {"IfMatch": etag}
    try:
        with translated(key):
            answer = client("s3").get_object(
                Bucket=bucket(), Key=key, Range=f"bytes={first}-{last}", **condition
            )
    except _OutOfRange as error:
        raise RangeNotSatisfiable(describe(key).size_bytes) from error
    size = int(answer["ContentRange"].rpartition("/")[2])
    return OpenPart(answer["ETag"], size, first, min(last, size - 1), answer["Body"])


def fetch(key: str, first: int, last: int) -> bytes:
    """Some of an object's bytes, `last` included. Raises AssetMissing and RangeNotSatisfiable."""
    return open_part(key, first, last).read()


def describe(key: str) -> StoredObject:
    """What storage says of an object. Raises AssetMissing."""
    with translated(key):
        answer = client("s3").head_object(Bucket=bucket(), Key=key)
    return StoredObject(key, answer["ContentLength"], answer["ETag"])


def presigned_url(key: str, *, seconds: int = URL_SECONDS, method: str = "GET") -> str:
    """A URL that opens the object for a while, or with HEAD says how large it is."""
    parameters = {"Bucket": bucket(), "Key": key}
    operation = "head_object" if method == "HEAD" else "get_object"
    url: str = client("s3").generate_presigned_url(operation, Params=parameters, ExpiresIn=seconds)
    return url


def presigned_form(
    key: str, content_type: str, *, size_bytes: int, seconds: int
) -> tuple[str, dict[str, str]]:
    """The URL and the fields of a form that stores one object: of that key, that type, that size."""
    form = client("s3").generate_presigned_post(
        Bucket=bucket(),
        Key=key,
        Fields={"Content-Type": content_type},
        Conditions=[{"Content-Type": content_type}, ["content-length-range", size_bytes, size_bytes]],
        ExpiresIn=seconds,
    )
    return form["url"], form["fields"]


def copy(source: str, key: str, content_type: str) -> None:
    """Store an object once more under another key, in storage itself: a gigabyte takes seconds.

    Raises AssetMissing.
    """
    with translated(source):
        client("s3").copy(
            {"Bucket": bucket(), "Key": source},
            bucket(),
            key,
            ExtraArgs={"ContentType": content_type, "MetadataDirective": "REPLACE"},
        )


def delete(key: str) -> None:
    """Delete an object. One that is not there is no mistake."""
    with translated(key):
        client("s3").delete_object(Bucket=bucket(), Key=key)


def delete_all(prefix: str, *, having: Sequence[str] = ()) -> int:
    """Delete every object whose key begins so and has one of these texts in it, if any; returns how many."""
    deleted = 0
    with translated(prefix):
        pages = (
            client("s3")
            .get_paginator("list_objects_v2")
            .paginate(Bucket=bucket(), Prefix=prefix, PaginationConfig={"PageSize": _DELETE_BATCH})
        )
        for page in pages:
            found = page.get("Contents", [])
            keys = [
                {"Key": each["Key"]}
                for each in found
                if not having or any(text in each["Key"] for text in having)
            ]
            if keys:
                answer = client("s3").delete_objects(Bucket=bucket(), Delete={"Objects": keys, "Quiet": True})
                if answer.get("Errors"):
                    raise StorageUnavailable("Storage did not delete everything. Try again.")
                deleted += len(keys)
    return deleted


def bucket() -> str:
    """The media bucket's name."""
    return settings(MediaSettings).bucket


@contextmanager
def translated(key: str) -> Iterator[None]:
    """What the SDK raises about an object, as errors of ours."""
    try:
        yield
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status == HTTPStatus.NOT_FOUND:
            raise AssetMissing(f"Storage has no object {key}.") from error
        if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise _OutOfRange(key) from error
        raise StorageUnavailable("Storage refused or failed.") from error
    except BotoCoreError as error:
        raise StorageUnavailable("Storage does not answer.") from error

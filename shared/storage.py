"""Objects in the media bucket. Private: media leaves by presigned, expiring URLs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from shared.aws import client
from shared.errors import AssetMissing, StorageUnavailable
from shared.settings import MediaSettings, settings

URL_SECONDS = 3600
"""How long a presigned URL opens, unless the caller asks otherwise."""

_DELETE_BATCH = 1000
"""The most keys that S3 deletes in one call."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What storage says of an object."""

    key: str
    size_bytes: int


def put(key: str, content: bytes | Path, content_type: str) -> None:
    """Store an object, whole or not at all."""
    with _translated(key):
        if isinstance(content, Path):
            with content.open("rb") as file:
                client("s3").put_object(Bucket=_bucket(), Key=key, Body=file, ContentType=content_type)
        else:
            client("s3").put_object(Bucket=_bucket(), Key=key, Body=content, ContentType=content_type)


def read(key: str) -> bytes:
    """An object's content in memory: for stories and pictures. Raises AssetMissing."""
    with _translated(key):
        content: bytes = client("s3").get_object(Bucket=_bucket(), Key=key)["Body"].read()
        return content


def download(key: str, into: Path) -> Path:
    """An object's content in a file. Raises AssetMissing."""
    with _translated(key):
        client("s3").download_file(_bucket(), key, str(into))
    return into


def find(prefix: str, name: str) -> StoredObject | None:
    """The first object whose key begins with `prefix` and has `name` in it."""
    with _translated(prefix):
        pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket=_bucket(), Prefix=prefix)
        for page in pages:
            for each in page.get("Contents", []):
                if name in each["Key"]:
                    return StoredObject(each["Key"], each["Size"])
    return None


def content_type(key: str) -> str:
    """The type that an object was stored with."""
    with _translated(key):
        return str(client("s3").head_object(Bucket=_bucket(), Key=key)["ContentType"])


def presigned_url(key: str, *, seconds: int = URL_SECONDS) -> str:
    """A URL that opens the object for a while."""
    parameters = {"Bucket": _bucket(), "Key": key}
    url: str = client("s3").generate_presigned_url("get_object", Params=parameters, ExpiresIn=seconds)
    return url


def presigned_form(
    key: str, content_type: str, *, max_bytes: int, seconds: int
) -> tuple[str, dict[str, str]]:
    """The URL and the fields of a form that stores one object of that type, within that size."""
    form = client("s3").generate_presigned_post(
        Bucket=_bucket(),
        Key=key,
        Fields={"Content-Type": content_type},
        Conditions=[{"Content-Type": content_type}, ["content-length-range", 1, max_bytes]],
        ExpiresIn=seconds,
    )
    return form["url"], form["fields"]


def delete_all(prefix: str) -> int:
    """Delete every object whose key begins so; returns how many."""
    deleted = 0
    with _translated(prefix):
        pages = (
            client("s3")
            .get_paginator("list_objects_v2")
            .paginate(Bucket=_bucket(), Prefix=prefix, PaginationConfig={"PageSize": _DELETE_BATCH})
        )
        for page in pages:
            keys = [{"Key": each["Key"]} for each in page.get("Contents", [])]
            if keys:
                answer = client("s3").delete_objects(
                    Bucket=_bucket(), Delete={"Objects": keys, "Quiet": True}
                )
                if answer.get("Errors"):
                    raise StorageUnavailable("Storage did not delete everything. Try again.")
                deleted += len(keys)
    return deleted


def _bucket() -> str:
    return settings(MediaSettings).bucket


@contextmanager
def _translated(key: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:  # noqa: PLR2004 - not found
            raise AssetMissing(f"Storage has no object {key}.") from error
        raise StorageUnavailable("Storage refused or failed.") from error
    except BotoCoreError as error:
        raise StorageUnavailable("Storage does not answer.") from error

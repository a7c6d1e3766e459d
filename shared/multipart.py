"""Objects that come in parts, each sent straight to storage by whoever has its address."""

from __future__ import annotations

from dataclasses import dataclass

from shared.aws import client
from shared.storage import bucket, translated


@dataclass(frozen=True, slots=True)
class Part:
    """One part that is there."""

    number: int
    size_bytes: int
    etag: str


def begin(key: str, content_type: str) -> str:
    """Begin an object in parts; returns storage's id for it."""
    with translated(key):
        answer = client("s3").create_multipart_upload(Bucket=bucket(), Key=key, ContentType=content_type)
    return str(answer["UploadId"])


def part_url(key: str, multipart_id: str, number: int, size_bytes: int, *, seconds: int) -> str:
    """The address that takes one part of exactly that size, by PUT."""
    url: str = client("s3").generate_presigned_url(
        "upload_part",
        Params={
            "Bucket": bucket(),
            "Key": key,
            "UploadId": multipart_id,
            "PartNumber": number,
            "ContentLength": size_bytes,
        },
        ExpiresIn=seconds,
    )
    return url


def parts(key: str, multipart_id: str) -> list[Part]:
    """What is there, by number. Raises AssetMissing where the object is put together, or given up."""
    with translated(key):
        pages = (
            client("s3").get_paginator("list_parts").paginate(Bucket=bucket(), Key=key, UploadId=multipart_id)
        )
        return [
            Part(each["PartNumber"], each["Size"], each["ETag"])
            for page in pages
            for each in page.get("Parts", [])
        ]


def put_together(key: str, multipart_id: str, there: list[Part]) -> None:
    """Make the object of its parts. Raises AssetMissing where that was done before."""
    named = [{"PartNumber": each.number, "ETag": each.etag} for each in there]
    with translated(key):
        client("s3").complete_multipart_upload(
            Bucket=bucket(), Key=key, UploadId=multipart_id, MultipartUpload={"Parts": named}
        )


def give_up(key: str, multipart_id: str) -> None:
    """Throw the parts away. Raises AssetMissing where there are none."""
    with translated(key):
        client("s3").abort_multipart_upload(Bucket=bucket(), Key=key, UploadId=multipart_id)

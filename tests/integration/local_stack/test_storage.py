from __future__ import annotations

import asyncio
import os
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from infra.local.aws import aws_client
from infra.local.blueprint import BucketPlan
from infra.local.ports import Ports
from infra.local.processes import Processes
from infra.local.storage import PORTS, Storage

BUCKET = BucketPlan(
    "Media",
    "media-of-a-test",
    [{"AllowedMethods": ["GET"], "AllowedOrigins": ["https://app.example"], "AllowedHeaders": ["*"]}],
)


@contextmanager
def storage(folder: Path) -> Iterator[tuple[Storage, Any]]:
    """A started server with the bucket, and a client."""
    (folder / "ports.json").unlink(missing_ok=True)  # other ports each time: the data must not depend on them
    processes = Processes(folder / "processes", folder)
    processes.open()
    ports = Ports(PORTS, folder / "ports.json")
    server = Storage(folder / "s3", ports=ports.numbers, processes=processes, logs=folder)
    try:
        server.start()
        asyncio.run(server.create(BUCKET))
        yield server, aws_client("s3", server.url)
    finally:
        asyncio.run(server.stop())
        processes.close()
        ports.close()


def test_objects_survive_a_kill_and_new_ports(tmp_path: Path) -> None:
    content = os.urandom(6_000_000)
    with storage(tmp_path) as (server, s3):
        s3.put_object(Bucket=BUCKET.name, Key="kept/clip.mp4", Body=content)
        os.killpg(server.part.pid, signal.SIGKILL)
    with storage(tmp_path) as (_, s3):
        assert s3.get_object(Bucket=BUCKET.name, Key="kept/clip.mp4")["Body"].read() == content


def test_only_signed_requests_and_declared_origins_are_let_in(tmp_path: Path) -> None:
    with storage(tmp_path) as (server, s3):
        s3.put_object(Bucket=BUCKET.name, Key="a", Body=b"content")
        signed = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET.name, "Key": "a"})
        request = urllib.request.Request(signed, headers={"Origin": "https://app.example"})  # noqa: S310
        with urllib.request.urlopen(request) as response:  # noqa: S310 - 127.0.0.1
            assert response.read() == b"content"
            assert response.headers["Access-Control-Allow-Origin"] == "https://app.example"
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{server.url}/{BUCKET.name}/a")  # noqa: S310 - 127.0.0.1
        refused.value.close()
        assert refused.value.code == 403

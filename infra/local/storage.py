"""S3: seaweedfs on disk, with the template's bucket and its CORS rules."""

from __future__ import annotations

import asyncio
import json
import signal
import sysconfig
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.aws import aws_client
from infra.local.blueprint import BucketPlan
from infra.local.environment import machine_environment
from infra.local.failures import part_failed
from infra.local.ports import HOST
from infra.local.processes import Part, Processes
from infra.local.rights import Rights
from infra.local.secrets_file import write_private

PORTS = (
    "s3",
    "s3.grpc",
    "master",
    "master.grpc",
    "volume",
    "volume.grpc",
    "filer",
    "filer.grpc",
    "admin",
    "admin.grpc",
)
"""Every port that it opens: all must be chosen, its defaults are the same for every stack."""

_START_SECONDS = 60
_PROBE = ".ready"
_CONFIGURATION = "identities.json"


class Storage:
    """One S3 server with its data in `folder`."""

    def __init__(self, folder: Path, *, ports: Mapping[str, int], processes: Processes, logs: Path) -> None:
        self._folder = folder
        self._ports = ports
        self.url = f"http://{HOST}:{ports['s3']}"
        self.part = Part(
            "S3 (seaweedfs)",
            processes=processes,
            log=logs / "s3.log",
            stop_signal=signal.SIGTERM,
            stop_seconds=6,
        )

    def start(self, rights: Rights | None = None) -> None:
        """Start it, for these functions beside the stack itself. It answers when `create` has returned."""
        self._folder.mkdir(exist_ok=True)
        configuration = (rights or Rights({})).s3_configuration()
        write_private(self._folder / _CONFIGURATION, json.dumps(configuration))
        self._remove_sockets()  # a kill leaves them, and the ports are usually the same again
        weed = Path(sysconfig.get_path("scripts")) / "weed"
        environment = {
            **machine_environment(),
            "HOME": str(self._folder),
        }
        self.part.start([weed, "mini", *self._options()], environment=environment, cwd=self._folder)

    def _options(self) -> list[str]:
        ports = {
            name if "." not in name else name.replace(".grpc", ".port.grpc"): port
            for name, port in self._ports.items()
        }
        return [
            f"-dir={self._folder}",
            f"-ip={HOST}",
            f"-ip.bind={HOST}",
            *(f"-{name}={port}" if "." in name else f"-{name}.port={port}" for name, port in ports.items()),
            f"-s3.config={self._folder / _CONFIGURATION}",
            "-master.telemetry=false",
            "-admin.ui=false",
            "-webdav=false",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            "-volume.preStopSeconds=0",  # nobody else reads these volumes: no need to say goodbye first
        ]

    async def stop(self) -> None:
        """Stop it, and remove the sockets that it leaves in /tmp."""
        await self.part.stop()
        self._remove_sockets()

    def _remove_sockets(self) -> None:
        for port in self._ports.values():
            for socket in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):  # noqa: S108 - its own fixed place
                socket.unlink(missing_ok=True)

    async def create(self, bucket: BucketPlan) -> None:
        """Make the bucket if it is not there, set its CORS rules, and see that it keeps an object."""
        await asyncio.to_thread(self._create, bucket)

    def _create(self, bucket: BucketPlan) -> None:
        s3 = aws_client("s3", self.url)
        give_up_at = time.monotonic() + _START_SECONDS
        while True:
            self.part.check()
            try:
                _prepare(s3, bucket)
            except (BotoCoreError, ClientError) as error:
                if time.monotonic() > give_up_at:
                    raise part_failed(self.part.name, f"does not answer: {error}", self.part.log) from error
                time.sleep(0.03)
            else:
                return


def _prepare(s3: Any, bucket: BucketPlan) -> None:
    # A second start finds it, with what the first one put there.
    with suppress(s3.exceptions.BucketAlreadyOwnedByYou, s3.exceptions.BucketAlreadyExists):
        s3.create_bucket(Bucket=bucket.name)
    if bucket.cors_rules:
        s3.put_bucket_cors(Bucket=bucket.name, CORSConfiguration={"CORSRules": bucket.cors_rules})
    # The port opens before reads work: only what was read back is proof.
    s3.put_object(Bucket=bucket.name, Key=_PROBE, Body=b"ready")
    s3.get_object(Bucket=bucket.name, Key=_PROBE)["Body"].read()
    s3.delete_object(Bucket=bucket.name, Key=_PROBE)

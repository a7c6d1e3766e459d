"""A gigabyte through presigned parts, broken off half-way and taken up again.

    python -m tests.benchmarks.bench_upload

Against the local S3 server, so the figures are this machine's disk. What counts is that the completion,
which looks into the file and copies it within storage, ends within a request's 29 s.
"""

from __future__ import annotations

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.benchmarks.simulation import simulated_stack
from tests.fakes.providers.server import FakeProviders
from tests.running_stack import Api
from tests.uploading import Parts, small_video

SIZE = 1024**3
AT_ONCE = 2


def main() -> None:
    """Upload it, print the table."""
    with FakeProviders() as fake, simulated_stack(fake) as stack, tempfile.TemporaryDirectory() as folder:
        api = stack.new_caller()[0]
        content = Parts(small_video(Path(folder) / "video.mp4"), SIZE)
        order = {"contentType": "video/mp4", "sizeBytes": SIZE}
        upload = _asked(api, "POST", "/api/upload_video", order)
        path = f"/api/uploads/{upload['uploadId']}"
        started = time.monotonic()
        _send(content, upload["parts"][: len(upload["parts"]) // 2])
        resumed = _asked(api, "GET", path)
        _send(content, resumed["parts"])
        sent = time.monotonic()
        done = _asked(api, "POST", f"{path}/complete")
        completed = time.monotonic()
    print(f"\n{SIZE / 1024**2:.0f} MiB in {upload['partCount']} parts, {AT_ONCE} at once\n")
    print(f"  there after the interruption {len(resumed['uploadedParts']):>8} parts")
    print(f"  sent                         {sent - started:>8.1f} s")
    print(f"  looked into and kept         {completed - sent:>8.1f} s   a request has 29 s")
    print(f"  in the end                   {done['state']:>8}, {done['sizeBytes'] / 1024**2:.0f} MiB")


def _send(content: Parts, parts: list[dict[str, Any]]) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        statuses = set(pool.map(content.send, parts))
    if statuses != {200}:
        raise SystemExit(f"Storage answers {sorted(statuses)}.")


def _asked(api: Api, method: str, path: str, body: Any = None) -> dict[str, Any]:
    status, answer = api.call(method, path, body)
    if status not in {200, 201}:
        raise SystemExit(f"{method} {path} answers {status}: {answer}")
    return answer


if __name__ == "__main__":
    main()

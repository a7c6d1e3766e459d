from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from infra.local.children import CAN_FORK, LIBRARIES, Children
from infra.local.processes import Processes, command_of

T = TypeVar("T")

TELL = """
import json, os, sys
print(json.dumps({
    "argv": sys.argv[1:],
    "environment": dict(os.environ),
    "folder": os.getcwd(),
    "leads its group": os.getpgid(0) == os.getpid(),
    "name": __name__,
    "input": sys.stdin.read(),
    "loaded": [each for each in sys.modules if each in ("psycopg", "shared")],
}))
sys.exit(3)
"""

CLIENT = """
import boto3
s3 = boto3.client("s3")
print(s3.meta.region_name, s3.generate_presigned_url("list_buckets"))
"""


@asynccontextmanager
async def started(folder: Path) -> AsyncIterator[Children]:
    processes = Processes(folder / "processes", folder)
    processes.open()
    children = Children(folder, LIBRARIES, processes=processes, log=folder / "fork-server.log")
    try:
        yield children
    finally:
        await children.close()
        await asyncio.to_thread(processes.close)


def with_children(folder: Path, work: Callable[[Children], Awaitable[T]]) -> T:
    async def run() -> T:
        async with started(folder) as children:
            return await asyncio.wait_for(work(children), 60)

    return asyncio.run(run())


def program(folder: Path, text: str) -> str:
    path = folder / "program.py"
    path.write_text(text)
    return str(path)


def test_a_child_stands_as_if_it_had_been_started_by_itself(tmp_path: Path) -> None:
    log = tmp_path / "log"
    given = {"PATH": os.environ["PATH"], "WORD": "ä b\nc"}

    async def work(children: Children) -> int:
        child = await children.start(
            [program(tmp_path, TELL), "one", "two words"], environment=given, log=log, cwd=tmp_path
        )
        return await child.wait()

    assert with_children(tmp_path, work) == 3
    told: dict[str, Any] = json.loads(log.read_text())
    assert told.pop("loaded") == (["psycopg"] if CAN_FORK else [])
    told["environment"] = {name: told["environment"].get(name) for name in given}
    assert told == {
        "argv": ["one", "two words"],
        "environment": given,
        "folder": str(tmp_path.resolve()),
        "leads its group": True,
        "name": "__main__",
        "input": "",
    }


def test_a_childs_client_of_aws_is_that_of_its_own_environment(tmp_path: Path) -> None:
    def environment(name: str) -> dict[str, str]:
        return {
            "AWS_DEFAULT_REGION": f"eu-{name}-1",
            "AWS_ENDPOINT_URL_S3": f"http://{name}.example",
            "AWS_ACCESS_KEY_ID": f"key-of-{name}",
            "AWS_SECRET_ACCESS_KEY": "of a test",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    async def work(children: Children) -> None:
        text = program(tmp_path, CLIENT)
        for name in ("north", "south"):
            child = await children.start([text], environment=environment(name), log=tmp_path / name)
            assert await child.wait() == 0, (tmp_path / name).read_text()

    with_children(tmp_path, work)
    for name in ("north", "south"):
        region, url = (tmp_path / name).read_text().split()
        assert region == f"eu-{name}-1"
        assert url.startswith(f"http://{name}.example/")
        assert f"key-of-{name}" in url


def test_what_a_child_raises_stands_in_its_log(tmp_path: Path) -> None:
    async def work(children: Children) -> int:
        child = await children.start(
            [program(tmp_path, "raise ValueError('of the program')")], environment={}, log=tmp_path / "log"
        )
        return await child.wait()

    assert with_children(tmp_path, work) == 1
    assert "ValueError: of the program" in (tmp_path / "log").read_text()


def test_a_killed_child_is_told_of_with_its_signal(tmp_path: Path) -> None:
    async def work(children: Children) -> tuple[int | None, int]:
        child = await children.start(
            [program(tmp_path, "import time; time.sleep(60)")], environment={}, log=tmp_path / "log"
        )
        running = child.returncode
        os.killpg(child.pid, signal.SIGKILL)
        return running, await child.wait()

    assert with_children(tmp_path, work) == (None, -signal.SIGKILL)


@pytest.mark.skipif(not CAN_FORK, reason="there is no fork server here")
def test_children_end_with_a_fork_server_that_was_killed_and_the_next_one_serves(tmp_path: Path) -> None:
    async def work(children: Children) -> tuple[int, int]:
        waiting = program(tmp_path, "import time; time.sleep(60)")
        child = await children.start([waiting], environment={}, log=tmp_path / "log")
        (server,) = [
            pid
            for pid in map(int, (tmp_path / "processes").read_text().split())
            if f"fork_server.py {tmp_path}" in (command_of(pid) or "") and pid != child.pid
        ]
        os.kill(server, signal.SIGKILL)
        ended = await child.wait()
        after = await children.start([program(tmp_path, "")], environment={}, log=tmp_path / "log")
        return ended, await after.wait()

    assert with_children(tmp_path, work) == (-signal.SIGKILL, 0)


def test_a_program_that_is_not_there_is_told_of_in_the_log(tmp_path: Path) -> None:
    async def work(children: Children) -> int:
        child = await children.start([str(tmp_path / "none.py")], environment={}, log=tmp_path / "log")
        return await child.wait()

    assert with_children(tmp_path, work) != 0
    assert "none.py" in (tmp_path / "log").read_text()

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from infra.local.failures import StackFailed
from infra.local.ports import HOST, Ports
from infra.local.postgres import Postgres
from infra.local.processes import Processes

FIRST = "first"


@contextmanager
def postgres(folder: Path, password: str = FIRST) -> Iterator[tuple[Postgres, str]]:
    """A started Postgres, and the address with which it opens."""
    ports = Ports(["postgres"], folder / "ports.json")
    port = ports.numbers["postgres"]
    processes = Processes(folder / "processes", folder)
    processes.open()
    server = Postgres(
        folder / "postgres",
        port=port,
        owner="owner",
        password=password,
        database="storyreel",
        processes=processes,
        logs=folder,
    )
    try:
        asyncio.run(server.start())
        yield (
            server,
            f"host={HOST} port={port} user=owner password={password} dbname=storyreel sslmode=disable",
        )
    finally:
        asyncio.run(server.part.stop())
        processes.close()
        ports.close()


def test_data_survive_a_kill_and_a_pid_file_that_names_another_process(tmp_path: Path) -> None:
    with postgres(tmp_path) as (server, address):
        with psycopg.connect(address) as connection:
            connection.execute("create table kept as select 42 as answer")
        os.killpg(server.part.pid, signal.SIGKILL)
    pid_file = tmp_path / "postgres" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    with postgres(tmp_path) as (_, address), psycopg.connect(address) as connection:
        assert connection.execute("select answer from kept").fetchone() == (42,)


def test_a_wrong_password_opens_nothing_and_lost_secrets_are_explained(tmp_path: Path) -> None:
    with postgres(tmp_path) as (_, address), pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(address.replace("first", "second"))
    with pytest.raises(StackFailed, match=r"secrets\.json"), postgres(tmp_path, "second"):
        pass


def test_data_reach_the_disk_before_a_commit_returns(tmp_path: Path) -> None:
    with postgres(tmp_path) as (_, address), psycopg.connect(address) as connection:
        settings = {
            name: connection.execute(f"show {name}").fetchone() for name in ("fsync", "synchronous_commit")
        }
    assert settings == {"fsync": ("on",), "synchronous_commit": ("on",)}

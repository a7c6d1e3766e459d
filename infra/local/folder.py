"""The data folder: one stack at a time, its logs, and what scripts read of it."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from infra.local.failures import NotStarted
from infra.local.secrets_file import write_private

_KEPT_LOGS = 3


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach a running stack: the content of stack.json."""

    api_url: str
    api_key: str
    docs_url: str
    media_url: str
    pid: int

    def as_json(self) -> str:
        """With camelCase names."""
        return json.dumps(
            {
                "apiUrl": self.api_url,
                "apiKey": self.api_key,
                "docsUrl": self.docs_url,
                "mediaUrl": self.media_url,
                "pid": self.pid,
            },
            indent=2,
        )


class DataFolder:
    """Everything that a stack keeps. It is the stack's alone from `claim` to `release`."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.logs = self.path / "logs"
        self.scratch = self.path / "tmp"
        self.postgres = self.path / "postgres"
        self.objects = self.path / "s3"
        self.ports = self.path / "ports.json"
        self.secrets = self.path / "secrets.json"
        self.api_key = self.path / "api-key"
        self.processes = self.path / "processes"
        self.access = self.path / "stack.json"
        self._lock: IO[str] | None = None

    def claim(self) -> None:
        """Make it this stack's. Raises NotStarted when another stack runs on it, or it can't be written."""
        lock = self._open_lock()
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            lock.close()
            raise NotStarted(
                f"A stack runs on DATA={self.path} already (process {holder}): `make run`, or another "
                f"`make demo`. Stop it, or give this one a folder of its own: DATA={self.path}-2"
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def _open_lock(self) -> IO[str]:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            return (self.path / "lock").open("a+")
        except (FileExistsError, NotADirectoryError) as error:
            raise NotStarted(f"DATA={self.path} is, or lies in, a file. Name a folder.") from error
        except OSError as error:
            raise NotStarted(
                f"DATA={self.path} is no folder that can be written to: {error.strerror}. Name another one."
            ) from error

    def release(self) -> None:
        """Let others have it."""
        if self._lock is not None:
            self.access.unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def begin(self) -> None:
        """Put the last run's logs aside, and remove what it left unfinished."""
        self.access.unlink(missing_ok=True)
        shutil.rmtree(self.scratch, ignore_errors=True)
        oldest = self.path / f"logs.{_KEPT_LOGS}"
        shutil.rmtree(oldest, ignore_errors=True)
        for number in range(_KEPT_LOGS - 1, 0, -1):
            _move(self.path / f"logs.{number}", self.path / f"logs.{number + 1}")
        _move(self.logs, self.path / "logs.1")
        self.logs.mkdir()

    def published(self) -> Access | None:
        """How to reach the stack that runs on the folder; None where none does."""
        if not self.access.exists():
            return None
        said = json.loads(self.access.read_text(encoding="utf-8"))
        return Access(said["apiUrl"], said["apiKey"], said["docsUrl"], said["mediaUrl"], said["pid"])

    def publish(self, access: Access) -> None:
        """Say how to reach the stack, now that it can be reached."""
        write_private(self.access, access.as_json())


def _move(old: Path, new: Path) -> None:
    if old.exists():
        old.rename(new)

"""The programs that the stack starts: each in a group of its own, with a log, and never left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra import ROOT
from infra.local import warden
from infra.local.failures import part_failed

_WARDEN = "The watchdog (warden)"
_PROC = Path("/proc")


class Processes:
    """Starts programs and knows which are alive. One for each stack.

    A list of process groups is kept in `registry`, so that the next start finds what this one may
    have left behind if both it and its warden are killed.
    """

    def __init__(self, registry: Path, logs: Path) -> None:
        self._registry = registry
        self._logs = logs
        self._warden: subprocess.Popen[bytes] | None = None

    def open(self) -> None:
        """Start the warden."""
        self._registry.write_bytes(b"")
        with self._log(_WARDEN).open("ab") as log:
            self._warden = subprocess.Popen(
                [sys.executable, "-S", "-E", warden.__file__, str(self._registry)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
                cwd="/",
            )

    def close(self) -> None:
        """Let the warden end whatever is left, and go."""
        if self._warden is None or self._warden.stdin is None:
            return
        self._warden.stdin.close()
        self._warden.wait(timeout=10)
        self._registry.unlink(missing_ok=True)
        self._warden = None

    @property
    def warden_is_alive(self) -> bool:
        """Whether the warden does its duty."""
        return self._warden is not None and self._warden.poll() is None

    def note(self, group: int, stop_signal: signal.Signals) -> None:
        """A process group that was started."""
        with self._registry.open("ab") as file:
            file.write(b"%d\n" % group)
        self._tell(f"+{group} {int(stop_signal)}\n")

    def forget(self, group: int) -> None:
        """A process group that is gone."""
        self._tell(f"-{group}\n")

    def _tell(self, line: str) -> None:
        if self._warden is None or self._warden.stdin is None or not self.warden_is_alive:
            raise part_failed(_WARDEN, "is dead: was it killed?", self._log(_WARDEN))
        self._warden.stdin.write(line.encode())
        self._warden.stdin.flush()

    def _log(self, name: str) -> Path:
        return self._logs / ("warden.log" if name == _WARDEN else f"{name}.log")


class Part:
    """One long-running program of the stack, such as Postgres.

    `stop_signal` is what makes it stop cleanly. `user` runs it as another user (only root can).
    """

    def __init__(
        self, name: str, *, processes: Processes, log: Path, stop_signal: signal.Signals, stop_seconds: float
    ) -> None:
        self.name = name
        self.log = log
        self._processes = processes
        self._stop_signal = stop_signal
        self._stop_seconds = stop_seconds
        self._process: subprocess.Popen[bytes] | None = None

    def start(
        self,
        command: Sequence[str | Path],
        *,
        environment: Mapping[str, str],
        cwd: Path = ROOT,
        user: int | None = None,
    ) -> None:
        """Start the program."""
        identity = {} if user is None else {"user": user, "group": user, "extra_groups": []}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # type: ignore[call-overload]
                [str(each) for each in command],
                env=dict(environment),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **identity,
            )
        self._processes.note(self.pid, self._stop_signal)

    @property
    def pid(self) -> int:
        """The program's process id, which is its group's, too."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started.")
        return self._process.pid

    def check(self) -> None:
        """Raises StackFailed, with the tail of the log, when the program has ended."""
        if self._process is None:
            return
        code = self._process.poll()
        if code is not None:
            raise part_failed(self.name, f"has ended ({ending(code)}).", self.log)

    async def stop(self) -> None:
        """Stop it cleanly, or by force when it takes too long."""
        if self._process is None:
            return
        await asyncio.to_thread(self._stop, self._process)
        self._process = None

    def _stop(self, process: subprocess.Popen[bytes]) -> None:
        if process.poll() is None:
            process.send_signal(self._stop_signal)
            try:
                process.wait(self._stop_seconds)
            except subprocess.TimeoutExpired:
                kill_group(process.pid)
                process.wait()
        if self._processes.warden_is_alive:
            self._processes.forget(process.pid)


def ending(code: int) -> str:
    """How a process ended, as AWS words it."""
    if code >= 0:
        return f"exit status {code}"
    name = {signal.SIGKILL: "killed", signal.SIGTERM: "terminated", signal.SIGSEGV: "segmentation fault"}
    return f"signal: {name.get(signal.Signals(-code), signal.Signals(-code).name)}"


def kill_group(group: int) -> None:
    """End a process group at once. It may be gone already."""
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def end_leftovers(registry: Path, data: Path) -> list[int]:
    """Kill what a stack on the same data left behind; returns the process ids.

    A process counts when its group is on the list and its command line names the data folder: ids are
    given again to others.
    """
    if not registry.exists():
        return []
    groups = {int(line) for line in registry.read_text().split()}
    left = [pid for pid, group, command in _table() if group in groups and str(data) in command]
    for pid in left:
        _kill(pid)
    give_up_at = time.monotonic() + 5
    while time.monotonic() < give_up_at and any(pid in left for pid, _, _ in _table()):
        time.sleep(0.05)
    return left


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def naming(words: str) -> list[int]:
    """The ids of the running processes with these words, a folder's name say, in their command line."""
    return [pid for pid, _, command in _table() if words in command]


def command_of(pid: int) -> str | None:
    """The command line of a running process; None when there is none."""
    return next((command for each, _, command in _table(pid) if each == pid), None)


def _table(pid: int | None = None) -> list[tuple[int, int, str]]:
    """Process id, group and command line of everything that runs, or of one; zombies have ended."""
    if not _PROC.is_dir():
        return _ps_table()
    folders = _PROC.iterdir() if pid is None else [_PROC / str(pid)]
    # Linux without `ps`, which small installations lack.
    return [row for each in folders if each.name.isdigit() and (row := _proc_row(each)) is not None]


def _proc_row(folder: Path) -> tuple[int, int, str] | None:
    try:
        # "PID (NAME) STATE PPID PGRP ...", and the name may hold anything.
        state, _, group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
        command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None  # it ended while we looked
    return None if state == "Z" else (int(folder.name), int(group), command)


def _ps_table() -> list[tuple[int, int, str]]:
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,pgid=,stat=,command="], capture_output=True, text=True, check=True
    ).stdout
    rows = (line.split(None, 3) for line in listed.splitlines())
    return [(int(row[0]), int(row[1]), row[3]) for row in rows if len(row) == 4 and row[2][0] != "Z"]  # noqa: PLR2004

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from infra import ROOT
from infra.local.failures import StackFailed
from infra.local.processes import Part, Processes, command_of, end_leftovers, naming

PARENT = """
import os, signal, sys, time
from pathlib import Path
from infra.local.processes import Part, Processes
folder = Path(sys.argv[1])
processes = Processes(folder / "processes", folder)
processes.open()
part = Part("Sleeper", processes=processes, log=folder / "log", stop_signal=signal.SIGTERM, stop_seconds=5)
part.start([sys.executable, "-c", "import time; time.sleep(300)", folder], environment=os.environ)
print(part.pid, flush=True)
time.sleep(300)
"""


def gone(pid: int) -> bool:
    give_up_at = time.monotonic() + 20
    while time.monotonic() < give_up_at:
        if command_of(pid) is None:
            return True
        time.sleep(0.02)
    return False


def test_a_part_ends_when_the_stack_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, tmp_path], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as parent:
        assert parent.stdout is not None
        part = int(parent.stdout.readline())
        assert command_of(part) is not None
        parent.kill()
    assert gone(part)


def test_what_a_killed_stack_and_its_killed_warden_left_is_ended_by_the_next_start(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, tmp_path], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as parent:
        assert parent.stdout is not None
        part = int(parent.stdout.readline())
        parent.send_signal(signal.SIGSTOP)  # it must not tell the warden anything more
        for pid in warden_of(tmp_path):
            os.kill(pid, signal.SIGKILL)
        parent.kill()
    assert command_of(part) is not None
    assert end_leftovers(tmp_path / "processes", tmp_path) == [part]
    assert gone(part)


def warden_of(folder: Path) -> list[int]:
    return naming(f"warden.py {folder}")


def test_a_process_of_others_with_a_listed_id_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "300"], start_new_session=True) as other:
        (tmp_path / "processes").write_text(f"{other.pid}\n")
        assert end_leftovers(tmp_path / "processes", tmp_path) == []
        assert other.poll() is None
        other.kill()


def test_a_dead_part_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    processes = Processes(tmp_path / "processes", tmp_path)
    processes.open()
    part = Part(
        "Postgres", processes=processes, log=tmp_path / "log", stop_signal=signal.SIGTERM, stop_seconds=5
    )
    part.start([sys.executable, "-c", "print('the disk is full'); raise SystemExit(7)"], environment={})
    assert gone(part.pid)
    with pytest.raises(StackFailed, match=r"(?s)Postgres has ended \(exit status 7\).*the disk is full"):
        part.check()
    asyncio.run(part.stop())
    processes.close()


def test_a_part_that_ignores_the_request_to_stop_is_killed(tmp_path: Path) -> None:
    processes = Processes(tmp_path / "processes", tmp_path)
    processes.open()
    part = Part(
        "Deaf", processes=processes, log=tmp_path / "log", stop_signal=signal.SIGTERM, stop_seconds=0.2
    )
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        "print(1, flush=True); time.sleep(300)"
    )
    part.start([sys.executable, "-c", code], environment={})
    while not (tmp_path / "log").read_text():
        time.sleep(0.01)
    pid = part.pid
    asyncio.run(part.stop())
    processes.close()
    assert gone(pid)

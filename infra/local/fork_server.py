"""The program that functions' processes are forked from: what all of them import is loaded once, here.

python -P fork_server.py DATA MODULE ...

DATA says to whom the process belongs. Requests come as lines of JSON on standard input: {id, argv,
environment, cwd, log}. Answers go out on standard output: {id, pid} or {id, error}, and {pid, status} when a
child has ended. Only libraries are loaded beforehand: our own code is read by each process itself, so that a
change of it shows in the next one. When the input ends, so does the server.

A child stands as if it had been started by itself: in a process group of its own, with its own environment,
working directory and log. It leaves the server's loop and runs its program as `__main__`.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import select
import signal
import sys
import tempfile
import time
from collections.abc import Iterable
from importlib import import_module
from typing import Any, TypeAlias

Request: TypeAlias = dict[str, Any]

_CHUNK_BYTES = 65_536


def main(modules: Iterable[str]) -> None:
    """Serve until the input ends; in a child, become the program that was asked for."""
    answers = os.dup(1)
    os.dup2(2, 1)  # what a library prints while it loads is no answer
    for module in modules:
        import_module(module)
    gc.collect()
    gc.freeze()  # else the first collection in a child copies every page
    wanted = _serve(answers)
    if wanted is not None:
        _become(wanted)


def _serve(answers: int) -> Request | None:
    """The request in the child that is to answer it; None when the server is to end."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    unread = b""
    while True:
        ready, _, _ = select.select([0, woken], [], [])
        if woken in ready:
            os.read(woken, _CHUNK_BYTES)
            _report_ended(answers)
        if 0 not in ready:
            continue
        chunk = os.read(0, _CHUNK_BYTES)
        if not chunk:
            return None
        *lines, unread = (unread + chunk).split(b"\n")
        for line in lines:
            request: Request = json.loads(line)
            if _is_child(request, answers):
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for each in (answers, woken, wake):
                    os.close(each)
                return request


def _is_child(request: Request, answers: int) -> bool:
    try:
        pid = os.fork()
    except OSError as error:
        _tell(answers, {"id": request["id"], "error": str(error)})
        return False
    os.setpgid(pid, pid)  # in both, so that the group is there for whoever comes first
    if pid:
        _tell(answers, {"id": request["id"], "pid": pid})
    return pid == 0


def _report_ended(answers: int) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        _tell(answers, {"pid": pid, "status": os.waitstatus_to_exitcode(status)})


def _tell(answers: int, answer: dict[str, Any]) -> None:
    os.write(answers, json.dumps(answer).encode() + b"\n")  # under PIPE_BUF: whole or not at all


def _become(request: Request) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(request["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.close(nothing)
    os.close(log)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    tempfile.tempdir = None  # it was chosen by another environment, if it was
    program, *arguments = request["argv"]
    sys.argv = [program, *arguments]
    runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[2:])

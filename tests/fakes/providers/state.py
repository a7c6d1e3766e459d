"""What the fake remembers: settings, faults to come, the ledger of what was accepted, and tasks."""

from __future__ import annotations

import heapq
import re
import threading
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

State = Literal["PENDING", "THROTTLED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"]


@dataclass
class Settings:
    """How the providers behave. Times are in seconds of the fake's clock."""

    latencies: dict[str, float] = field(default_factory=dict)
    """By route: how long an answer takes, or (`image_to_video`, `text_to_speech`) how long a task runs."""

    pending_seconds: float = 0.0
    """How long a new task is PENDING before it may run or be THROTTLED."""

    concurrency: int = 20
    """Tasks of one model that run at the same time; the others wait in order."""

    url_lifetime_seconds: float = 86_400.0
    credit_balance: int = 100_000


@dataclass(frozen=True)
class Fault:
    """What goes wrong with the next `times` requests of a route, after `skip` that go right.

    `kind` is one of
    - `cut_before_accept`, `cut_after_accept`: the connection ends without an answer
    - `hang`: accepted, then silence until the fake stops
    - `status_N`, `status_N:code`: refused with that status; `status_N_after_accept`: accepted, then that
    - `malformed`, `html`: accepted, answered with half of the JSON, or with a web page
    - `task_failed:CODE`, `task_stuck`: the task fails with that code, or runs for ever
    - `clip_with_audio`, `clip_odd_rate`, `clip_odd_size`, `clip_ten_bit`: what the finished clip is like
    - `begins_to_run`: a queued task runs by the time that it is deleted (`tasks_delete`)
    - `unknown_status`, `missing_cost`: how `tasks_get` describes a task
    - `expired_url`, `truncated_download`, `corrupt_download`, `html_download`, `empty_download`: how a
      `download` goes
    - `story_short`, `story_refused`, `story_incomplete`, `story_empty_text`, `story_misshapen`,
      `story_with_controls`: what a `responses` answer holds
    - `story_failed:CODE`, `story_failed_late:CODE`: it failed before anything was used, or after
    - `picture_broken`, `picture_missing`: what an image answer holds

    `only` is a regular expression: requests in whose words it is not found are left alone. The words are the
    request's body; those of a request for a task or its output are the task's route and text.
    """

    route: str
    kind: str
    times: int = 1
    skip: int = 0
    only: str = ""


class Faults:
    """The faults to come, in the order in which they were planned."""

    def __init__(self) -> None:
        self._planned: list[list[Any]] = []  # [fault, skips left, times left]
        self.met: list[Fault] = []
        """Every fault that a request met, once for each."""

        self._lock = threading.Lock()

    def plan(self, fault: Fault) -> None:
        with self._lock:
            self._planned.append([fault, fault.skip, fault.times])

    def clear(self) -> None:
        with self._lock:
            self._planned.clear()
            self.met.clear()

    def take(self, route: str, words: str = "") -> str:
        """The kind of fault that this request meets; empty for none."""
        with self._lock:
            for entry in self._planned:
                fault, skips, times = entry
                if fault.route != route or times == 0 or not re.search(fault.only, words):
                    continue
                if skips:
                    entry[1] -= 1
                    continue
                entry[2] -= 1
                self.met.append(fault)
                return str(fault.kind)
        return ""


@dataclass(frozen=True)
class Accepted:
    """A request that a real provider would have charged for."""

    route: str
    model: str
    body: dict[str, Any]
    task_id: str | None
    credits: int = 0


class Ledger:
    """Everything that was accepted, in order."""

    def __init__(self) -> None:
        self._entries: list[Accepted] = []
        self._lock = threading.Lock()

    def write(self, entry: Accepted) -> None:
        with self._lock:
            self._entries.append(entry)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    def __iter__(self) -> Iterator[Accepted]:
        with self._lock:
            return iter(list(self._entries))

    def __len__(self) -> int:
        with self._lock:
            return len(self._entries)

    def of(self, route: str) -> list[Accepted]:
        return [entry for entry in self if entry.route == route]

    def as_json(self) -> list[dict[str, Any]]:
        return [asdict(entry) for entry in self]


@dataclass
class Task:
    """One generation. What state it is in follows from the clock and from the tasks before it."""

    model: str
    created: float
    run_seconds: float
    credits: int
    what: dict[str, Any]
    suffix: str
    words: str = ""
    failure_code: str = ""
    stuck: bool = False
    variant: str = ""
    cancelled_at: float | None = None
    task_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created_at: str = field(
        default_factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )


class Tasks:
    """All tasks of all models."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._tasks: dict[str, Task] = {}
        self._issued: dict[str, tuple[str, float]] = {}  # token of an output address -> task, when issued
        self.lock = threading.RLock()

    def add(self, task: Task) -> None:
        with self.lock:
            self._tasks[task.task_id] = task

    def find(self, task_id: str) -> Task | None:
        with self.lock:
            return self._tasks.get(task_id)

    def clear(self) -> None:
        with self.lock:
            self._tasks.clear()
            self._issued.clear()

    def cancel(self, task: Task, now: float, *, begun: bool = False) -> int:
        """The credits that come back: none for a task that runs, or that had `begun` a moment before."""
        with self.lock:
            refunded = 0
            if not begun and self.state(task, now)[0] in {"PENDING", "THROTTLED"}:
                refunded, task.credits = task.credits, 0
            task.cancelled_at = now
            return refunded

    def state(self, task: Task, now: float) -> tuple[State, float]:
        """The state and, while it runs, the progress."""
        if task.cancelled_at is not None:
            return "CANCELLED", 0.0
        if now < task.created + self._settings.pending_seconds:
            return "PENDING", 0.0
        starts, ends = self._times(task)
        if now < starts:
            return "THROTTLED", 0.0
        if now < ends:
            return "RUNNING", min(0.99, (now - starts) / task.run_seconds) if task.run_seconds else 0.5
        return ("FAILED" if task.failure_code else "SUCCEEDED"), 1.0

    def issue(self, task: Task, now: float) -> str:
        """A new output address's token."""
        token = uuid.uuid4().hex
        with self.lock:
            self._issued[token] = (task.task_id, now)
        return token

    def redeem(self, token: str, now: float) -> Task | None:
        """The task whose output the token still opens."""
        with self.lock:
            task_id, issued = self._issued.get(token, ("", 0.0))
            fresh = now - issued < self._settings.url_lifetime_seconds
            return self._tasks.get(task_id) if fresh else None

    def _times(self, wanted: Task) -> tuple[float, float]:
        """When a task starts and ends: tasks of a model take the free places in their order."""
        places = [0.0] * self._settings.concurrency
        with self.lock:
            queue = [task for task in self._tasks.values() if task.model == wanted.model]
        for task in queue:
            starts = max(task.created + self._settings.pending_seconds, places[0])
            if task.cancelled_at is not None and task.cancelled_at <= starts:
                continue
            ends = float("inf") if task.stuck else starts + task.run_seconds
            if task is wanted:
                return starts, ends
            heapq.heapreplace(places, ends if task.cancelled_at is None else min(ends, task.cancelled_at))
        return float("inf"), float("inf")

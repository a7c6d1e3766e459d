"""One cell of the matrix: a video, its accident, what becomes of it, and whether the books are right."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.request import urlopen
from uuid import UUID

from shared.videos.tasks import MOST_LOOKS
from tests.fakes.providers.server import FakeProviders
from tests.fakes.providers.state import Accepted
from tests.running_stack import FINAL_STATES, Api, RunningStack
from tests.workflow.crash.matrix import Cell
from tests.workflow.crash.stack import CrashStack

PATIENCE_SECONDS = 120

ROUTES = {
    "write_story": "responses",
    "choose_reference": "images_generations",
    "draw_frame": "images_edits",
    "submit_clip": "image_to_video",
    "check_clip": "tasks_get",
    "keep_clip": "tasks_get",
    "narrate": "text_to_speech",
}
"""By step: what it asks the provider for."""

STAGES = {
    "write_story": "story",
    "mark_stopped": "story",
    "choose_reference": "frames",
    "draw_frame": "frames",
    "submit_clip": "clips",
    "check_clip": "clips",
    "keep_clip": "clips",
    "narrate": "clips",
    "continue_video": "clips",
}
"""By step: after what to stop, where that is not the end."""

KINDS = {
    "responses": "story",
    "images_generations": "frame",
    "images_edits": "frame",
    "image_to_video": "clip",
    "text_to_speech": "narration",
}

ACCIDENTS = {
    "exception": ("before", "raise"),
    "killed": ("answered", "kill"),
    "stored": ("stored", "kill"),
    "late": ("answered", "linger"),
}
ANSWERS = {
    "hang": "hang",
    "429": "status_429",
    "500": "status_500_after_accept",
    "cut": "cut_after_accept",
    "malformed": "malformed",
    "html": "html",
}
DOWNLOADS = {
    "truncated": ("truncated_download", 4),
    "corrupt": ("corrupt_download", 2),
    "html": ("html_download", 4),
    "expired": ("expired_url", 4),
}
"""The fault, and how often it happens: as often as a result is fetched before a render."""

_IN_VAIN = {"FAILED", "CANCELLED"}
TASKS = {"failed": "task_failed:INTERNAL.ERROR", "stuck": "task_stuck"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a cell. `wrong` is what must not be."""

    first: str
    reason: str
    second: str
    lost: int
    wrong: tuple[str, ...]


class Trial:
    """A cell on its way."""

    def __init__(self, cell: Cell, running: RunningStack, fake: FakeProviders) -> None:
        assert isinstance(running.stack, CrashStack)
        self.cell = cell
        self._running = running
        self._stack = running.stack
        self._fake = fake
        self._user: UUID
        self._api: Api
        self._api, self._user = running.new_caller(cell.name)
        self._video = ""

    def run(self) -> Outcome:
        """Make the video, help it on once, and look into the books."""
        self.begin()
        return self.end()

    def begin(self) -> None:
        """Arrange the accident and order the video."""
        self._arrange()
        self._video = self._api.create(**self._order())["id"]

    def end(self) -> Outcome:
        """The video's two ends, and the books."""
        self._pass_time()
        first = self._finished()
        status, answer = self._api.call("POST", f"/api/videos/{self._video}/render", {"stopAfter": "final"})
        assert status == 202, answer
        second = self._finished()
        status, history = self._api.call("GET", f"/api/videos/{self._video}/history")
        assert status == 200, history
        reason = first["error"] or {}
        return Outcome(
            first=first["state"],
            reason=f"{reason.get('code')}: {reason.get('message')}" if reason else "",
            second=second["state"],
            lost=history["lost"],
            wrong=(*self._wrong_in_books(history["items"]), *_wrong_in_video(second)),
        )

    def met(self) -> bool:
        """Whether the accident has happened."""
        return any(self._stack.accidents.glob(f"met/{self._user}--*")) or any(
            (fault.only, fault.kind) == (self._words(), "hang") for fault in self._fake.faults.met
        )

    def _order(self) -> dict[str, Any]:
        # The first frame is the reference, and the first that an edit draws is the second. What comes after
        # the step is left to the render.
        scenes = 2 if self.cell.step == "draw_frame" else 1
        return {
            "prompt": f"A lamp in the rain #{self.cell.name}",
            "frameCount": scenes,
            "duration": 2 * scenes,
            "narration": self.cell.step == "narrate",
            "stopAfter": STAGES.get(self.cell.step, "final"),
        }

    def _arrange(self) -> None:
        cell, route = self.cell, ROUTES.get(self.cell.step, "")
        looked = int(cell.step == "keep_clip")  # what is kept has been looked at before, by check_clip
        if cell.step == "mark_failed":
            self._fail("responses", "story_refused")
        if cell.step == "continue_video":  # the clip takes more looks than an execution has
            self._fail("tasks_get", "unknown_status", times=MOST_LOOKS + 5)
        if cell.fault in ACCIDENTS:
            self._plan(*ACCIDENTS[cell.fault])
        elif cell.fault == "database":
            self._plan("answered", "wait")
        elif cell.fault == "storage":
            self._plan("reading" if cell.step == "submit_clip" else "storing", "wait")
        elif cell.fault == "hang" and not route:
            self._plan("before", "hang")
        elif cell.fault in DOWNLOADS and cell.step in {"keep_clip", "narrate"}:
            kind, times = DOWNLOADS[cell.fault]
            self._fail("download", kind, times=times)
        elif cell.fault in TASKS:
            self._fail(self._maker(), TASKS[cell.fault])
        elif cell.fault == "unknown":
            self._fail("tasks_get", "unknown_status", times=2, skip=looked)
        else:
            self._fail(route, ANSWERS[cell.fault], skip=looked)

    def _plan(self, place: str, action: str) -> None:
        (self._stack.accidents / f"{self._user}--{self.cell.step}--{place}--{action}").touch()

    def _fail(self, route: str, kind: str, *, times: int = 1, skip: int = 0) -> None:
        self._fake.fail(route, kind, times=times, skip=skip, only=self._words())

    def _words(self) -> str:
        """Finds the requests that are the cell's own, and of those for tasks the ones of the step's tasks."""
        return rf"(?s)^(?!(?!{self._maker()})(image_to_video|text_to_speech) ).*#{self.cell.name}\b"

    def _maker(self) -> str:
        return "text_to_speech" if self.cell.step == "narrate" else "image_to_video"

    def _pass_time(self) -> None:
        """Let the time pass that a test cannot wait for: timeouts, leases, a task's longest run, a minute."""
        fault = self.cell.fault
        if fault in {"killed", "stored", "hang"}:
            self._until(self.met)
            if fault == "hang":
                self._until(self._time_out)
            self._expire_lease()
        if fault == "stuck":
            self._until(self._age_task)
        if fault == "late":
            self._overtake()
        if self.cell.step in {"mark_failed", "continue_video"} and fault == "exception":
            self._until(self.met)
            self._until(self._resumed)

    def _expire_lease(self) -> None:
        self._stack.administer(
            "update provider_calls set lease_expires_at = now() where video_id = %s and state = 'intended'",
            self._video,
        )

    def _overtake(self) -> None:
        """Let a later execution ask for the same before the answer comes, and fetch what both have led to."""
        self._until(self.met)
        others = self._calls("submitted", "succeeded")
        status, answer = self._api.call("POST", f"/api/videos/{self._video}/cancel")
        assert status == 200, answer
        status, answer = self._api.call("POST", f"/api/videos/{self._video}/render", {})
        assert status == 202, answer
        self._expire_lease()
        self._until(lambda: bool(self._calls("lost")) and self._calls("submitted", "succeeded") > others)
        (self._stack.accidents / str(self._user)).touch()
        self._until(lambda: self._calls("lost") == 0)
        self._finished()
        self._until(self._all_collected)

    def _all_collected(self) -> bool:
        self._running.invoke("reconcile_videos", {})
        return self._calls("intended", "submitted") == 0

    def _calls(self, *states: str) -> int:
        """How many of the video's calls are in one of the states."""
        ((calls,),) = self._stack.administer(
            "select count(*) from provider_calls where video_id = %s and state = any(%s)",
            self._video,
            list(states),
        )
        return int(calls)

    def _time_out(self) -> bool:
        return self._running.run(self._stack.time_out(self.cell.step, self._user))

    def _age_task(self) -> bool:
        return bool(
            self._stack.administer(
                "update provider_calls set running_at = now() - interval '21 minutes'"
                " where video_id = %s and running_at is not null and state = 'submitted' returning id",
                self._video,
            )
        )

    def _resumed(self) -> bool:
        self._stack.administer(
            "update video_sessions set updated_at = now() - interval '2 minutes'"
            " where id = %s and state in ('queued', 'running')",
            self._video,
        )
        self._running.invoke("reconcile_videos", {})
        return self._executions() > 1

    def _executions(self) -> int:
        ((executions,),) = self._stack.administer(
            "select executions from video_sessions where id = %s", self._video
        )
        return int(executions)

    def _until(self, done: Callable[[], bool]) -> None:
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while not done():
            if time.monotonic() > give_up_at:
                video = self._api.video(self._video)
                raise AssertionError(
                    f"{self.cell}: the accident never came; {video['state']}, {video['error']}"
                )
            time.sleep(0.2)

    def _finished(self) -> dict[str, Any]:
        """The video once nothing happens by itself any more. Answers may fail while parts are away."""
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        answer: dict[str, Any] = {}
        while time.monotonic() < give_up_at:
            status, answer = self._api.call("GET", f"/api/videos/{self._video}?wait=20")
            if status == 200 and answer["video"]["state"] in FINAL_STATES:
                video: dict[str, Any] = answer["video"]
                return video
            if status != 200:
                time.sleep(1)
        raise AssertionError(f"{self.cell}: it came to no end: {json.dumps(answer)[:2000]}")

    def _wrong_in_books(self, calls: list[dict[str, Any]]) -> list[str]:
        """What the provider charged for, against what our own history says."""
        wrong: list[str] = []
        charged = [each for each in self._fake.ledger if f"#{self.cell.name}" in json.dumps(each.body)]
        for kind in sorted(set(KINDS.values())):
            ours = [call for call in calls if call["kind"] == kind]
            recipes = Counter(_recipe(each) for each in charged if KINDS[each.route] == kind)
            lost = sum(call["state"] == "lost" or call["lostAt"] is not None for call in ours)
            refused = sum(self._accepted_in_vain(call) for call in ours)
            if recipes and max(recipes.values()) > 2:
                wrong.append(f"one recipe of a {kind} was paid {max(recipes.values())} times")
            if recipes.total() - len(recipes) > lost + refused:
                wrong.append(f"{recipes.total()} times paid for {len(recipes)} {kind}, with {lost} lost")
            if recipes.total() > len(ours):
                wrong.append(f"{recipes.total()} times paid for {kind}, and the history tells of {len(ours)}")
            if any(call["state"] in {"intended", "submitted"} for call in ours):
                wrong.append(f"a call for a {kind} is still open")
        return wrong

    def _accepted_in_vain(self, call: dict[str, Any]) -> bool:
        """Whether the provider took it and then said, in a readable answer, that nothing comes of it."""
        if call["state"] != "failed":
            return False
        if call["taskId"] is None:
            return bool((call["error"] or {})["code"] == "input_refused")
        task = self._fake.tasks.find(call["taskId"])
        return task is not None and self._fake.tasks.state(task, self._fake.clock.now())[0] in _IN_VAIN


def _recipe(entry: Accepted) -> str:
    return f"{entry.route} {json.dumps(entry.body, sort_keys=True)}"


def _wrong_in_video(video: dict[str, Any]) -> list[str]:
    """Addresses of the finished video that do not open."""
    final = video["final"] or {}
    pieces = [scene[piece]["url"] for scene in video["scenes"] for piece in ("frame", "clip", "narration")]
    urls = [*(final.get(f"{name}Url") for name in ("video", "poster", "preview", "captions")), *pieces]
    missing = [name for name in ("videoUrl", "posterUrl", "previewUrl") if not final.get(name)]
    wrong = [f"the video has no {name}" for name in missing]
    wrong += [
        f"scene {scene['number']} has no {piece}"
        for scene in video["scenes"]
        for piece in ("frame", "clip", "narration")
        if not scene[piece]["url"] and scene[piece]["state"] != "off"
    ]
    for url in filter(None, urls):
        with urlopen(url, timeout=30) as response:  # noqa: S310 - the stack's own storage
            if not response.read(1):
                wrong.append(f"there is nothing at {url}")
    return wrong

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg.rows import dict_row

from infra import ROOT
from infra.local.processes import naming
from tests.fakes.providers.server import FakeProviders
from tests.running_stack import Api

START_SECONDS = 120
ASSETS: LiteralString = "select kind, identity, storage_key, sha256, created_at from assets"


@contextmanager
def stack(data: Path, **keys: str) -> Iterator[tuple[Api, list[int]]]:
    """A stack in a process of its own, with these keys: its API, and the ids of all its processes."""
    keyless = {
        name: value for name, value in os.environ.items() if not name.endswith(("_API_KEY", "_SECRET"))
    }
    with (data.parent / "output").open("a") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "infra.local", "run", "--data", str(data)],
            cwd=ROOT,
            env={**keyless, **keys},
            stdout=output,
            stderr=output,
        )
    try:
        access = started(data, process)
        yield Api(access["apiUrl"], access["apiKey"]), everything(data)
    finally:
        process.terminate()
        process.wait(60)


def started(data: Path, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    give_up_at = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up_at:
        assert process.poll() is None, (data.parent / "output").read_text()
        file = data / "stack.json"
        if file.exists():
            access: dict[str, Any] = json.loads(file.read_text())
            if access["pid"] == process.pid:
                return access
        time.sleep(0.05)
    raise AssertionError((data.parent / "output").read_text())


def everything(data: Path) -> list[int]:
    """The stack, its warden, its parts and its functions: whatever names the data folder."""
    return [pid for pid in naming(str(data)) if pid != os.getpid()]


def kill_everything(data: Path) -> None:
    """kill -9, until nothing is left that could start something again."""
    give_up_at = time.monotonic() + 30
    while left := everything(data):
        assert time.monotonic() < give_up_at, left
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.02)


def table(data: Path, query: LiteralString) -> list[dict[str, Any]]:
    """Rows, read by the schema's owner."""
    ports = json.loads((data / "ports.json").read_text())
    (login,) = [
        each
        for each in map(json.loads, json.loads((data / "secrets.json").read_text()).values())
        if each.get("username") == "storyreel_owner"
    ]
    with psycopg.connect(
        host="127.0.0.1",
        port=ports["postgres"],
        user=login["username"],
        password=login["password"],
        dbname="storyreel",
        sslmode="disable",
        row_factory=dict_row,
    ) as connection:
        return connection.execute(query).fetchall()


def until_a_clip_is_there(api: Api, video_id: str) -> dict[str, Any]:
    give_up_at = time.monotonic() + 120
    while time.monotonic() < give_up_at:
        video = api.video(video_id)
        assert video["state"] in {"queued", "running"}, video
        if any(scene["clip"]["state"] == "done" for scene in video["scenes"]):
            return video
        time.sleep(0.05)
    raise AssertionError("No clip came.")


def test_a_video_is_finished_after_a_kill_and_nothing_is_made_twice(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with stack(data) as (api, processes):
        assert len(processes) >= 5
        video_id = api.create(prompt="A fox in a garden", frameCount=4, duration=12)["id"]
        until_a_clip_is_there(api, video_id)
        kept = table(data, ASSETS)
        kill_everything(data)

    with stack(data) as (api, _):
        video = api.finished(video_id)
        assert video["state"] == "succeeded", video["error"]
        assert all(scene["clip"]["state"] == "done" for scene in video["scenes"])
        assert kept
        assert [each for each in kept if each not in table(data, ASSETS)] == []
        calls = table(data, "select identity, state from provider_calls")

    succeeded = [each["identity"] for each in calls if each["state"] == "succeeded"]
    assert len(set(succeeded)) == len(succeeded) > 0
    assert {each["state"] for each in calls} <= {"succeeded", "lost", "failed"}
    # What was there before the kill was asked for once and never again.
    assert all([each["identity"] for each in calls].count(asset["identity"]) <= 1 for asset in kept)


def until_clips_are_ordered(fake: FakeProviders) -> None:
    give_up_at = time.monotonic() + 120
    while len(fake.ledger.of("image_to_video")) < 2:
        assert time.monotonic() < give_up_at, fake.ledger.as_json()
        time.sleep(0.05)


def test_a_paid_video_waits_where_the_keys_are_gone_and_goes_on_with_them(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with FakeProviders() as fake:
        fake.settings.latencies["image_to_video"] = 5.0
        keys = {
            "OPENAI_API_KEY": "sk-test-of-the-fake",
            "RUNWAYML_API_SECRET": "key_test_of_the_fake",
            "OPENAI_BASE_URL": fake.openai_url,
            "RUNWAYML_BASE_URL": fake.runway_url,
        }
        with stack(data, **keys) as (api, _):
            video_id = api.create(prompt="A lamp", frameCount=2, duration=4, narration=False)["id"]
            until_clips_are_ordered(fake)
            kill_everything(data)
        paid = fake.ledger.as_json()

        with stack(data) as (api, _):
            video = api.finished(video_id)
            assert (video["state"], video["needs"]["what"]) == ("needs_key", "key")
            assert video["error"]["code"] == "provider_key_missing"
        assert fake.ledger.as_json() == paid

        with stack(data, **keys) as (api, _):
            assert api.render(video_id)["state"] == "succeeded"
            calls = table(data, "select kind, state from provider_calls")
        charged = [entry["route"] for entry in fake.ledger.as_json()]
    lost = [each["kind"] for each in calls if each["state"] == "lost"]
    # Killed between the answer and the ledger, a clip may be lost; else everything is asked for once.
    assert charged.count("image_to_video") == 2 + lost.count("clip")
    assert [charged.count(route) for route in ("responses", "images_generations", "images_edits")] == [
        1,
        1,
        1,
    ]

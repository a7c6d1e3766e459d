from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from infra.local.demo import download, make_demo, progress_lines
from infra.local.folder import Access
from infra.local.order import DemoOrder
from infra.local.terminal import Terminal


def order(**changes: Any) -> DemoOrder:
    given: dict[str, Any] = {
        "prompt": "A fox",
        "scenes": 3,
        "seconds": 12,
        "ratio": "720:1280",
        "style": None,
        "mood": None,
        "out": Path("out.mp4"),
        "live": False,
    }
    return DemoOrder(**{**given, **changes})


def video(**pieces: str) -> dict[str, Any]:
    states = {"frame": "waiting", "clip": "waiting", "narration": "off", **pieces}
    scene = {"number": 1, "title": "T" * 60, **{name: {"state": state} for name, state in states.items()}}
    return {"title": "The Fox", "stage": "frames", "state": "running", "scenes": [scene]}


def test_only_live_lets_paid_providers_work() -> None:
    assert order().body()["draft"] is True
    assert order(live=True).body()["draft"] is False


def test_what_was_not_chosen_is_left_to_the_api() -> None:
    assert "style" not in order().body()
    assert order(style="anime").body()["style"] == "anime"


@pytest.mark.parametrize(
    ("state", "stage", "said"),
    [
        ("queued", "story", "Writing the story"),
        ("running", "clips", "Making clips"),
        ("running", "done", "Merging"),
        ("succeeded", "done", "Finished"),
        ("needs_budget", "frames", "Needs budget"),
    ],
)
def test_what_is_being_done_is_said_in_plain_words(state: str, stage: str, said: str) -> None:
    shown = {**video(), "state": state, "stage": stage, "title": None}
    assert progress_lines(shown, Terminal(io.StringIO()), 0)[0] == said


def test_in_a_plain_log_only_what_has_changed_is_said_and_without_colours() -> None:
    stream = io.StringIO()
    terminal = Terminal(stream)
    for seconds, frame in enumerate(["waiting", "waiting", "done"]):
        terminal.table(progress_lines(video(frame=frame), terminal, seconds))
    lines = stream.getvalue().splitlines()
    assert lines[0] == "The Fox · Drawing frames"
    assert ["frame ✓" in line for line in lines[1:]] == [False, True]
    assert "\x1b" not in stream.getvalue()
    assert all(len(line) < 80 for line in lines)


Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
FINISHED = {**video(), "id": "one", "state": "succeeded", "stage": "done"}


async def served(routes: dict[str, Answer], work: Callable[[str], Awaitable[None]]) -> None:
    """Do the work with a server at the address that it is given."""
    application = web.Application()
    for route, answer in routes.items():
        method, path = route.split()
        application.router.add_route(method, path, answer)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        await work(f"http://127.0.0.1:{runner.addresses[0][1]}")
    finally:
        await runner.cleanup()


def demo_with(tmp_path: Path, film: Answer, earlier: list[str]) -> tuple[int, str]:
    """Status and output of a demo whose video is there at once and is fetched from `film`."""
    stream = io.StringIO()
    status: list[int] = []

    async def list_videos(_: web.Request) -> web.Response:
        return web.json_response({"success": True, "items": [{"state": state} for state in earlier]})

    async def create_video(request: web.Request) -> web.Response:
        final = {"videoUrl": f"http://{request.host}/film", "width": 1, "height": 1, "duration": 1.0}
        made = {**FINISHED, "final": {**final, "sizeBytes": 3}, "makers": {}, "draft": True}
        return web.json_response({"success": True, "video": made})

    async def work(url: str) -> None:
        access = Access(api_url=url, api_key="key", docs_url="", media_url="", pid=1)
        status.append(await make_demo(access, order(out=tmp_path / "out" / "film.mp4"), Terminal(stream)))

    routes: dict[str, Answer] = {
        "GET /api/videos": list_videos,
        "POST /api/videos": create_video,
        "GET /film": film,
    }
    asyncio.run(served(routes, work))
    return status[0], stream.getvalue()


async def whole_film(_: web.Request) -> web.Response:
    return web.Response(body=b"mp4")


async def no_film(_: web.Request) -> web.Response:
    return web.Response(status=404)


def test_the_finished_video_is_put_where_it_was_asked_for(tmp_path: Path) -> None:
    status, said = demo_with(tmp_path, whole_film, [])
    assert status == 0
    assert (tmp_path / "out" / "film.mp4").read_bytes() == b"mp4"
    assert "earlier" not in said


def test_videos_that_wait_from_an_earlier_run_are_named(tmp_path: Path) -> None:
    assert "1 earlier video is not finished" in demo_with(tmp_path, whole_film, ["running", "failed"])[1]
    assert "2 earlier videos are not finished" in demo_with(tmp_path, whole_film, ["queued", "running"])[1]


def test_a_download_that_fails_says_that_the_video_is_there_and_how_to_get_it(tmp_path: Path) -> None:
    status, said = demo_with(tmp_path, no_film, [])
    assert status == 1
    assert "The video is made" in said
    assert "GET /api/videos/one" in said


def test_a_place_that_became_unwritable_loses_nothing_either(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file where the folder was")
    status, said = demo_with(tmp_path, whole_film, [])
    assert status == 1
    assert "GET /api/videos/one" in said


def test_half_a_download_leaves_no_file(tmp_path: Path) -> None:
    async def half(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"half")
        assert request.transport is not None
        request.transport.close()
        return response

    async def work(url: str) -> None:
        with pytest.raises(aiohttp.ClientError):
            await download(f"{url}/film", tmp_path / "film.mp4")

    asyncio.run(served({"GET /film": half}, work))
    assert list(tmp_path.iterdir()) == []

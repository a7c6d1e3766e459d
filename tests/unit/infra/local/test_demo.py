from __future__ import annotations

import asyncio
import io
import subprocess
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from imageio_ffmpeg import get_ffmpeg_exe

from infra.local.demo import download, make_demo, make_smoke, progress_lines
from infra.local.folder import Access
from infra.local.order import DemoOrder
from infra.local.terminal import Terminal
from shared.media.formats import SEGMENT_ENCODER


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


@cache
def film(seconds: int = 12, size: str = "720x1280") -> bytes:
    """A real video, of one colour."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "film.mp4"
        inputs = [
            *("-f", "lavfi", "-i", f"color=c=teal:s={size}:r=24:d={seconds}"),
            *("-f", "lavfi", "-i", f"anullsrc=r=44100:cl=mono:d={seconds}"),
        ]
        subprocess.run(
            [get_ffmpeg_exe(), "-v", "error", *inputs, *SEGMENT_ENCODER, file.with_suffix(".mute.mp4")],
            check=True,
        )
        silent = file.with_suffix(".mute.mp4")
        subprocess.run(
            [get_ffmpeg_exe(), "-v", "error", "-i", silent, *inputs[4:], "-c:v", "copy", "-c:a", "aac", file],
            check=True,
        )
        return file.read_bytes()


async def whole_film(_: web.Request) -> web.Response:
    return web.Response(body=film())


async def short_film(_: web.Request) -> web.Response:
    return web.Response(body=film(seconds=2))


async def broken_film(_: web.Request) -> web.Response:
    return web.Response(body=film()[:20_000])


async def no_film(_: web.Request) -> web.Response:
    return web.Response(status=404)


def test_the_finished_video_is_put_where_it_was_asked_for(tmp_path: Path) -> None:
    status, said = demo_with(tmp_path, whole_film, [])
    assert status == 0
    assert (tmp_path / "out" / "film.mp4").read_bytes() == film()
    assert "720x1280, 12.0 s" in said
    assert "h264 at 24 frames/s, aac sound, no captions" in said
    assert "earlier" not in said


@pytest.mark.parametrize(
    ("answer", "difference"),
    [(short_film, "length in s: 2.0, and not 12.0"), (broken_film, "no video that plays")],
)
def test_a_video_that_is_not_what_was_ordered_is_no_success(
    tmp_path: Path, answer: Answer, difference: str
) -> None:
    status, said = demo_with(tmp_path, answer, [])
    assert status == 1
    assert difference in said


def test_a_smoke_test_finds_the_api_behind_the_path_of_its_stage(tmp_path: Path) -> None:
    asked: list[str] = []

    async def create_video(request: web.Request) -> web.Response:
        asked.append(request.headers["Authorization"])
        final = {"videoUrl": f"http://{request.host}/film"}
        made = {**FINISHED, "final": final, "makers": {}, "draft": True}
        return web.json_response({"success": True, "video": made})

    async def work(url: str) -> None:
        wanted = order(out=tmp_path / "smoke.mp4")
        assert await make_smoke(f"{url}/dev", "sk_live_x", wanted, Terminal(io.StringIO())) == 0

    asyncio.run(served({"POST /dev/api/videos": create_video, "GET /film": whole_film}, work))
    assert asked == ["Bearer sk_live_x"]


def test_an_address_where_no_api_is_says_so(tmp_path: Path) -> None:
    stream = io.StringIO()

    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<html>", content_type="text/html")

    async def work(url: str) -> None:
        assert await make_smoke(url, "k", order(out=tmp_path / "s.mp4"), Terminal(stream)) == 1

    asyncio.run(served({"POST /api/videos": page}, work))
    assert "answers 200, and not as the API" in stream.getvalue()


def test_an_address_where_nobody_is_says_so(tmp_path: Path) -> None:
    stream = io.StringIO()
    wanted = order(out=tmp_path / "s.mp4")
    assert asyncio.run(make_smoke("http://127.0.0.1:9", "k", wanted, Terminal(stream))) == 1
    assert "No answer. http://127.0.0.1:9 cannot be reached" in stream.getvalue()


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

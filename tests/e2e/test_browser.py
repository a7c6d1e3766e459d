"""A page of another origin shows and plays media through the API's own address, in a real browser."""

from __future__ import annotations

import asyncio
import base64
import functools
import io
import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import aiohttp
import pytest
from PIL import Image

from shared import storage
from shared.media.ffmpeg import run_ffmpeg
from tests.running_stack import Api, RunningStack

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")

SECONDS = 20
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--remote-debugging-port=0",
    "--autoplay-policy=no-user-gesture-required",
)  # fmt: skip
PAGE = """<!doctype html><img id="image" src="{image}"><video id="video" src="{video}" muted preload="auto">
</video><script>
const video = document.getElementById("video"), image = document.getElementById("image");
const event = (of, name) => new Promise((done, fail) => {{
  of.addEventListener(name, done, {{once: true}});
  of.addEventListener("error", () => fail(of.error ? of.error.message : "no image"), {{once: true}});
}});
window.shown = image.decode().then(() => image.naturalWidth);
window.played = (async () => {{
  const seen = [];
  if (video.readyState < 2) await event(video, "loadeddata");
  for (const place of [10, 2, {seconds} - 1]) {{
    const there = event(video, "seeked");
    video.currentTime = place;
    await there;
    seen.push(Math.round(video.currentTime));
  }}
  const over = event(video, "ended");
  await video.play();
  await over;
  return [...seen, Math.round(video.duration)];
}})();
</script>"""


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[str]:
    """The address at which a browser takes commands."""
    profile = tmp_path / "profile"
    with (tmp_path / "browser.log").open("wb") as log:
        process = subprocess.Popen(
            [str(CHROMIUM), *ARGUMENTS, f"--user-data-dir={profile}", "about:blank"], stderr=log, stdout=log
        )
        try:
            yield asyncio.run(_page_of(_port(profile / "DevToolsActivePort")))
        finally:
            process.terminate()
            process.wait(20)


def _port(file: Path) -> str:
    """The port that the browser has chosen, once it says so."""
    give_up_at = time.monotonic() + 60
    while not file.exists() or "\n" not in file.read_text():
        assert time.monotonic() < give_up_at, "the browser does not start"
        time.sleep(0.05)
    return file.read_text().splitlines()[0]


async def _page_of(port: str) -> str:
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/json/list") as answer:
        pages = await answer.json()
    return str(next(each["webSocketDebuggerUrl"] for each in pages if each["type"] == "page"))


async def evaluated(browser: str, page: str, *expressions: str) -> list[Any]:
    """What a page's expressions come to, promises kept."""
    async with (
        asyncio.timeout(90),
        aiohttp.ClientSession() as http,
        http.ws_connect(browser, max_msg_size=0) as socket,
    ):
        loaded = await _asked(socket, 1, "Page.navigate", url=page)
        assert "errorText" not in loaded, loaded
        found = []
        for number, expression in enumerate(expressions, start=2):
            code = f"(async () => {{ while (!({expression})) await new Promise(r => setTimeout(r, 20));"
            code += f" return await ({expression}); }})()"
            answer = await _asked(
                socket, number, "Runtime.evaluate", expression=code, awaitPromise=True, returnByValue=True
            )
            assert "exceptionDetails" not in answer, answer
            found.append(answer["result"]["value"])
        return found


async def _asked(
    socket: aiohttp.ClientWebSocketResponse, number: int, method: str, **given: Any
) -> dict[str, Any]:
    await socket.send_json({"id": number, "method": method, "params": given})
    while True:
        answer = json.loads(await socket.receive_str())
        if answer.get("id") == number:
            result: dict[str, Any] = answer["result"]
            return result


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Keep the requests to itself."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address of another origin at which it is served."""
    folder = tmp_path / "site"
    folder.mkdir()
    handler = functools.partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join(10)


def proxied(api: Api, key: str) -> str:
    status, answer = api.call("GET", f"/api/get_presigned_url?key={quote(key)}")
    assert status == 200, answer
    return str(answer["proxyUrl"])


def video_file(path: Path, *flags: str) -> Path:
    """Some twelve megabytes: noise, so that no codec makes it small."""
    picture = ("-f", "lavfi", "-i", f"testsrc2=size=640x360:rate=24:duration={SECONDS}")
    sound = ("-f", "lavfi", "-i", f"sine=duration={SECONDS}")
    codec = (
        "-vf",
        "noise=alls=50:allf=t",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-b:v",
        "5M",
        "-g",
        "24",
    )
    run_ffmpeg([*picture, *sound, *codec, "-c:a", "aac", *flags, path], timeout_seconds=120)
    return path


@pytest.mark.usefixtures("parts")
@pytest.mark.parametrize("flags", [("-movflags", "+faststart"), ()], ids=["index first", "index last"])
def test_a_browser_plays_and_seeks_in_a_video_that_comes_in_ranges(
    stack: RunningStack, browser: str, site: tuple[Path, str], tmp_path: Path, flags: tuple[str, ...]
) -> None:
    api, user_id = stack.new_caller()
    video = _stored(user_id, video_file(tmp_path / "video.mp4", *flags))
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(picture, "PNG")
    content = base64.b64encode(picture.getvalue()).decode()
    _, image = api.call("POST", "/api/upload_image", {"image": content})
    page = PAGE.format(image=image["proxyUrl"], video=proxied(api, video), seconds=SECONDS)
    (site[0] / "index.html").write_text(page)
    found = asyncio.run(evaluated(browser, f"{site[1]}/index.html", "window.shown", "window.played"))
    assert found == [64, [10, 2, SECONDS - 1, SECONDS]]


def _stored(user_id: UUID, path: Path) -> str:
    key = f"{user_id}/r/video-clips/final_video_{'0' * 32}.mp4"
    assert path.stat().st_size > 2 * 4 * 1024 * 1024  # more than two answers hold
    storage.put(key, path, "video/mp4")
    return key

"""One video from the first request to the file, which is checked: what `make demo` and `make smoke` do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp

from infra.local.checking import Film, NotAsOrdered, check
from infra.local.environment import provider_keys
from infra.local.folder import Access
from infra.local.order import DemoOrder, part_of
from infra.local.terminal import Terminal

_ACTIVE = {"queued", "running"}
_POLL_SECONDS = 0.7
_GIVE_UP_SECONDS = 3600.0
_CHUNK_BYTES = 1 << 20
_TITLE_WIDTH = 34
_MARKS = {
    "waiting": ("·", "dim"),
    "working": ("…", "yellow"),
    "done": ("✓", "green"),
    "failed": ("✗", "red"),
    "off": (" ", "dim"),
}
_STAGES = {
    "story": "Writing the story",
    "frames": "Drawing frames",
    "clips": "Making clips",
    "merge": "Merging",
    "done": "Merging",  # until the video's state says that it is there
}
_MOST_LISTED = 100


class DemoFailed(Exception):
    """The video was not made; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the API runs, in the words that somebody is helped by when something fails."""

    logs: str
    again: str
    """How to come by a video later."""


HERE = Place(
    logs="`make run` starts the stack again; the functions' logs are below logs/functions in DATA.",
    again="Start `make run` (with the same DATA) and ask",
)
DEPLOYED = Place(logs="The functions' logs are in CloudWatch, below /storyreel/.", again="Ask")


async def make_demo(access: Access, order: DemoOrder, terminal: Terminal) -> int:
    """Make the video on this machine's stack and put it where it was asked for. Returns the exit status."""

    async def before(session: aiohttp.ClientSession) -> None:
        await _say_what_it_costs(session, order, terminal)
        if not order.live:
            await _say_what_waits(session, terminal)

    return await _make(access.api_url, access.api_key, order, terminal, HERE, before)


async def make_smoke(url: str, key: str, order: DemoOrder, terminal: Terminal) -> int:
    """Make the video on the API at an address, wherever it runs. Returns the exit status."""

    async def before(_: aiohttp.ClientSession) -> None:
        terminal.say(f"A draft on {url} …")

    return await _make(url, key, order, terminal, DEPLOYED, before)


async def _make(
    url: str,
    key: str,
    order: DemoOrder,
    terminal: Terminal,
    place: Place,
    before: Callable[[aiohttp.ClientSession], Awaitable[None]],
) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=60)
    started = time.monotonic()
    try:
        # Paths go after the URL's own: behind API Gateway's host name that is the stage.
        async with aiohttp.ClientSession(f"{url.rstrip('/')}/", headers=headers, timeout=timeout) as session:
            await before(session)
            video = await _create(session, order)
            video = await _follow(session, video, terminal, started)
            final = _final(video, place)
            await _fetch(video, final["videoUrl"], order.out, place)
        film = check(order.out, order, captioned=final.get("captionsUrl") is not None)
    except NotAsOrdered as error:
        terminal.say(terminal.styled("The video is not what was ordered.", "red", "bold") + f"\n{error}")
        return 1
    except DemoFailed as error:
        terminal.say(terminal.styled("No video.", "red", "bold") + f" {error}")
        return 1
    except aiohttp.ClientConnectorError as error:
        terminal.say(
            terminal.styled("No answer.", "red", "bold") + f" {url} cannot be reached: {error.strerror}."
        )
        return 1
    except aiohttp.ClientError as error:
        terminal.say(terminal.styled("No answer.", "red", "bold") + f" {type(error).__name__}: {error}")
        return 1
    _say_result(video, film, order, terminal, time.monotonic() - started)
    return 0


async def _say_what_it_costs(session: aiohttp.ClientSession, order: DemoOrder, terminal: Terminal) -> None:
    """Before anything is spent. Without LIVE=1 nothing ever is."""
    keys = " and ".join(sorted(provider_keys()))
    if not keys:
        if order.live:
            terminal.say("LIVE=1 without OPENAI_API_KEY and RUNWAYML_API_SECRET: this will be a draft.")
        return
    if not order.live:
        terminal.say(
            "A draft, which costs nothing. LIVE=1 lets the providers make it, "
            f"says first what that costs, and uses {keys}."
        )
        return
    cost = await _quoted(session, order)
    terminal.say(
        terminal.styled(f"This spends about US$ {cost} on the accounts of {keys}.", "yellow", "bold")
    )


async def _say_what_waits(session: aiohttp.ClientSession, terminal: Terminal) -> None:
    """A stack that makes drafts alone takes nothing up: it has no keys for what may be a paid video."""
    async with session.get("api/videos", params={"limit": _MOST_LISTED}) as response:
        items = (await _answered(response))["items"]
    waiting = sum(each["state"] in _ACTIVE for each in items)
    if waiting:
        what, them = (
            ("1 earlier video is", "it") if waiting == 1 else (f"{waiting} earlier videos are", "them")
        )
        terminal.say(f"{what} not finished. `make run` takes {them} up.")


async def _quoted(session: aiohttp.ClientSession, order: DemoOrder) -> Decimal:
    """What the real providers would take, in US$."""
    body = {**order.body(), "draft": False}
    async with session.post("api/videos", params={"dryRun": "true"}, json=body) as response:
        plan = await _answered(response)
    return Decimal(str(plan["plan"]["costUsd"])).quantize(Decimal("0.01"))


async def _create(session: aiohttp.ClientSession, order: DemoOrder) -> dict[str, Any]:
    async with session.post("api/videos", json=order.body()) as response:
        return await _video(response)


async def _follow(
    session: aiohttp.ClientSession, video: dict[str, Any], terminal: Terminal, started: float
) -> dict[str, Any]:
    """Show each stage until the video is in a final state."""
    while True:
        terminal.table(progress_lines(video, terminal, time.monotonic() - started))
        if video["state"] not in _ACTIVE:
            return video
        if time.monotonic() - started > _GIVE_UP_SECONDS:
            raise DemoFailed("It is not finished after an hour, and goes on where it runs.")
        await asyncio.sleep(_POLL_SECONDS)
        async with session.get(f"api/videos/{video['id']}") as response:
            video = await _video(response)


async def _video(response: aiohttp.ClientResponse) -> dict[str, Any]:
    video: dict[str, Any] = (await _answered(response))["video"]
    return video


async def _answered(response: aiohttp.ClientResponse) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = await response.json()
    except (aiohttp.ContentTypeError, ValueError) as error:
        raise DemoFailed(f"{response.url.origin()} answers {response.status}, and not as the API.") from error
    if not answer.get("success"):
        raise DemoFailed(f"{answer.get('error', 'The API does not answer as it should.')}")
    return answer


def progress_lines(video: dict[str, Any], terminal: Terminal, seconds: float) -> list[str]:
    """What is being done, then one line for each scene with its frame, clip and narration."""
    head = _phase(video)
    if video.get("title"):
        head = f"{terminal.styled(video['title'], 'bold')} · {head}"
    if terminal.is_live:  # a plain log repeats a line only when something has changed
        head += f"  {seconds:4.0f} s"
    return [head, *(_scene_line(scene, terminal) for scene in video["scenes"])]


def _phase(video: dict[str, Any]) -> str:
    state: str = video["state"]
    if state in _ACTIVE:
        return _STAGES[video["stage"]]
    return "Finished" if state == "succeeded" else state.replace("_", " ").capitalize()


def _scene_line(scene: dict[str, Any], terminal: Terminal) -> str:
    title = scene["title"]
    if len(title) > _TITLE_WIDTH:
        title = f"{title[: _TITLE_WIDTH - 1]}…"
    pieces = "   ".join(
        _piece(name, scene[name]["state"], terminal) for name in ("frame", "clip", "narration")
    )
    return f"  {scene['number']:>2}  {title:<{_TITLE_WIDTH}}  {pieces}"


def _piece(name: str, state: str, terminal: Terminal) -> str:
    mark, style = _MARKS[state]
    return f"{name} {terminal.styled(mark, style)}"


def _final(video: dict[str, Any], place: Place) -> dict[str, Any]:
    if video["state"] == "succeeded" and video.get("final"):
        final: dict[str, Any] = video["final"]
        return final
    error = video.get("error") or {}
    scene = f" (scene {error['scene']})" if error.get("scene") else ""
    message = error.get("message") or f"It is {video['state'].replace('_', ' ')}."
    raise DemoFailed(f"{message}{scene}\nWhat was finished is kept: the video is {video['id']}. {place.logs}")


async def _fetch(video: dict[str, Any], url: str, out: Path, place: Place) -> None:
    """Put the video where it was asked for. Raises DemoFailed, which says how to get it all the same."""
    try:
        await download(url, out)
    except (aiohttp.ClientError, TimeoutError) as error:  # before OSError, which some of them are
        raise DemoFailed(
            _is_kept(video, f"could not be fetched ({type(error).__name__}): {error}", place)
        ) from error
    except OSError as error:
        raise DemoFailed(_is_kept(video, f"cannot be written to {out}: {error.strerror}", place)) from error


def _is_kept(video: dict[str, Any], trouble: str, place: Place) -> str:
    return (
        f"The video is made, but {trouble}.\n"
        f"It is kept. {place.again} for GET /api/videos/{video['id']}: "
        "`final.videoUrl` in the answer opens it."
    )


async def download(url: str, out: Path) -> None:
    """Into a file that is there whole or not at all. Raises OSError and aiohttp.ClientError."""
    part = part_of(out)
    try:
        async with aiohttp.ClientSession(raise_for_status=True) as session, session.get(url) as response:
            out.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
                    file.write(chunk)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def _say_result(
    video: dict[str, Any], film: Film, order: DemoOrder, terminal: Terminal, seconds: float
) -> None:
    terminal.say()
    terminal.say(
        f"{terminal.styled('Done', 'green', 'bold')} in {seconds:.1f} s: "
        f"{terminal.styled(str(order.out), 'bold')}"
    )
    terminal.say(f"  {film}")
    makers = ", ".join(f"{what} by {who}" for what, who in video["makers"].items() if isinstance(who, str))
    terminal.say(f"  {makers}")
    if video["draft"]:
        terminal.say("  A draft: an animatic that was made without any provider.")
    else:
        terminal.say(f"  Cost: US$ {video['costUsd']['actual']} (estimated {video['costUsd']['estimated']})")

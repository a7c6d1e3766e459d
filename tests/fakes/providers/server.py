"""The server: routes, faults and threads."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self

from tests.fakes.providers import openai_api
from tests.fakes.providers.clock import Clock, SystemClock
from tests.fakes.providers.openai_api import OpenAIApi
from tests.fakes.providers.runway_api import RunwayApi
from tests.fakes.providers.state import Fault, Faults, Ledger, Settings, Tasks
from tests.fakes.providers.wire import Refused, Reply, Request, json_reply

_BODY_BYTES = 300_000_000
_LONGEST_SILENCE_SECONDS = 600

Handle = Callable[[Request], Reply]


class Cut(Exception):
    """The connection ends here, without another byte."""


class FakeProviders:
    """OpenAI and Runway on one port of this machine, in threads of this process."""

    def __init__(self, *, clock: Clock | None = None, port: int = 0) -> None:
        self.clock: Clock = clock or SystemClock()
        self.settings = Settings()
        self.ledger = Ledger()
        self.faults = Faults()
        self.requests: list[Request] = []
        """Every request of either provider's API, accepted or not, downloads included."""

        self.tasks = Tasks(self.settings)
        openai = OpenAIApi(self.ledger)
        self._runway = runway = RunwayApi(self.ledger, self.tasks, self.settings, self.clock)
        self._routes = _routes(openai, runway)
        self._authorize = {"openai": openai.authorize, "runway": runway.authorize}
        self._stopping = threading.Event()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.fake = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def openai_url(self) -> str:
        return f"{self.url}/v1"

    @property
    def runway_url(self) -> str:
        return self.url

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def fail(self, route: str, kind: str, *, times: int = 1, skip: int = 0, only: str = "") -> None:
        """Plan a fault."""
        self.faults.plan(Fault(route, kind, times, skip, only))

    def reset(self) -> None:
        """Forget everything but the settings."""
        self.faults.clear()
        self.ledger.clear()
        self.tasks.clear()
        self.requests.clear()

    def release(self) -> None:
        """End all silences of `hang`."""
        self._stopping.set()

    def seen(self, route: str) -> list[Request]:
        """The requests of one route."""
        return [r for r in self.requests if _route_of(self._routes, r.method, r.path)[0] == route]

    def answer(self, request: Request) -> Reply:
        """The reply to a request. Raises Cut where there is none."""
        if request.path.startswith("/_fake/"):
            return self._manage(request)
        route, vendor, handle = _route_of(self._routes, request.method, request.path)
        if handle is None:
            return json_reply({"error": "Not found."}, 404)
        self.requests.append(request)
        fault = self.faults.take(route, self._runway.words(request))
        try:
            if vendor in self._authorize:
                self._authorize[vendor](request)
            _fail_before(vendor, fault)
            reply = handle(replace(request, fault=fault))
        except Refused as refused:
            return refused.reply
        if vendor == "openai":
            self.clock.sleep(self.settings.latencies.get(route, 0.0))
        return self._fail_after(vendor, fault, reply)

    def _fail_after(self, vendor: str, fault: str, reply: Reply) -> Reply:
        if fault == "cut_after_accept":
            raise Cut
        if fault == "hang":
            self._stopping.wait(_LONGEST_SILENCE_SECONDS)
            raise Cut
        if fault == "malformed":
            return replace(reply, body=reply.body[: len(reply.body) // 2] or b"{")
        if fault == "html":
            return Reply(200, b"<!doctype html><title>Oops</title>", "text/html")
        found = re.fullmatch(r"status_(\d{3})_after_accept", fault)
        return _status_reply(vendor, int(found[1]), None) if found else reply

    def _manage(self, request: Request) -> Reply:
        """What a script asks of a fake that runs in another process."""
        actions: dict[str, Callable[[Any], Reply]] = {
            "GET /_fake/ledger": lambda _: json_reply(self.ledger.as_json()),
            "GET /_fake/settings": lambda _: json_reply(vars(self.settings)),
            "PUT /_fake/settings": self._change_settings,
            "PUT /_fake/faults": self._plan_faults,
            "DELETE /_fake/faults": self._forget_faults,
            "POST /_fake/reset": self._forget,
        }
        action = actions.get(f"{request.method} {request.path}")
        return action(request.json()) if action else json_reply({"error": "Not found."}, 404)

    def _change_settings(self, changes: Any) -> Reply:
        unknown = changes.keys() - vars(self.settings).keys()
        if unknown:
            return json_reply({"error": f"There are no such settings: {', '.join(sorted(unknown))}."}, 400)
        vars(self.settings).update(changes)
        return json_reply(vars(self.settings))

    def _forget(self, _: Any) -> Reply:
        self.reset()
        return Reply(204)

    def _forget_faults(self, _: Any) -> Reply:
        self.faults.clear()
        return Reply(204)

    def _plan_faults(self, planned: Any) -> Reply:
        for fault in planned if isinstance(planned, list) else [planned]:
            self.faults.plan(Fault(**fault))
        return Reply(204)


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # closing waits for the threads, so that no socket outlives the fake
    request_queue_size = 64
    fake: FakeProviders


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout: ClassVar[float] = 60.0
    server: _Server

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (Cut, ConnectionError):
            self.close_connection = True

    def do_GET(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        if length > _BODY_BYTES:
            raise Cut
        body = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        path = self.path.partition("?")[0]
        base_url = f"http://{headers.get('host', '127.0.0.1')}"
        reply = self.server.fake.answer(Request(self.command, path, headers, body, base_url))
        self._send(reply)

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - the base class calls these

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Quiet: the ledger and `requests` tell more."""

    def _send(self, reply: Reply) -> None:
        length = len(reply.body) if reply.declared_length is None else reply.declared_length
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(length))
        self.send_header("Connection", "close")
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)
        self.close_connection = True


_Route = tuple[str, re.Pattern[str], str, str, Handle]


def _routes(openai: OpenAIApi, runway: RunwayApi) -> list[_Route]:
    table: list[tuple[str, str, str, str, Handle]] = [
        ("POST", r"/v1/responses", "responses", "openai", openai.responses),
        ("POST", r"/v1/images/generations", "images_generations", "openai", openai.images_generations),
        ("POST", r"/v1/images/edits", "images_edits", "openai", openai.images_edits),
        ("POST", r"/v1/audio/speech", "audio_speech", "openai", openai.audio_speech),
        ("POST", r"/v1/image_to_video", "image_to_video", "runway", runway.image_to_video),
        ("POST", r"/v1/text_to_speech", "text_to_speech", "runway", runway.text_to_speech),
        ("GET", r"/v1/tasks/[^/]+", "tasks_get", "runway", runway.tasks_get),
        ("DELETE", r"/v1/tasks/[^/]+", "tasks_delete", "runway", runway.tasks_delete),
        ("POST", r"/v1/uploads", "uploads", "runway", runway.uploads),
        ("GET", r"/v1/organization", "organization", "runway", runway.organization),
        ("POST", r"/_upload", "upload", "storage", runway.upload),
        ("GET", r"/_media/[0-9a-f]+/[^/]+", "download", "storage", runway.download),
    ]
    return [(method, re.compile(path), *rest) for method, path, *rest in table]  # type: ignore[misc]


def _route_of(routes: list[_Route], method: str, path: str) -> tuple[str, str, Handle | None]:
    for wanted, pattern, route, vendor, handle in routes:
        if method == wanted and pattern.fullmatch(path):
            return route, vendor, handle
    return "", "", None


def _fail_before(vendor: str, fault: str) -> None:
    if fault == "cut_before_accept":
        raise Cut
    found = re.fullmatch(r"status_(\d{3})(?::(\w+))?", fault)
    if found:
        raise Refused(_status_reply(vendor, int(found[1]), found[2]))


def _status_reply(vendor: str, status: int, code: str | None) -> Reply:
    if vendor == "openai":
        return openai_api.error(status, code)
    waiting = {"Retry_After": "7"} if status in {429, 503} else {}
    return json_reply({"error": "Refused."}, status, **waiting)

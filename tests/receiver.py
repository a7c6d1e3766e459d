"""A webhook's receiver, as a customer would write one: it answers as it is told to and keeps what came."""

from __future__ import annotations

import hashlib
import hmac
import json
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        """What it tells."""
        event: dict[str, Any] = json.loads(self.body)
        return event

    @property
    def delivery(self) -> str:
        """Which delivery it is an attempt at."""
        return self.headers["storyreel-delivery"]

    def is_signed_with(self, secret: str) -> bool:
        """As the documentation says, and with nothing of ours."""
        parts = [part.split("=", 1) for part in self.headers["storyreel-signature"].split(",")]
        at = next(value for name, value in parts if name == "t")
        expected = hmac.new(secret.encode(), at.encode() + b"." + self.body, hashlib.sha256).hexdigest()
        fresh = abs(time.time() - int(at)) < 300
        return fresh and any(hmac.compare_digest(expected, value) for name, value in parts if name == "v1")


class Receiver:
    """Listens on a loopback port. `answers` are statuses, one for each request; then `otherwise`.

    -1 hangs up, and -2 says nothing until the receiver is closed.
    """

    def __init__(self, *answers: int, otherwise: int = 200, tls: ssl.SSLContext | None = None) -> None:
        self.received: list[Received] = []
        self.answers = list(answers)
        self.otherwise = otherwise
        self._closing = threading.Event()
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status = receiver._next(Received(self.path, headers, body))
                if status == -2:
                    receiver._closing.wait(30)
                if status < 0:
                    self.close_connection = True
                    return
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", f"{receiver.url}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Its address by plain HTTP."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def until(self, true: Callable[[list[Received]], bool], seconds: float = 90) -> list[Received]:
        """What came, once `true` of it."""
        give_up_at = time.monotonic() + seconds
        while not true(self.received):
            assert time.monotonic() < give_up_at, [each.event for each in self.received]
            time.sleep(0.05)
        return list(self.received)

    def _next(self, received: Received) -> int:
        with self._lock:
            self.received.append(received)
            return self.answers.pop(0) if self.answers else self.otherwise

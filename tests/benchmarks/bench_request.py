"""What a signed-in request costs beside one that touches nothing.

    python -m tests.benchmarks.bench_request

Requests go in turn through the local gateway, over one kept connection each. How often a request waits for
the database is counted by a proxy in front of Postgres, for one call of the same function in this process:
on AWS each wait is a way to another machine and back.
"""

from __future__ import annotations

import http.client
import json
import statistics
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from functions.system.get_health import get_health
from functions.videos.get_video import get_video
from functions.videos.list_videos import list_videos
from infra.local.proxy_events import HttpCall, proxy_event
from shared.lambdas.endpoint import Endpoint
from tests.benchmarks.round_trips import CountingProxy
from tests.benchmarks.simulation import ORDER, SCENES, in_this_process, simulated_stack, succeeded
from tests.fakes.providers.server import FakeProviders
from tests.running_stack import Api, RunningStack

WARM_UP, REQUESTS = 20, 200
LISTED_VIDEOS = 5


@dataclass(slots=True)
class Measured:
    """One kind of request."""

    name: str
    path: str
    connection: http.client.HTTPConnection
    headers: dict[str, str]
    milliseconds: list[float] = field(default_factory=list)
    bytes: int = 0

    def ask(self) -> float:
        """One request; returns its milliseconds."""
        started = time.perf_counter()
        self.connection.request("GET", self.path, headers=self.headers)
        answer = self.connection.getresponse()
        self.bytes = len(answer.read())
        if answer.status != 200:
            raise SystemExit(f"{self.path} answers {answer.status}.")
        return (time.perf_counter() - started) * 1000

    def percentile(self, which: int) -> float:
        """Milliseconds."""
        return statistics.quantiles(self.milliseconds, n=100, method="inclusive")[which - 1]


@dataclass(frozen=True, slots=True)
class InProcess:
    """A function's call without gateway and Lambda: its waits for the database, and its median time."""

    round_trips: int
    statements: int
    milliseconds: float


def main() -> None:
    """Make a video to ask for, measure, print the table."""
    with FakeProviders() as fake, simulated_stack(fake) as stack:
        api, _ = stack.new_caller("bench")
        video_id = succeeded(api.make(**ORDER))["id"]
        for _ in range(LISTED_VIDEOS - 1):
            api.make(**ORDER, stopAfter="story")
        requests = kinds(api, video_id)
        measure(requests)
        inside = call_in_process(stack, api, video_id)
    print(
        f"\n{REQUESTS} requests each, in turn; {LISTED_VIDEOS} videos, the one asked for of {SCENES} scenes\n"
    )
    print(
        f"  {'':<28} {'p50 ms':>8} {'p95 ms':>8} {'x health':>9} {'in function ms':>15}"
        f" {'database trips':>15} {'statements':>11} {'bytes':>8}"
    )
    base = requests[0].percentile(50)
    for each in requests:
        counted = inside[each.name]
        print(
            f"  {each.name:<28} {each.percentile(50):>8.1f} {each.percentile(95):>8.1f}"
            f" {each.percentile(50) / base:>9.2f} {counted.milliseconds:>15.1f}"
            f" {counted.round_trips:>15} {counted.statements:>11} {each.bytes:>8}"
        )


def kinds(api: Api, video_id: str) -> list[Measured]:
    """What is asked, the bare Lambda first."""
    signed_in = {"Authorization": f"Bearer {api.key}"}
    asked: list[tuple[str, str, dict[str, str]]] = [
        ("GET /api/health", "/api/health", {}),
        ("GET /api/videos", "/api/videos", signed_in),
        ("GET /api/videos/{id}", f"/api/videos/{video_id}", signed_in),
    ]
    host = urlsplit(api.url).netloc
    return [
        Measured(name, path, http.client.HTTPConnection(host, timeout=30), headers)
        for name, path, headers in asked
    ]


def measure(requests: list[Measured]) -> None:
    """Ask for each in turn, so that what the machine does meanwhile meets all of them alike."""
    for number in range(WARM_UP + REQUESTS):
        for each in requests:
            milliseconds = each.ask()
            if number >= WARM_UP:
                each.milliseconds.append(milliseconds)
    for each in requests:
        each.connection.close()


def call_in_process(stack: RunningStack, api: Api, video_id: str) -> dict[str, InProcess]:
    """What each request's function does, called here: counted through the proxy, timed without it."""
    calls = {
        "GET /api/health": caller(get_health, api, {}),
        "GET /api/videos": caller(list_videos, api, {}),
        "GET /api/videos/{id}": caller(get_video, api, {"video_id": video_id}),
    }
    port = int(stack.environment()["DATABASE_PORT"])
    with CountingProxy("127.0.0.1", port) as proxy, in_this_process(stack, DATABASE_PORT=str(proxy.port)):
        counts = {name: count(proxy, call) for name, call in calls.items()}
    with in_this_process(stack):
        return {name: InProcess(*counts[name], milliseconds=timed(call)) for name, call in calls.items()}


def count(proxy: CountingProxy, call: Callable[[], None]) -> tuple[int, int]:
    """Round trips and statements of the second call: the first one opens the connection."""
    call()
    trips, statements = proxy.totals
    call()
    all_trips, all_statements = proxy.totals
    return all_trips - trips, all_statements - statements


def timed(call: Callable[[], None]) -> float:
    """Median milliseconds, once the connection is open."""
    call()
    times = []
    for _ in range(REQUESTS):
        started = time.perf_counter()
        call()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def caller(function: Endpoint, api: Api, path_parameters: dict[str, str]) -> Callable[[], None]:
    """Calls a function as API Gateway does."""
    request = HttpCall(
        method="GET",
        path=function.path.format(**path_parameters),
        query="",
        headers=[("Authorization", f"Bearer {api.key}")],
        body=b"",
        source_ip="127.0.0.1",
        request_id=str(uuid.uuid4()),
    )
    event: dict[str, Any] = json.loads(
        proxy_event(
            request, resource=function.path, path_parameters=path_parameters, stage="dev", binary_types=()
        )
    )

    def call() -> None:
        answer = function(event, _Context())
        if answer["statusCode"] != 200:
            raise SystemExit(f"{function.name} answers {answer['statusCode']}.")

    return call


class _Context:
    """What a function reads of Lambda's context."""

    aws_request_id = str(uuid.UUID(int=0))

    def get_remaining_time_in_millis(self) -> int:
        """As if it had just begun."""
        return 29_000


if __name__ == "__main__":
    main()

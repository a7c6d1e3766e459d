"""One attempt at a delivery: a signed POST, and whether the receiver took it."""

from __future__ import annotations

import http.client
import ssl
import time
from dataclasses import dataclass
from uuid import UUID

from shared.errors import AddressRefused
from shared.net import Patience, WayOut, target_of
from shared.webhooks.models import Failure
from shared.webhooks.signature import HEADER, signature

_FAILURES: dict[type[Exception], Failure] = {
    AddressRefused: "address_refused",
    TimeoutError: "timeout",
    ssl.SSLError: "tls",
    ConnectionError: "connection",  # before HTTPException: a host that hangs up is both
    http.client.HTTPException: "not_http",
    OSError: "connection",
}
"""What went wrong out there; the first that fits."""

PATIENCE = Patience(connect=5, silence=10, total=10)


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent: where, signed with which secrets. `id` is the delivery's, the same in every attempt."""

    id: UUID
    url: str
    event: str
    body: bytes
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: `failure` is None where it was taken. Nothing of the answer is kept but its status.

    An answer's body could say what stands in our network, should an address ever slip through.
    """

    failure: Failure | None
    status_code: int | None
    milliseconds: int


def send(letter: Letter, way_out: WayOut, patience: Patience = PATIENCE) -> Outcome:
    """Attempt it. Whatever goes wrong out there is an outcome."""
    began = time.monotonic()
    failure, status = _attempt(letter, way_out, patience)
    seconds = time.monotonic() - began
    if failure in {"connection", "tls", "not_http"} and seconds >= patience.total:
        failure = "timeout"  # the connection was cut off, and the break looks like another one
    return Outcome(failure, status, round(seconds * 1000))


def _attempt(letter: Letter, way_out: WayOut, patience: Patience) -> tuple[Failure | None, int | None]:
    try:
        status = _post(letter, way_out, patience)
    except tuple(_FAILURES) as error:
        return next(name for kind, name in _FAILURES.items() if isinstance(error, kind)), None
    if http.client.OK <= status < http.client.MULTIPLE_CHOICES:
        return None, status
    redirect = http.client.MULTIPLE_CHOICES <= status < http.client.BAD_REQUEST
    return ("redirect" if redirect else "status"), status


def _post(letter: Letter, way_out: WayOut, patience: Patience) -> int:
    target = target_of(way_out.check(letter.url))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Storyreel-Webhooks/1",
        "Connection": "close",
        "Storyreel-Event": letter.event,
        "Storyreel-Delivery": str(letter.id),
        HEADER: signature(letter.body, letter.secrets, int(time.time())),
    }
    with way_out.open(letter.url, patience) as connection:
        connection.request("POST", target, body=letter.body, headers=headers)
        # Head and status alone are read, up to http.client's own limits.
        with connection.getresponse() as response:
            return response.status

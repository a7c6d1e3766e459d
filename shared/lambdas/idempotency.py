"""`Idempotency-Key`: a POST that is sent again gets the first answer, and has its effect once.

The first request claims the key, runs, and keeps its answer for a day, encrypted. The same request gets
that answer; another one with the same key is refused (422), and so is one that comes while the first is
still at work (409). A first attempt that died holds the key for no longer than its Lambda could live;
then the next one runs. What keeps it from doing the same twice is `Idempotency`, which every call has:

    video_id = call.idempotency.new_id("video")    the same in every attempt
    if call.idempotency.is_new(db): ...            true until a transaction with this in it was committed

Kept are answers that would not change by themselves: successes, and refusals of the request as it is.
What another try may mend (402, 409, 429, 5xx, whatever says `retryable`) leaves the key free, and so does a
request of a wrong shape, which never claims it. Without the header nothing of this costs anything.

Where nobody signs in there is no user whose key it could be, and a stranger must fill no table: nothing is
claimed and nothing kept. There `Idempotency.proof` tells the same request with the same key from all others,
and what the request makes (tokens) follows from it and the deployment's secret: the same again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID, uuid4, uuid5

from shared.errors import (
    Conflict,
    InvalidRequest,
    MalformedRequest,
    ServiceUnavailable,
    StoryreelError,
    WorkInProgress,
)
from shared.lambdas.http import HttpRequest, error_response
from shared.log import logger

if TYPE_CHECKING:  # the database's driver, for those who use it
    from shared.database import Connection

Response: TypeAlias = dict[str, Any]
"""A proxy response."""

HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"
MAX_KEY_LENGTH = 255
MAX_ANSWER_BYTES = 256 * 1024
"""Encrypted, as the table holds it."""

KEY_PATTERN = r"^[!-~]+$"
"""Visible ASCII."""

_KEY = re.compile(KEY_PATTERN)
_LEASE_MARGIN_SECONDS = 2.0
_LONGEST_RETRY_SECONDS = 5.0
"""A request that still runs is done in a moment, as a rule: nobody is sent away for its whole lease."""

_MENDABLE = frozenset({402, 409})
"""More may be paid by then, and a thing that is not in the right state now may come into it."""

_SERVER_ERROR = 500
_ANSWERS = "idempotent-answers"
_REQUESTS = "idempotent-requests"
"""What the deployment's secret serves here."""


class AnswerNotKept(Conflict):
    """The request was answered before, and the answer is not there any more: it is not done again."""

    code = "answer_not_kept"


@dataclass(frozen=True, slots=True)
class Idempotency:
    """What keeps a request from having its effect twice. Without a key every call is a new request."""

    claim: UUID | None = None
    attempt: UUID | None = None
    proof: bytes | None = None
    """Of a request of nobody with a key: 32 bytes, as secret as its body and its key are."""

    def new_id(self, name: str) -> UUID:
        """The id of something that the request makes: the same in every attempt."""
        return uuid4() if self.claim is None else uuid5(self.claim, name)

    def is_new(self, db: Connection) -> bool:
        """Whether the request's own change is still to be made. It counts as made with this transaction.

        Raises WorkInProgress where another attempt has taken over.
        """
        if self.claim is None:
            return True
        row = db.execute(
            "update idempotency_keys set done_at = coalesce(done_at, now())"
            " where id = %s and attempt = %s returning done_at = now() as is_new",
            [self.claim, self.attempt],
        ).fetchone()
        if row is None:
            raise WorkInProgress("Another attempt with this Idempotency-Key is at work.")
        return bool(row["is_new"])


NEW_REQUEST = Idempotency()
"""A call whose caller does not mean to send it again."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """A row of idempotency_keys that this attempt may finish."""

    user_id: UUID
    id: UUID
    attempt: UUID

    def finish(self, content: bytes | None, *, final: bool) -> None:
        """Free the key, or keep its answer. Where that fails the answer goes out: its lease will end."""
        from shared.database import ask  # noqa: PLC0415 - for those who send the header

        try:
            ask(
                "select finish_idempotency_key(%s, %s, %s, %s, %s)",
                [self.user_id, self.id, self.attempt, final, content],
            )
        except ServiceUnavailable:
            logger().warning("idempotency key not finished")


def key_of(headers: Mapping[str, str]) -> str | None:
    """The key that a request has, if any. Raises MalformedRequest."""
    key = headers.get(HEADER.lower())
    if key is not None and not (len(key) <= MAX_KEY_LENGTH and _KEY.fullmatch(key)):
        raise MalformedRequest(
            f"{HEADER} must be 1 to {MAX_KEY_LENGTH} visible ASCII characters. A random UUID is best."
        )
    return key


def request_hash(method: str, path: str, request: HttpRequest, session: str | None) -> bytes:
    """32 bytes that two requests share if they ask for the same.

    `path` is the declared one; `session` is the one that a body or a header names. Whose request it is needs
    no place here: a key is its user's own, X-User-ID's too.

    They are kept for a day, and a body may hold a password: without the deployment's secret nobody can try
    which one it was.
    """
    from shared.accounts.signing import derived_key  # noqa: PLC0415 - for those who send the header

    content = _asked(method, path, request, session)
    return hmac.digest(derived_key(_REQUESTS), content, hashlib.sha256)


def of_nobody(key: str, method: str, path: str, request: HttpRequest) -> Idempotency:
    """What the same request gets when it is sent again with its key, where nobody signs in."""
    return Idempotency(proof=hashlib.sha256(_asked(method, path, request, key)).digest())


def _asked(method: str, path: str, request: HttpRequest, beside: str | None) -> bytes:
    """The request, and what counts `beside` it: no two that differ give the same."""
    asked = [method, path, sorted(request.path_parameters.items()), sorted(request.query.items()), beside]
    return json.dumps(asked).encode() + b"\0" + request.body


def answer_once(
    user_id: UUID,
    key: str,
    asked: bytes,
    *,
    request_id: str,
    seconds: float,
    run: Callable[[Idempotency], Response],
) -> Response:
    """The answer to a request with a key: the one that was kept, or what `run` answers now.

    `asked` is the request's hash; `seconds` is how long the attempt can live. Raises InvalidRequest where
    the key was sent with another request, WorkInProgress where that is still at work, AnswerNotKept, and
    what `run` raises and another try may mend.
    """
    from shared.database import ask  # noqa: PLC0415 - for those who send the header

    attempt = uuid4()
    row = ask(
        "select * from claim_idempotency_key(%s, %s, %s, %s, make_interval(secs => %s))",
        [user_id, key, asked, attempt, seconds + _LEASE_MARGIN_SECONDS],
    )
    if row is None:
        raise ServiceUnavailable("The database gave no answer.")
    if row["outcome"] == "run":
        return _run(_Claim(user_id, row["claim"], attempt), request_id, run)
    return _replay(row)


def _replay(row: Mapping[str, Any]) -> Response:
    if row["outcome"] == "running":
        wait = min(row["seconds_left"], _LONGEST_RETRY_SECONDS)
        raise WorkInProgress(
            f"The request with this {HEADER} is still being answered. Ask again in a moment.",
            retry_after_seconds=wait,
        )
    response = None if row["kept"] is None else _opened(row["kept"], row["claim"])
    # With another secret than today's, the same request has another hash, too.
    secret_changed = row["kept"] is not None and response is None
    if row["outcome"] == "changed" and not secret_changed:
        raise InvalidRequest(f"This {HEADER} was sent with another request. Use a new one.")
    if response is None:
        raise AnswerNotKept(
            "This request was done before, and its answer is not kept. Look for what it made."
        )
    return {**response, "headers": {**response["headers"], REPLAYED_HEADER: "true"}}


def _run(claim: _Claim, request_id: str, run: Callable[[Idempotency], Response]) -> Response:
    try:
        response = run(Idempotency(claim.id, claim.attempt))
    except StoryreelError as error:
        if _may_be_mended(error):
            claim.finish(None, final=False)
            raise
        logger().info("request refused", extra={"code": error.code, "status": error.status})
        response = error_response(error, request_id, {})
    except Exception:
        claim.finish(None, final=False)
        raise
    content = _sealed(response, claim.id)
    claim.finish(content if len(content) <= MAX_ANSWER_BYTES else None, final=True)
    return response


def _may_be_mended(error: StoryreelError) -> bool:
    """Whether the same request may be answered otherwise before long."""
    if isinstance(error, AnswerNotKept):
        return False
    return error.retryable or error.status >= _SERVER_ERROR or error.status in _MENDABLE


def _sealed(response: Response, claim: UUID) -> bytes:
    """A response as it is kept: an answer may hold what is shown only once."""
    from shared.accounts import sealing  # noqa: PLC0415 - for those who send the header

    content = zlib.compress(json.dumps(response, ensure_ascii=False).encode())
    return sealing.seal(_ANSWERS, content, claim.bytes)


def _opened(sealed: bytes, claim: UUID) -> Response | None:
    """A response that was kept; None where the deployment's secret is another one now."""
    from shared.accounts import sealing  # noqa: PLC0415 - for those who send the header

    try:
        content = sealing.unseal(_ANSWERS, sealed, claim.bytes)
    except sealing.SealBroken:
        return None
    response: Response = json.loads(zlib.decompress(content))
    return response

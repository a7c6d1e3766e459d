"""Every error that Storyreel raises on purpose.

StoryreelError
├── RequestError                 the caller can mend it
│   ├── MalformedRequest         400  not JSON, not the declared shape of a request
│   ├── Unauthenticated          401  no key, or one that is not valid
│   ├── Forbidden                403  a key without the right for this
│   ├── NotFound                 404  no such thing, or another's
│   ├── Conflict                 409  not in this state
│   │   └── NotInTheMaking       409  the video was cancelled, is over, or another execution makes it now
│   ├── PayloadTooLarge          413
│   ├── UnsupportedMedia         415  bytes of a kind that we do not take
│   ├── RangeNotSatisfiable      416  a range that begins behind the end
│   ├── InvalidRequest           422  the right shape with a value that can't be
│   │   └── AddressRefused       422  an address that we do not open: not HTTPS, or not public
│   └── TooManyRequests          429  over a limit of ours
├── MediaError                   422  a picture, clip or sound that can't be used
├── ServiceUnavailable           503  one of our own services is away: try again
│   ├── DatabaseUnavailable
│   └── StorageUnavailable
├── OverBudget                   402  the next call would pass a cap on spending: it is not made
│   ├── OverVideoCap             402  the video's own
│   ├── OverMonthlyCap           402  the user's, for a month
│   └── OverDeploymentCap        402  what all users of the deployment have together, for a month
├── SceneFailed                  502  a scene could not be made, so neither can the whole
├── ScenesUnfinished             409  scenes still wait for something: the next execution goes on with them
├── WorkInProgress               409  another attempt at the same recipe is still running: wait for it
├── AssetMissing                 500  a row says that an object exists and storage says that it does not
└── ProviderError                     what a vendor's answer means to us
    ├── ProviderBusy             503  not now: a rate limit or a queue; nothing was accepted
    ├── ProviderUnavailable      503  down or out of reach; nothing was accepted
    ├── ProviderAnswerLost       502  sent, and no answer came: it may have been accepted and paid
    ├── AnswersLost              502  that happened twice for the same recipe: not sent again by itself
    ├── InputRefused             422  the vendor refuses the prompt or picture; never retry
    ├── TaskFailed               502  accepted, and given up by the vendor's own fault; trying anew may do
    ├── PoorOutput               502  made, and the vendor itself calls it unusable; another seed may do
    ├── OutOfCredit              402  the vendor's account is empty or over its spending limit
    ├── ProviderKeyMissing       502  there is no key for the vendor: nothing is sent
    ├── ProviderKeyRefused       502  the vendor refuses our key
    └── ProviderBroken           502  an answer that makes no sense

The class decides everything (status, code, whether a retry can help); message texts are for people.
The workflow retries by class name: a Lambda's error name is its class's name.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, Literal, TypeAlias

Cap: TypeAlias = Literal["video", "month", "deployment"]
"""Whose cap on spending."""


class StoryreelError(Exception):
    """Base of the tree. `message` is one sentence for the caller: no secrets, no vendor internals."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    retryable: ClassVar[bool] = False

    def __init__(
        self, message: str, *, details: Any = None, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        self.retry_after_seconds = retry_after_seconds


class RequestError(StoryreelError):
    """The caller can mend it."""

    status = 400
    code = "bad_request"


class MalformedRequest(RequestError):
    """The request is not JSON, or not of the declared shape."""

    code = "malformed_request"


class Unauthenticated(RequestError):
    """No credentials, or none that are valid."""

    status = 401
    code = "unauthenticated"


class Forbidden(RequestError):
    """Known, but not allowed this."""

    status = 403
    code = "forbidden"


class NotFound(RequestError):
    """There is no such thing, or it is another's: the answer is the same."""

    status = 404
    code = "not_found"


class Conflict(RequestError):
    """The thing is not in a state in which this can be done."""

    status = 409
    code = "conflict"


class NotInTheMaking(Conflict):
    """The video was cancelled, is over, or another execution makes it now: spend and change nothing."""

    code = "not_in_the_making"


class PayloadTooLarge(RequestError):
    """The body is over the limit."""

    status = 413
    code = "payload_too_large"


class UnsupportedMedia(RequestError):
    """The bytes are not of a kind that we take, whatever their name says."""

    status = 415
    code = "unsupported_media"


class RangeNotSatisfiable(RequestError):
    """The range begins behind the end of what there is, which has `size_bytes`."""

    status = 416
    code = "range_not_satisfiable"

    def __init__(self, size_bytes: int) -> None:
        super().__init__("The range begins behind the end.", details={"sizeBytes": size_bytes})
        self.size_bytes = size_bytes


class InvalidRequest(RequestError):
    """The right shape with a value that can't be."""

    status = 422
    code = "invalid_request"


class AddressRefused(InvalidRequest):
    """An address that somebody else named and that we do not open: not HTTPS, or not public."""

    code = "address_refused"


class TooManyRequests(RequestError):
    """Over one of our limits."""

    status = 429
    code = "too_many_requests"
    retryable = True


class MediaError(StoryreelError):
    """A picture, clip or sound that can't be used: corrupt, truncated, hostile, or not what it says."""

    status = 422
    code = "media_refused"


class ServiceUnavailable(StoryreelError):
    """One of our own services is away for the moment."""

    status = 503
    code = "service_unavailable"
    retryable = True


class DatabaseUnavailable(ServiceUnavailable):
    """Postgres does not answer, or a connection broke."""

    code = "database_unavailable"


class StorageUnavailable(ServiceUnavailable):
    """S3 does not answer."""

    code = "storage_unavailable"


class OverBudget(StoryreelError):
    """The next call would pass a cap on spending, so it is not made. Everything made so far is kept."""

    status = 402
    code = "over_budget"
    cap: ClassVar[Cap | None] = None


class OverVideoCap(OverBudget):
    """The video has a cap, and the next call would pass it."""

    cap = "video"


class OverMonthlyCap(OverBudget):
    """The user has a cap for a month, and the next call would pass it."""

    cap = "month"


class OverDeploymentCap(OverBudget):
    """All users together have a cap for a month, and the next call would pass it."""

    cap = "deployment"


class SceneFailed(StoryreelError):
    """A scene could not be made, so neither can the whole."""

    status = 502
    code = "scene_failed"


class ScenesUnfinished(StoryreelError):
    """Scenes still wait for something, and this execution has looked often enough: the next one goes on."""

    status = 409
    code = "scenes_unfinished"
    retryable = True


class WorkInProgress(StoryreelError):
    """Another attempt at the same recipe holds it; its lease has not run out."""

    status = 409
    code = "work_in_progress"
    retryable = True


class AssetMissing(StoryreelError):
    """A row says that an object exists and storage says that it does not."""

    code = "asset_missing"


class ProviderError(StoryreelError):
    """What a vendor's answer means to us. `provider` is its short name, as in recipes.

    `cost_usd` is what the vendor charges all the same, or the most that it may charge where it does not
    say. None: nothing is charged, or (ProviderAnswerLost) nobody knows, and the estimate counts.
    """

    status = 502
    code = "provider_error"

    def __init__(
        self,
        message: str,
        *,
        provider: str,
        details: Any = None,
        retry_after_seconds: float | None = None,
        cost_usd: Decimal | None = None,
    ) -> None:
        super().__init__(message, details=details, retry_after_seconds=retry_after_seconds)
        self.provider = provider
        self.cost_usd = cost_usd


class ProviderBusy(ProviderError):
    """Not now: a rate limit or a full queue. Nothing was accepted."""

    status = 503
    code = "provider_busy"
    retryable = True


class ProviderUnavailable(ProviderError):
    """Down or out of reach. Nothing was accepted."""

    status = 503
    code = "provider_unavailable"
    retryable = True


class ProviderAnswerLost(ProviderError):
    """Sent, and no answer came: it may have been accepted and paid."""

    code = "provider_answer_lost"
    retryable = True


class AnswersLost(ProviderError):
    """Two answers to the same recipe were lost: it is not sent again by itself."""

    code = "answers_lost"


class InputRefused(ProviderError):
    """The vendor refuses the prompt or the picture. The same input is refused again."""

    status = 422
    code = "input_refused"


class TaskFailed(ProviderError):
    """The vendor's work on an accepted task failed by its own fault. The same request may succeed."""

    code = "task_failed"


class PoorOutput(ProviderError):
    """Made, and the vendor itself calls it unusable. Another seed may do."""

    code = "poor_output"


class OutOfCredit(ProviderError):
    """The vendor's account is empty or over its spending limit."""

    status = 402
    code = "out_of_credit"


class ProviderKeyMissing(ProviderError):
    """There is no key for the vendor, so nothing can be sent."""

    code = "provider_key_missing"


class ProviderKeyRefused(ProviderError):
    """The vendor refuses our key."""

    code = "provider_key_refused"


class ProviderBroken(ProviderError):
    """An answer that makes no sense."""

    code = "provider_broken"


def error_of(code: str, message: str) -> StoryreelError:
    """The error that was written down by its code and message: an unknown code is one of our own faults."""
    found = next((each for each in error_classes().values() if each.code == code), StoryreelError)
    return found(message, provider="") if issubclass(found, ProviderError) else found(message)


def error_classes() -> dict[str, type[StoryreelError]]:
    """Every class of the tree by the name that a workflow sees; a base before what is made of it."""
    classes: list[type[StoryreelError]] = [StoryreelError]
    for each in classes:
        classes.extend(each.__subclasses__())
    return {each.__name__: each for each in classes}

"""Something could not be made: say what and why."""

from __future__ import annotations

import json

from shared.assets.queries import is_in_the_making
from shared.database import transaction
from shared.errors import OverBudget, error_classes
from shared.lambdas.access import Access
from shared.lambdas.step import step
from shared.log import logger
from shared.videos import queries
from shared.videos.ending import announce
from shared.videos.models import VideoError, state_after
from shared.videos.tasks import Done, Failure


@step(needs={Access.DATABASE, Access.WEBHOOKS}, memory_mb=256, timeout_seconds=30)
def mark_failed(failure: Failure) -> Done:
    """Note the reason: on the scene, if it was one scene's, else on the video, which is over then."""
    error = _described(failure)
    logger().warning("could not be made", extra={"code": error.code, "scene": failure.scene})
    with transaction(failure.user_id) as db:
        if not is_in_the_making(db, failure.video_id, failure.execution):
            return Done()  # cancelled, or made by another execution meanwhile: this one has no say
        if failure.scene is not None:
            queries.set_scene_error(db, failure.video_id, failure.scene, error)
            return Done()
        reason = queries.first_scene_error(db, failure.video_id) or error
        finished = queries.finish(db, failure.video_id, state_after(reason), reason, failure.execution)
    announce(finished)
    return Done()


def _described(failure: Failure) -> VideoError:
    """Our own errors say what happened; of any other only the kind is told."""
    name = failure.error.get("Error", "")
    known = error_classes().get(name)
    if known is None:
        return VideoError(code="internal_error", message=_UNKNOWN.get(name, _BROKEN), scene=failure.scene)
    cap = known.cap if issubclass(known, OverBudget) else None
    return VideoError(code=known.code, message=_message(failure) or _BROKEN, scene=failure.scene, cap=cap)


_BROKEN = "Something broke on our side. Everything made so far is kept."
_UNKNOWN = {
    "Sandbox.Timedout": "A step took longer than it may. Everything made so far is kept.",
    "States.Timeout": "A step took longer than it may. Everything made so far is kept.",
    "Runtime.ExitError": "A step ended abruptly, perhaps for lack of memory. Everything made so far is kept.",
}


def _message(failure: Failure) -> str:
    """The sentence of the error, out of the JSON that Lambda wraps it in."""
    try:
        cause = json.loads(failure.error.get("Cause", ""))
    except json.JSONDecodeError:
        return ""
    return str(cause.get("errorMessage", ""))[:1000] if isinstance(cause, dict) else ""
